"""Dask: the records of a table as a bag, read by Dask's workers.

    from duetrail.engines import dask

    invoices = dask.bag("stuut", "invoices", config="duetrail.toml")
    print(invoices.filter(lambda row: row["amount_due"] > 0).count().compute())

It needs `pip install 'duetrail[dask]'`; Duetrail and the connection's plugin have to be installed
on the workers, and what secrets refer to has to be there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack
from zlib import crc32

from duetrail.engines.reading import (
    ReadingOptions,
    Request,
    Seen,
    divided,
    merged,
    newest,
    plan,
    seen,
)
from duetrail.errors import UsageError
from duetrail.source import Key

if TYPE_CHECKING:
    from dask.bag import Bag

    from duetrail.jobs import Job


def bag(
    connection: str,
    table: str,
    *,
    keys: Iterable[str | Key] | None = None,
    partitions: int | None = None,
    readers: int | None = None,
    **reading: Unpack[ReadingOptions],
) -> Bag:
    """The records of a table, each once, as a Dask bag of mappings.

    Arguments and errors are those of `bags`, for one table.
    """
    made = bags(connection, table, keys=keys, partitions=partitions, readers=readers, **reading)
    return made[table]


def bags(
    connection: str,
    *tables: str,
    keys: Iterable[str | Key] | None = None,
    partitions: int | None = None,
    readers: int | None = None,
    **reading: Unpack[ReadingOptions],
) -> dict[str, Bag]:
    """The records of several tables, each once, as Dask bags of mappings.

    The plan is made here and now; what is read, is read by the workers when something is computed,
    and again with each computation: compute several bags with one `dask.compute`, `persist()` them,
    or write them, to read a vendor once.

    Args:
        connection: The name of a configured connection.
        *tables: Record tables, such as `invoices`.
        keys: The keys to ask with, instead of the configured ones; then only what is asked per
            key is read.
        partitions: Into how many partitions the records go; by default one for each part of the
            plan, at most 32.
        readers: How many processes read at once, at most: each keeps to its part of the rate limit.
            By default as many as the plan has parts.
        **reading: `config`, `resource`, `since`, `rejects` and `failures`, as
            `duetrail.engines.reading.ReadingOptions` says.

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
    asked = Request(connection=connection, tables=tables, keys=keys, **reading)
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


def _read(jobs: Iterable[Job], *, asked: Request) -> list[Seen]:
    return list(newest(one for job in jobs for one in seen(job, asked)))


def _bucket(one: Seen, *, count: int) -> int:
    return crc32("\n".join(one.ref).encode()) % count


def _merge_buckets(
    buckets: Iterable[tuple[int, Sequence[Seen]]], *, merge: partial[Iterator[dict[str, Any]]]
) -> list[dict[str, Any]]:
    return [row for _, found in buckets for row in merge(found)]
