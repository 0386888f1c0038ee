"""Spark: the records of a table as a DataFrame, read by Spark's executors.

    df = (
        spark.read.format("duetrail")
        .option("connection", "stuut")
        .option("table", "invoices")
        .load()
    )

    from duetrail.engines.spark import records, tables

    calls = records(spark, "credira", "calls", keys=df.selectExpr("remote_id AS key"))

It needs `pip install 'duetrail[spark]'` and a Java runtime; Duetrail and the connection's plugin
have to be installed on the executors, and what secrets refer to has to be there.
"""

from duetrail.engines.spark.merging import records, tables

__all__ = ["records", "tables"]
