"""Dask: the records of a table as a bag, read by Dask's workers.

    from duetrail.engines import dask

    invoices = dask.bag("stuut", "invoices", config="duetrail.toml")
    print(invoices.filter(lambda row: row["amount_due"] > 0).count().compute())

It needs `pip install 'duetrail[dask]'`; Duetrail and the connection's plugin have to be installed
on the workers, and what secrets refer to has to be there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from zlib import crc32

from duetrail.config import Config, read_config
from duetrail.engines.reading import Request, Seen, divided, merged, newest, plan, seen
from duetrail.errors import UsageError
from duetrail.source import Key

if TYPE_CHECKING:
    from pathlib import Path

    from dask.bag import Bag

    from duetrail.jobs import Job


def bag(
    connection: str,
    table: str,
    *,
    config: Config | str | Path | None = None,
    resource: str = "",
    keys: Iterable[str | Key] | None = None,
    since: datetime | None = None,
    rejects: str = "fail",
    failures: str = "fail",
    partitions: int | None = None,
    readers: int | None = None,
) -> Bag:
    """The records of a table, each once, as a Dask bag of mappings.

    Arguments and errors are those of `bags`, for one table.
    """
    return bags(
        connection,
        table,
        config=config,
        resource=resource,
        keys=keys,
        since=since,
        rejects=rejects,
        failures=failures,
        partitions=partitions,
        readers=readers,
    )[table]


def bags(
    connection: str,
    *tables: str,
    config: Config | str | Path | None = None,
    resource: str = "",
    keys: Iterable[str | Key] | None = None,
    since: datetime | None = None,
    rejects: str = "fail",
    failures: str = "fail",
    partitions: int | None = None,
    readers: int | None = None,
) -> dict[str, Bag]:
    """The records of several tables, each once, as Dask bags of mappings.

    The plan is made here and now; what is read, is read by the workers when something is computed,
    and again with each computation: compute several bags with one `dask.compute`, `persist()` them,
    or write them, to read a vendor once.

    Args:
        connection: The name of a configured connection.
        *tables: Record tables, such as `invoices`.
        config: The configuration or its path; see `duetrail.config.read_config`.
        resource: The one resource to read from; by default all that show such records.
        keys: The keys to ask with, instead of the configured ones; then only what is asked per
            key is read.
        since: Aware; what happened before is not asked for, where a vendor can be asked so.
        rejects: `fail` where an item that cannot be mapped ends the computation, `skip` where it
            is left out.
        failures: The same of a key that gives no answer after all retries.
        partitions: Into how many partitions the records go; by default one for each part of the
            plan, at most 32.
        readers: How many processes read at once, at most: each keeps to its part of the rate limit.
            By default as many as the plan has parts.

    Returns:
        By table, bags of mappings as `duetrail.engines.tables.mapping_of` makes them.

    Raises:
        UsageError: Dask is not installed here, or there is no such connection, table or resource.
    """
    try:
        from dask import bag as made
    except ImportError:
        raise UsageError(
            "Dask is not installed here", hint="Install it: pip install 'duetrail[dask]'."
        ) from None
    asked = Request(
        config=config if isinstance(config, Config) else read_config(config),
        connection=connection,
        tables=tables,
        resource=resource,
        keys=None if keys is None else tuple(map(_key, keys)),
        since=since,
        rejects=rejects,
        failures=failures,
    )
    jobs = plan(asked)
    if not jobs:
        return dict.fromkeys(tables, made.from_sequence([], npartitions=1))
    jobs = divided(jobs, readers or len(jobs))
    found = made.from_sequence(jobs, partition_size=1).map_partitions(partial(_read, asked=asked))
    count = partitions or min(len(jobs), 32)
    return {table: _merged(found, asked, table, count) for table in tables}


def _merged(found: Bag, asked: Request, table: str, count: int) -> Bag:
    """The records of one table, of what was seen of several."""
    of_table = found.filter(partial(_is_of, table=table))
    merge = partial(merged, asked, table)
    if found.npartitions == 1:
        return of_table.map_partitions(merge)
    # What was seen of one record is brought together. Dask groups by Python's hash, which differs
    # from process to process for text, and is the number itself for a number.
    grouped = of_table.groupby(partial(_bucket, count=count), npartitions=count, shuffle="tasks")
    return grouped.map_partitions(partial(_merge_buckets, merge=merge))


def _is_of(one: Seen, *, table: str) -> bool:
    return table in one.tables


def _key(key: str | Key) -> Key:
    return key if isinstance(key, Key) else Key(key)


def _read(jobs: Iterable[Job], *, asked: Request) -> list[Seen]:
    return list(newest(one for job in jobs for one in seen(job, asked)))


def _bucket(one: Seen, *, count: int) -> int:
    return crc32("\n".join(one.ref).encode()) % count


def _merge_buckets(
    buckets: Iterable[tuple[int, Sequence[Seen]]], *, merge: partial[Iterator[dict[str, Any]]]
) -> list[dict[str, Any]]:
    return [row for _, found in buckets for row in merge(found)]
