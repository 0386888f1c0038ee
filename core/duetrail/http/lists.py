"""Lists that need no code: what a resource asks for, declared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from inspect import signature
from typing import Any

from duetrail.errors import FetchError, PluginError, ProtocolError
from duetrail.http import expect
from duetrail.http.answers import expect_same
from duetrail.http.asked import (
    Missing,
    Parameters,
    When,
    asked_with,
    names_asked,
    since_params,
    until_params,
)
from duetrail.http.filled import filled
from duetrail.http.paginators import once
from duetrail.http.posting import Posted
from duetrail.http.proof import id_of
from duetrail.http.watermark import OVERLAP, incremental
from duetrail.json_tree import EACH
from duetrail.model import from_local
from duetrail.model.values import zone_of
from duetrail.source import Connection, Cursor, Notice, Page, Resource, Shard
from duetrail.wire import utc


def listed(
    paginate: Callable[..., Iterator[Page]],
    path: str,
    query: Parameters | None = None,
    *,
    page_size: str | None = None,
    since: When | None = None,
    until: When | None = None,
    body: Parameters | None = None,
    into: str | None = None,
    missing: type[FetchError] | None = None,
    at: str | None = None,
    time: Callable[[Any], datetime | None] | None = None,
    zone: str | Callable[[Any], str] | None = None,
    overlap: timedelta | Callable[[Any], timedelta] = OVERLAP,
    for_each: tuple[str, str, str] | None = None,
    **paging: Any,
) -> Callable[..., Iterator[Page | Cursor | Notice]]:
    """What fetches a resource that is one list, for `by_resource`.

        fetch = by_resource(
            invoices=listed(
                cursor,
                "/{company}/invoices",
                page_size="limit",
                since="updated_since",
                at="updated_at",
                param="after",
                next="$.next",
            ),
            emails=listed(link, "/invoices/{key}/emails", missing=UnknownKey),
        )

    Where the rows stand, the key of their id and whether they may be left out is taken from the
    first shape of the resource; the size of a page, where the paginator wants it, from the setting
    `page_size`.

    Args:
        paginate: `numbered`, `offset`, `cursor`, `link`, or `once` for what comes at once.
        path: The list, below the connection's base URL. In it `{key}`, or `{}`, is the key of a
            keyed resource, and any other name a setting of the connection, `/{company}/invoices`;
            each is quoted as one segment.
        query: What else each page is asked with, such as `{"status": "all", "box": "{mailbox}"}`.
            In its texts names stand for settings and the key, as in the path, but unquoted; where
            such a setting is None or empty the parameter is left out. Or a function that makes it,
            given the options and a time, which is None where everything is to be read.
        page_size: The parameter of the size of a page, where the paginator has none for it.
        since: The parameter of the time from which on rows are asked for, such as `updated_since`,
            in ISO 8601 and UTC; or that and what writes the time: `("created[gte]", seconds)`, with
            `seconds`, `milliseconds`, `day` or a function of an aware time.
        until: The parameter of the time up to which rows are asked for, likewise, for a resource
            that declares `until`.
        body: Like `query`, for a list that is asked for by POST; of its texts only those are filled
            that are a name and no more, at any depth.
        into: The object in that body that the paginator's parameters and `since` go into, such as
            `variables`; None for the body itself.
        missing: The error that a 404 stands for: `UnknownKey` where the path holds a key.
        at: Where a row has the time of its last change, such as `updated_at`: then each run reads
            what changed since the last one (see `incremental`). None where the vendor cannot be
            asked so.
        time: Reads that time; ISO 8601 if nothing else is said. For seconds, `from_unix`.
        zone: Where times have no offset: the zone in which that time is read, and `since` and
            `until` are written, as `2026-03-02 09:30:00`, such as `Europe/Berlin`; or a function
            that gives it, given the options. Where clocks are put back, a run begins earlier.
        overlap: How long before the newest change a run begins; or a function that gives it, given
            the options.
        for_each: Where the list is one for each place, branch or ledger: the path that lists these
            on one page, where their ids stand in its answer, and the parameter that takes one, such
            as `("/locations", "$.locations[*].id", "location_id")`.
        **paging: What else the paginator takes; also `rows`, where the rows stand, if that is not
            where the first shape does, and their `id`.
    """

    def pages(
        shard: Shard, session: Any, connection: Connection
    ) -> Iterator[Page | Cursor | Notice]:
        options = connection.options
        resource = connection.source.resource(shard.resource)
        rows, inner = _rows(resource, paginate, paging.get("rows"))
        shape = resource.shapes[0]
        how = {
            "rows": rows,
            "id": f"{inner}{shape.id}",
            "rows_may_be_absent": shape.may_be_absent,
            **({"size": options.page_size} if _wants_size(paginate) else {}),
            **paging,
        }
        to = filled(path, shard.key, options)
        size = {page_size: options.page_size} if page_size else {}
        through = session if missing is None else Missing(session, missing)
        name = zone(options) if callable(zone) else zone
        clock, read = zone_of(name) if name else None, time or _reader(name)

        def begun(begin: datetime | None) -> Iterator[Page]:
            asked = {
                **size,
                **since_params(since, begin, clock),
                **until_params(until, shard.until, clock),
                **asked_with(query, shard.key, options, begin),
            }
            post = asked_with(body, shard.key, options, begin, is_body=True)
            asks = through if body is None else Posted(through, post, into=into)
            for one in _each(session, for_each):
                for page in paginate(asks, to, {**asked, **one}, **how):
                    _expect_key(resource, shard, page, rows)
                    yield page

        if at is None:
            yield from begun(shard.since)
        else:
            where = f"{how['rows']}.{inner}{at}"
            before = overlap(options) if callable(overlap) else overlap
            yield from incremental(shard, begun, at=where, time=read, overlap=before)

    pages.__module__ = getattr(query or body, "__module__", pages.__module__)  # whose code it is
    pages.__dict__["names_asked"] = names_asked(path, query, body)
    return pages


def _reader(zone: str | None) -> Callable[[Any], datetime | None]:
    """What reads a time: with its offset, or as the clocks of a zone show it."""
    return utc if zone is None else partial(from_local, zone=zone)


def _each(session: Any, for_each: tuple[str, str, str] | None) -> list[dict[str, Any]]:
    """What is added to the question, once for each list.

    Raises:
        ProtocolError: One has no id: without it the vendor would be asked for all of them.
    """
    if for_each is None:
        return [{}]
    path, at, param = for_each
    rows, _, key = at.rpartition(f"{EACH}.")
    page = session.get(path)
    ids = [id_of(one, key) for one in expect.list(page, rows, key)]
    if None in ids:
        raise ProtocolError(f"{page.url} answered with something without `{key}`")
    return [{param: id} for id in ids]


def _rows(resource: Resource, paginate: Callable[..., Any], given: str | None) -> tuple[str, str]:
    """The path of the rows that the first shape stands in, and the way from a row to its object.

    What comes at once may be the object itself. Other rows may be given.
    """
    path = given or resource.shapes[0].path
    rows, each, inner = path.rpartition(EACH)
    if not each and paginate is once:
        return path, ""
    if not each:
        raise PluginError(
            f"resource {resource.name!r} is fetched as a list, and its first shape stands in none",
            hint="Give the shape a path such as $.data[*]; or ask for an object with `once`.",
        )
    return rows + each, f"{inner[1:]}." if inner else ""


def _expect_key(resource: Resource, shard: Shard, page: Page, path: str) -> None:
    """Check that the object that is asked for by its id is the one that comes."""
    shape, keys = resource.shapes[0], resource.keys
    if shard.key is None or keys is None or path.endswith(EACH):
        return
    if keys.column == "id" and keys.record is shape.record:
        found = expect.object(page, path, shape.id).get(shape.id)
        expect_same(page, str(found), shard.key.value)


def _wants_size(paginate: Callable[..., Any]) -> bool:
    return "size" in signature(paginate).parameters
