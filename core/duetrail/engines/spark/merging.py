"""Records that several parts of a plan may show, each once: read, shuffled by record, merged."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from itertools import islice
from typing import TYPE_CHECKING, Any, Unpack
from zlib import crc32

from attrs import evolve

from duetrail.engines.reading import (
    ReadingOptions,
    Request,
    Seen,
    divided,
    jobs_of_keys,
    merged,
    newest,
    plan,
    seen,
    streams,
    with_part_of_limit,
)
from duetrail.engines.spark.schema import arrow_schema, batches, schema_of
from duetrail.errors import UsageError
from duetrail.jobs import Job
from duetrail.model import Invoice, Ref
from duetrail.source import Key

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# What was seen goes from task to task as pickles of ours, as Spark's own values do.
_SEEN = "table string, bucket int, seen binary"

# So many items are held in memory by a task that reads.
_CHUNK = 2_000

# Tasks for each one that runs at once: what is lost with an executor is asked again, so that
# tasks should be short; but each costs a moment.
_TASKS_PER_READER = 8


def records(
    spark: SparkSession,
    connection: str,
    table: str,
    *,
    keys: DataFrame | None = None,
    readers: int | None = None,
    buckets: int = 32,
    **reading: Unpack[ReadingOptions],
) -> DataFrame:
    """The records of a table, each once, whichever and however many parts of the plan show them.

    A vendor is asked when the DataFrame is computed, and again with each computation: cache it, or
    write it. Arguments and errors are those of `tables`, for one table.
    """
    asked = _asked(connection, (table,), reading)
    return _of_table(_read(spark, keys, asked, readers, buckets), asked, table)


def tables(
    spark: SparkSession,
    connection: str,
    *names: str,
    keys: DataFrame | None = None,
    readers: int | None = None,
    buckets: int = 32,
    **reading: Unpack[ReadingOptions],
) -> dict[str, DataFrame]:
    """The records of several tables, each once, of one reading of the vendor.

    What is read is persisted by Spark, in memory and on disk, when the first of the DataFrames is
    computed, and then serves the others.

    Args:
        spark: The session.
        connection: The name of a configured connection.
        *names: Record tables, such as `calls`.
        keys: A DataFrame with a column `key`: the keys to ask with, instead of the configured ones.
            Where it has the columns `connection` and `id`, too, of the record that each key came
            from, what is found is linked with that. The keys stay in the executors.
        readers: How many tasks read at once, at most: each keeps to its part of the rate limit. By
            default as many as the session runs at once; say it where executors are added later.
        buckets: Into how many parts the records are shuffled to be merged; a task holds one of them
            in memory.
        **reading: `config`, whose path is one on the driver, `resource`, `since`, `rejects` and
            `failures`, as `duetrail.engines.reading.ReadingOptions` says.

    Raises:
        UsageError: There is no such connection, table or resource; or a library is not installed.
    """
    asked = _asked(connection, names, reading)
    found = _read(spark, keys, asked, readers, buckets).persist()
    return {name: _of_table(found, asked, name) for name in names}


def _asked(connection: str, names: tuple[str, ...], reading: ReadingOptions) -> Request:
    """What is asked for."""
    for library in ("pandas", "pyarrow"):
        if find_spec(library) is None:
            raise UsageError(
                f"{library} is not installed here",
                hint="Install it: pip install 'duetrail[spark]'.",
            )
    return Request(connection=connection, tables=names, **reading)


def _read(
    spark: SparkSession,
    keys: DataFrame | None,
    asked: Request,
    readers: int | None,
    buckets: int,
) -> DataFrame:
    """What is seen; with so many tasks that never more than `readers` run at once."""
    at_once = readers or _parallelism(spark)
    tasks = readers or at_once * _TASKS_PER_READER
    if keys is not None:
        return _read_keys(keys, asked, at_once, tasks, buckets)
    return _read_jobs(spark, asked, at_once, tasks, buckets)


def _of_table(found: DataFrame, asked: Request, table: str) -> DataFrame:
    """The records of one table, of what was seen of several."""
    of_table = found.where(found["table"] == table).groupBy("bucket")
    return of_table.applyInArrow(_merge(asked, table), schema_of(table))


def _parallelism(spark: SparkSession) -> int:
    """How many tasks a session runs at once."""
    try:
        return int(spark.sparkContext.defaultParallelism)
    except Exception:  # a session of Spark Connect knows nothing of its cluster
        raise UsageError(
            "the session does not say how many tasks it runs at once", hint="Add readers=8."
        ) from None


def _read_jobs(
    spark: SparkSession, asked: Request, readers: int, tasks: int, buckets: int
) -> DataFrame:
    """What the jobs of the plan see, each job read by one task."""
    jobs = plan(asked)
    count = max(1, min(tasks, len(jobs)))
    rows = [(pickle.dumps(job),) for job in divided(jobs, min(readers, count))]

    def read(given: Iterator[Any]) -> Iterator[Any]:
        found = (pickle.loads(job) for batch in given for job in batch.column(0).to_pylist())
        yield from _batches(found, asked, buckets)

    return spark.createDataFrame(rows, "job binary").repartition(count).mapInArrow(read, _SEEN)


def _read_keys(
    keys: DataFrame, asked: Request, readers: int, tasks: int, buckets: int
) -> DataFrame:
    """What is seen by asking with keys, each asked once, where they are."""
    from pyspark.sql import functions

    if "key" not in keys.columns:
        raise UsageError(
            "the keys have no column `key`",
            hint="Select it: keys.selectExpr('remote_id AS key').",
        )
    source = asked.config.connection(asked.connection)
    (stream, *_) = streams(source, evolve(asked, keys=()))
    table = stream.resource.keys.record.table if stream.resource.keys else ""
    has_rows = {"connection", "id"} <= set(keys.columns)
    row = (
        "struct(connection, id)"
        if has_rows
        else "CAST(NULL AS struct<connection:string,id:string>)"
    )
    grouped = (
        keys.where("key IS NOT NULL")
        .groupBy("key")
        .agg(functions.expr(f"collect_set({row})").alias("rows"))
        .repartition(tasks)
    )
    one_of_many = evolve(asked, config=with_part_of_limit(asked.config, asked.connection, readers))

    def read(given: Iterator[Any]) -> Iterator[Any]:
        found = (_key(one, table) for batch in given for one in batch.to_pylist())
        yield from _batches(jobs_of_keys(one_of_many, found), asked, buckets)

    return grouped.mapInArrow(read, _SEEN)


def _key(given: dict[str, Any], table: str) -> Key:
    """A key with the records it came from."""
    rows = tuple(sorted(Ref(row["connection"], table, row["id"]) for row in given["rows"]))
    return Key(given["key"], rows, rows if table == Invoice.table else ())


def _batches(jobs: Iterable[Job], asked: Request, buckets: int) -> Iterator[Any]:
    """What jobs see, in batches; all that is seen of one record has one bucket."""
    import pyarrow

    every = (one for job in jobs for one in seen(job, asked))
    while some := list(islice(every, _CHUNK)):
        found = [
            (table, _bucket(one.ref, buckets), pickle.dumps(one))
            for one in newest(some)
            for table in sorted(one.tables.intersection(asked.tables))
        ]
        names, numbers, pickles = zip(*found, strict=True)
        columns = [
            pyarrow.array(names, pyarrow.string()),
            pyarrow.array(numbers, pyarrow.int32()),
            pyarrow.array(pickles, pyarrow.binary()),
        ]
        yield pyarrow.RecordBatch.from_arrays(columns, names=["table", "bucket", "seen"])


def _bucket(ref: Ref, buckets: int) -> int:
    return crc32("\n".join(ref).encode()) % buckets


def _merge(asked: Request, table: str) -> Callable[[Any], Any]:
    """What makes the rows of a bucket."""

    def merge(bucket: Any) -> Any:
        import pyarrow

        found: Iterator[Seen] = map(pickle.loads, bucket.column("seen").to_pylist())
        made = list(batches(merged(asked, table, found), table))
        return pyarrow.Table.from_batches(made, schema=arrow_schema(table))

    return merge
