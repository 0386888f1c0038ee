"""`spark.read.format("duetrail")`: a Python data source of Spark 4.

Spark finds it by the package `pyspark_duetrail`, so nothing has to be registered. `partitions` runs
once, on the driver; `read` runs in the executors, where references to secrets are resolved.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition

from duetrail.engines.reading import divided, merged, newest, plan, seen, streams
from duetrail.engines.spark.options import Options, options_of
from duetrail.engines.spark.schema import batches, schema_of
from duetrail.errors import UsageError
from duetrail.pipeline.places import EACH

if TYPE_CHECKING:
    from duetrail.engines.spark.stream import StreamReader
    from duetrail.jobs import Job


class DuetrailSource(DataSource):  # type: ignore[misc]
    """The data source; its options are those of `duetrail.engines.spark.options`."""

    @classmethod
    def name(cls) -> str:
        """What it is called in `format`."""
        return "duetrail"

    def schema(self) -> Any:
        """The schema of the table asked for."""
        return schema_of(options_of(self.options).table)

    def reader(self, schema: Any) -> JobsReader:
        """What reads it as a batch."""
        return JobsReader(options_of(self.options))

    def streamReader(self, schema: Any) -> StreamReader:
        """What reads it as a stream."""
        from duetrail.engines.spark.stream import StreamReader

        return StreamReader(options_of(self.options))


class JobsPartition(InputPartition):  # type: ignore[misc]
    """Jobs that one task reads."""

    def __init__(self, jobs: list[Job]) -> None:
        super().__init__(None)
        self.jobs = jobs


class JobsReader(DataSourceReader):  # type: ignore[misc]
    """Plans on the driver, reads in the executors."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def partitions(self) -> list[JobsPartition]:
        """The jobs, dealt out to at most `numPartitions` partitions.

        Raises:
            UsageError: Several parts of the plan may show one record, and nobody would merge them.
        """
        options = self._options
        jobs = plan(options.asked)
        count = min(len(jobs), options.partitions or len(jobs))
        if len(jobs) > 1 and not options.keep_duplicates and self._may_show_twice():
            if (options.partitions or 1) > 1:
                raise UsageError(
                    f"several parts of the plan may show one of the {options.table}",
                    hint="Use duetrail.engines.spark.records, which merges what all of them show; "
                    "or leave out numPartitions, so that one task reads them; or say "
                    'duplicates = "keep".',
                )
            count = 1
        jobs = divided(jobs, min(count, options.readers or count))
        return [JobsPartition(jobs[at::count]) for at in range(count)] or [JobsPartition([])]

    def read(self, partition: JobsPartition) -> Iterator[Any]:
        """The rows of a partition, each record once."""
        asked, table = self._options.asked, self._options.table
        found = newest(one for job in partition.jobs for one in seen(job, asked))
        yield from batches(merged(asked, table, found), table)

    def _may_show_twice(self) -> bool:
        """Whether a record may stand in several parts of the plan.

        It stands in one where the parts are those of one list, and it is an item of that list
        itself.
        """
        asked = self._options.asked
        (first, *others) = streams(asked.config.connection(asked.connection), asked)
        shapes = [
            shape
            for shape in first.resource.shapes
            if self._options.table in (shape.record.table, *(one.table for one in shape.derives))
        ]
        is_inside = any(shape.path.count(EACH) > 1 for shape in shapes)
        return bool(others) or first.resource.keys is not None or is_inside
