"""Ask Credira, one invoice, callout or call at a time.

Source: Credira API reference, Get Calls, Get Call by ID, Get Callouts, Get Callout Response, Get
Emails. There is no paging, and no list of everything: each answer is whole, and `meta.total_*`
says how much a list should hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from attrs import evolve

from duetrail import by_resource
from duetrail.errors import Incomplete, ProtocolError
from duetrail.http import Session, expect_same, segment
from duetrail.source import Key, Notice, Page, Shard
from duetrail_credira.errors import request_id


def _list(asked_with: str, shard: Shard, session: Session) -> Iterator[Page | Notice]:
    """A list for one key; its rows name what it is asked with, too."""
    assert shard.key is not None
    key, resource = shard.key, shard.resource
    page = session.get(f"/{resource}", {asked_with: key.value})
    body = page.only(f"$.data[*].{asked_with}", f"$.meta.total_{resource}")
    rows = _data(page, body)
    rows = [] if rows is None else rows
    if not isinstance(rows, list):
        raise _broken(page, "with `data` that is neither a list nor false")
    yield page
    if any(_names_another(row, asked_with, key) for row in rows):
        asked = asked_with.removesuffix("_id")
        yield Notice(f"some {resource} name another {asked} than the one they were asked for with")
    total = _total(body, resource)
    if total is not None and total != len(rows):
        raise Incomplete(
            f"Credira reports {total} {resource} for {key.value}, {len(rows)} arrived",
            hint="Credira documents no pages; if this stays, ask its support for the rest.",
            request_id=request_id(page),
        )


def _object(path: str, id: str, shard: Shard, session: Session) -> Iterator[Page]:
    """One object, whose id stands under a key of its own."""
    assert shard.key is not None
    key = shard.key
    page = session.get(path.format(segment(key.value)))
    found = _data(page, page.only(f"$.data.{id}"))
    if found is None:
        yield evolve(page, data=False)  # else the false inside would be taken for a bad object
        return
    if not isinstance(found, dict):
        raise _broken(page, "with `data` that is neither an object nor false")
    expect_same(page, found.get(id), key.value, may_be_unnamed=True)
    yield page


def _data(page: Page, body: Any) -> Any:
    """What an answer holds. "None" is false, data: false, null or [], or no content."""
    if body is False or body is None:
        return None
    if "data" not in body:
        raise _broken(page, "without `data`")
    data = body["data"]
    return None if data is False or data == [] else data


def _names_another(row: object, name: str, key: Key) -> bool:
    """Whether a row names what it was asked for with, and names it differently."""
    return isinstance(row, dict) and row.get(name) not in (None, "", key.value)


def _total(body: Any, resource: str) -> int | None:
    meta = body.get("meta") if isinstance(body, dict) else None
    total = meta.get(f"total_{resource}") if isinstance(meta, dict) else None
    return total if type(total) is int else None


def _broken(page: Page, what: str) -> ProtocolError:
    return ProtocolError(f"{page.url} answered {what}", request_id=request_id(page))


fetch = by_resource(
    {"call-details": partial(_object, "/calls/{}", "id")},
    calls=partial(_list, "invoice_id"),
    callouts=partial(_list, "invoice_id"),
    emails=partial(_list, "callout_id"),
    responses=partial(_object, "/callouts/{}/response", "callout_id"),
)
