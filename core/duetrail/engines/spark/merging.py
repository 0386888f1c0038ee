"""Records that several parts of a plan may show, each once: read, shuffled by record, merged."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

from attrs import evolve

from duetrail.config import Config, read_config
from duetrail.engines.reading import (
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
_SEEN = "bucket int, seen binary"


def records(
    spark: SparkSession,
    connection: str,
    table: str,
    *,
    config: Config | str | Path | None = None,
    resource: str = "",
    keys: DataFrame | None = None,
    since: datetime | None = None,
    rejects: str = "fail",
    readers: int | None = None,
    buckets: int = 32,
) -> DataFrame:
    """The records of a table, each once, whichever and however many parts of the plan show them.

    A vendor is asked when the DataFrame is computed, and again with each computation: cache it, or
    write it.

    Args:
        spark: The session.
        connection: The name of a configured connection.
        table: A record table, such as `calls`.
        config: The configuration or its path on the driver.
        resource: The one resource to read from; by default all that show such records.
        keys: A DataFrame with a column `key`: the keys to ask with, instead of the configured ones.
            Where it has the columns `connection` and `id`, too, of the record that each key came
            from, what is found is linked with that. The keys stay in the executors.
        since: Aware; what happened before is not asked for, where a vendor can be asked so.
        rejects: `fail` where an item that cannot be mapped ends the reading, `skip` where it is
            left out.
        readers: How many tasks read at once, at most: each keeps to its part of the rate limit. By
            default as many as the session runs at once.
        buckets: Into how many parts the records are shuffled to be merged; a task holds one of them
            in memory.

    Raises:
        UsageError: There is no such connection, table or resource; or a library is not installed.
    """
    for library in ("pandas", "pyarrow"):
        if find_spec(library) is None:
            raise UsageError(
                f"{library} is not installed here",
                hint="Install it: pip install 'duetrail[spark]'.",
            )
    asked = Request(
        config=config if isinstance(config, Config) else read_config(config),
        connection=connection,
        table=table,
        resource=resource,
        since=since,
        rejects=rejects,
    )
    count = readers or _parallelism(spark)
    if keys is None:
        found = _read_jobs(spark, asked, count, buckets)
    else:
        found = _read_keys(keys, asked, count, buckets)
    return found.groupBy("bucket").applyInArrow(_merge(asked), schema_of(table))


def _parallelism(spark: SparkSession) -> int:
    """How many tasks a session runs at once."""
    try:
        return int(spark.sparkContext.defaultParallelism)
    except Exception:  # a session of Spark Connect knows nothing of its cluster
        raise UsageError(
            "the session does not say how many tasks it runs at once", hint="Add readers=8."
        ) from None


def _read_jobs(spark: SparkSession, asked: Request, readers: int, buckets: int) -> DataFrame:
    """What the jobs of the plan see, each job read by one task."""
    jobs = plan(asked)
    count = max(1, min(readers, len(jobs)))
    rows = [(pickle.dumps(job),) for job in divided(jobs, count)]

    def read(given: Iterator[Any]) -> Iterator[Any]:
        found = (pickle.loads(job) for batch in given for job in batch.column(0).to_pylist())
        yield from _read(found, asked, buckets)

    return spark.createDataFrame(rows, "job binary").repartition(count).mapInArrow(read, _SEEN)


def _read_keys(keys: DataFrame, asked: Request, readers: int, buckets: int) -> DataFrame:
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
        .repartition(readers)
    )
    one_of_many = evolve(asked, config=with_part_of_limit(asked.config, asked.connection, readers))

    def read(given: Iterator[Any]) -> Iterator[Any]:
        found = (_key(one, table) for batch in given for one in batch.to_pylist())
        yield from _read(jobs_of_keys(one_of_many, found), asked, buckets)

    return grouped.mapInArrow(read, _SEEN)


def _key(given: dict[str, Any], table: str) -> Key:
    """A key with the records it came from."""
    rows = tuple(sorted(Ref(row["connection"], table, row["id"]) for row in given["rows"]))
    return Key(given["key"], rows, rows if table == Invoice.table else ())


def _read(jobs: Iterable[Job], asked: Request, buckets: int) -> Iterator[Any]:
    """What jobs see, in batches; all that is seen of one record has one bucket."""
    import pyarrow

    for job in jobs:
        found = list(newest(seen(job, asked)))
        buckets_of = [crc32("\n".join(one.ref).encode()) % buckets for one in found]
        columns = [
            pyarrow.array(buckets_of, pyarrow.int32()),
            pyarrow.array([pickle.dumps(one) for one in found], pyarrow.binary()),
        ]
        yield pyarrow.RecordBatch.from_arrays(columns, names=["bucket", "seen"])


def _merge(asked: Request) -> Callable[[Any], Any]:
    """What makes the rows of a bucket."""

    def merge(bucket: Any) -> Any:
        import pyarrow

        found: Iterator[Seen] = map(pickle.loads, bucket.column("seen").to_pylist())
        made = list(batches(merged(asked, found), asked.table))
        return pyarrow.Table.from_batches(made, schema=arrow_schema(asked.table))

    return merge
