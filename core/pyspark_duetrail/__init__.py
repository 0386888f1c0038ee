"""Where Spark looks for data sources: it imports every top-level package called `pyspark_...`."""

from duetrail.engines.spark.source import DuetrailSource as DefaultSource

__all__ = ["DefaultSource"]
