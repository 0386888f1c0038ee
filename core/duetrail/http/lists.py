"""Lists that need no code: what a resource asks for, declared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from inspect import signature
from typing import Any

from duetrail.errors import PluginError
from duetrail.http import expect
from duetrail.http.address import segment
from duetrail.http.posting import Posted
from duetrail.http.watermark import OVERLAP, incremental
from duetrail.json_tree import EACH
from duetrail.source import Connection, Cursor, Page, Shape, Shard
from duetrail.wire import utc

MakeParams = Callable[[Any, datetime | None], Mapping[str, Any]]
"""Makes the parameters of a request from a connection's options and a time; None: everything."""


def listed(
    paginate: Callable[..., Iterator[Page]],
    path: str,
    query: MakeParams | None = None,
    *,
    body: MakeParams | None = None,
    at: str | None = None,
    time: Callable[[Any], datetime | None] = utc,
    overlap: timedelta = OVERLAP,
    for_each: tuple[str, str, str] | None = None,
    **paging: Any,
) -> Callable[..., Iterator[Page | Cursor]]:
    """What fetches a resource that is one list, for `by_resource`.

        fetch = by_resource(
            invoices=listed(
                cursor,
                "/invoices",
                lambda options, since: {"limit": options.page_size, "since": _day(since)},
                at="updated_at",
                param="after",
                next="$.next",
            ),
        )

    Where the rows stand, the key of their id and whether they may be left out is taken from the
    first shape of the resource; the size of a page, where the paginator wants it, from the setting
    `page_size`.

    Args:
        paginate: `numbered`, `offset`, `cursor` or `link`.
        path: The list, below the connection's base URL; in that of a keyed resource, `{}` is the
            key.
        query: Given the options and a time, what each page is asked with. The time is None where
            everything is to be read; else it is written as the vendor wants it. What is None is
            left out.
        body: The same for a list that is asked for by POST.
        at: Where a row has the time of its last change, such as `updated_at`: then each run reads
            what changed since the last one (see `incremental`). None where the vendor cannot be
            asked so.
        time: Reads that time; ISO 8601 if nothing else is said. For seconds, `from_unix`.
        overlap: How long before the newest change a run begins.
        for_each: Where the list is one for each place, branch or ledger: the path that lists these
            on one page, where their ids stand in its answer, and the parameter that takes one, such
            as `("/locations", "$.locations[*].id", "location_id")`.
        **paging: What else the paginator takes.
    """

    def pages(shard: Shard, session: Any, connection: Connection) -> Iterator[Page | Cursor]:
        options = connection.options
        shape = connection.source.resource(shard.resource).shapes[0]
        rows, inner = _rows(shape, shard.resource)
        how = {
            "rows": rows,
            "id": f"{inner}{shape.id}",
            "rows_may_be_absent": shape.may_be_absent,
            **({"size": options.page_size} if _wants_size(paginate) else {}),
            **paging,
        }
        to = path if shard.key is None else path.replace("{}", segment(shard.key.value))

        def since(begin: datetime | None) -> Iterator[Page]:
            for one in _each(session, for_each):
                asked = {**(query(options, begin) if query else {}), **one}
                asks = session if body is None else Posted(session, body(options, begin))
                yield from paginate(asks, to, asked, **how)

        if at is None:
            yield from since(shard.since)
        else:
            where = f"{how['rows']}.{inner}{at}"
            yield from incremental(shard, since, at=where, time=time, overlap=overlap)

    pages.__module__ = getattr(query or body, "__module__", pages.__module__)  # whose code it is
    return pages


def _each(session: Any, for_each: tuple[str, str, str] | None) -> list[dict[str, Any]]:
    """What is added to the question, once for each list."""
    if for_each is None:
        return [{}]
    path, at, param = for_each
    rows, _, key = at.rpartition(f"{EACH}.")
    return [{param: one[key]} for one in expect.list(session.get(path), rows, key)]


def _rows(shape: Shape, resource: str) -> tuple[str, str]:
    """The path of the rows that a shape stands in, and the way from a row to its object."""
    rows, each, inner = shape.path.rpartition(EACH)
    if not each:
        raise PluginError(
            f"resource {resource!r} is fetched as a list, and its first shape stands in none",
            hint="Give the shape a path such as $.data[*], or write a function that fetches it.",
        )
    return rows + each, f"{inner[1:]}." if inner else ""


def _wants_size(paginate: Callable[..., Any]) -> bool:
    return "size" in signature(paginate).parameters
