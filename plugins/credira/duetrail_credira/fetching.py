"""Ask Credira, one invoice or callout at a time.

Source: Credira API reference, Get Calls, Get Callouts, Get Emails. There is no paging, and no list
of everything: each answer is whole, and `meta.total_*` says how much it should hold.
"""

from __future__ import annotations

from collections.abc import Iterator

from duetrail import hookimpl
from duetrail.errors import Incomplete, ProtocolError
from duetrail.http import Session
from duetrail.source import Page, Shard

# What each list is asked with.
_KEYS = {"calls": "invoice_id", "callouts": "invoice_id", "emails": "callout_id"}


@hookimpl
def fetch(shard: Shard, session: Session) -> Iterator[Page]:
    """The one page of a key. "None" has four forms: false, data: false, null or []."""
    assert shard.key is not None
    page = session.get(f"/{shard.resource}", {_KEYS[shard.resource]: shard.key.value})
    rows = _rows(page)
    yield page
    total = _total(page, shard.resource)
    if total is not None and total != len(rows):
        raise Incomplete(
            f"Credira reports {total} {shard.resource} for {shard.name}, {len(rows)} arrived",
            hint="Credira documents no pages; if this stays, ask its support for the rest.",
        )


def _rows(page: Page) -> list[object]:
    if page.data is False:
        return []
    if "data" not in page.data:
        raise ProtocolError(f"{page.url} answered without `data`")
    rows = page.data["data"]
    if rows is False or rows is None:
        return []
    if not isinstance(rows, list):
        raise ProtocolError(f"{page.url} answered with `data` that is neither a list nor false")
    return rows


def _total(page: Page, resource: str) -> int | None:
    meta = page.data.get("meta") if isinstance(page.data, dict) else None
    total = meta.get(f"total_{resource}") if isinstance(meta, dict) else None
    return total if type(total) is int else None
