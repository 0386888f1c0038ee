"""`spark.readStream.format("duetrail")`: what is new since the last batch, by a list's cursors.

An offset is `{"cursors": {"resource:shard": cursor}}`, with the cursors that the plugin yields. So
a query that is started again goes on where its checkpoint says, as a sync does.

What is new is read on the driver, where Spark asks for the latest offset, and handed to the
executors as partitions. A batch that Spark runs again after a restart is read again, from its first
offset to its last: what changed meanwhile comes as it is now.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve, frozen
from pyspark.sql.datasource import DataSourceStreamReader, InputPartition
from pyspark.sql.streaming.datasource import ReadMaxRows, SupportsTriggerAvailableNow

from duetrail.engines.reading import Seen, merged, newest, plan, results, seen_of
from duetrail.engines.spark.options import Options
from duetrail.engines.spark.schema import batches
from duetrail.errors import UsageError
from duetrail.jobs import Job

_PARTITION = 5_000  # rows

Cursors = dict[str, Any]


@frozen
class News:
    """What was read between two offsets.

    Attributes:
        rows: The records, each once.
        cursors: How far each shard has come.
    """

    rows: list[dict[str, Any]]
    cursors: Cursors


class RowsPartition(InputPartition):  # type: ignore[misc]
    """Rows that were read already."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        super().__init__(None)
        self.rows = rows


class StreamReader(DataSourceStreamReader, SupportsTriggerAvailableNow):  # type: ignore[misc]
    """Reads the lists of a table from cursor to cursor."""

    def __init__(self, options: Options) -> None:
        if options.asked.keys is not None:
            raise UsageError(
                "a stream has no keys",
                hint="Ask with the keys of each batch: duetrail.engines.spark.records in "
                "foreachBatch.",
            )
        self._options = options
        self._read: dict[tuple[str, str], News] = {}
        self._drained: set[str] | None = None  # shards that are read to their end, if that counts

    def initialOffset(self) -> dict[str, Any]:
        """Nothing was read."""
        return {"cursors": {}}

    def getDefaultReadLimit(self) -> ReadMaxRows:
        """The option `maxRows`."""
        return ReadMaxRows(self._options.max_rows)

    def prepareForTriggerAvailableNow(self) -> None:
        """From now on each list is read to its end once, and then nothing is new."""
        self._drained = set()

    def latestOffset(self, start: dict[str, Any], limit: Any) -> dict[str, Any]:
        """Read on from an offset, up to some rows; how far that came.

        Raises:
            UsageError: A list gives no cursor, so that it would be read whole each time.
        """
        most = limit.max_rows if isinstance(limit, ReadMaxRows) else None
        found: list[Seen] = []
        cursors: Cursors = dict(start["cursors"])
        for name, job in self._jobs(cursors):
            if self._drained is not None and name in self._drained:
                continue
            is_whole = self._read_job(name, job, found, cursors, most)
            if is_whole and self._drained is not None:
                self._drained.add(name)
            if most is not None and len(found) >= most:
                break
        end = {"cursors": cursors}
        if cursors != start["cursors"]:
            rows = list(merged(self._options.asked, self._options.table, newest(found)))
            self._read[_text(start), _text(end)] = News(rows, cursors)
        return end

    def partitions(self, start: dict[str, Any], end: dict[str, Any]) -> list[RowsPartition]:
        """The rows between two offsets; after a restart they are read again."""
        news = self._read.get((_text(start), _text(end))) or self._again(start, end)
        rows = news.rows
        cut = [rows[at : at + _PARTITION] for at in range(0, len(rows), _PARTITION)]
        return [RowsPartition(some) for some in cut or [[]]]

    def read(self, partition: RowsPartition) -> Iterator[Any]:
        """The rows of a partition."""
        return batches(partition.rows, self._options.table)

    def commit(self, end: dict[str, Any]) -> None:
        """Forget what is written by now."""
        self._read = {key: news for key, news in self._read.items() if key[1] != _text(end)}

    def _jobs(self, cursors: Mapping[str, Any]) -> Iterator[tuple[str, Job]]:
        for job in plan(self._options.asked):
            (shard,) = job.shards
            name = f"{job.resource}:{shard.name}"
            yield name, evolve(job, shards=(evolve(shard, cursor=cursors.get(name)),))

    def _read_job(
        self, name: str, job: Job, found: list[Seen], cursors: Cursors, most: int | None
    ) -> bool:
        """Read on in one list, until there are rows enough at a cursor; whether that is its end."""
        is_empty = True
        for result in results(job, self._options.asked):
            is_empty = is_empty and result.batch is None
            found += seen_of(result, self._options.asked)
            if (cursor := result.result.cursor) is not None:
                cursors[name] = cursor.value
                if most is not None and len(found) >= most and not result.end:
                    return False
        if name not in cursors and not is_empty:
            raise UsageError(
                f"{job.connection}.{job.resource} cannot be read as a stream: it gives no cursor",
                hint="Read it as a batch, or name another with the option resource.",
            )
        return True

    def _again(self, start: dict[str, Any], end: dict[str, Any]) -> News:
        """What is between two offsets, read again: at most up to where each list had come."""
        found: list[Seen] = []
        for name, job in self._jobs(start["cursors"]):
            goal = end["cursors"].get(name)
            if goal == start["cursors"].get(name):
                continue
            for result in results(job, self._options.asked):
                found += seen_of(result, self._options.asked)
                if result.result.cursor is not None and result.result.cursor.value == goal:
                    break
        rows = list(merged(self._options.asked, self._options.table, newest(found)))
        return News(rows, end["cursors"])


def _text(offset: Mapping[str, Any]) -> str:
    return json.dumps(offset, sort_keys=True)
