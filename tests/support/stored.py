"""What tests of stores put into them: an invoice, a page, observations, ids of every kind."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from duetrail.model import Invoice, Ref
from duetrail.pipeline.digest import digest
from duetrail.stores import Changes, CountQuery, Observation, Store, StoredPage, open_store

INVOICE = Invoice(connection="acme", id="1", number="INV-1")
PAGE = StoredPage(
    connection="acme",
    resource="invoices",
    shard="all",
    run=1,
    url="https://api.acme.example/bills",
    status=200,
    received_at="2026-01-01T00:00:00.000000Z",
    body=b'{"bills": [' + b'{"id": "b1"},' * 500 + b"null]}",
)

DAYS = [f"2026-01-0{day}T00:00:00.000000Z" for day in range(1, 5)]
"""Times as a store writes them, in order."""

# Whatever a vendor calls its things.
ODD_IDS = [
    "it's",
    'say "x"',
    "'; DROP TABLE invoices; --",
    "a\nb\tc",
    "ünï-漢字-🧾",
    "%_*?[]",
    " 1 ",
    "1.0",
]


def digest_at(url: str, **opened: Any) -> str:
    """The digest of the store at a URL; `opened` says more of how it is opened."""
    with closing(open_store(url, **opened)) as store:
        return digest(store)


def observed(
    id: str, page: int, *, within: str = "", version: str = "", hash: bytes = b"hash"
) -> Observation:
    """An observation of an invoice of that id, on a page."""
    place = ("invoices", "bill", within)
    return Observation("acme", "invoices", id, *place, version, hash, 0, page, "$.bills[0]", 1)


def put(store: Store, *observations: Observation) -> None:
    """Write observations."""
    found: dict[Any, Observation] = {(one.ref, one.place): one for one in observations}
    store.apply(Changes(observations=found))


def mark(store: Store, ref: Ref, since: str, run: int) -> None:
    """Mark a record as absent since a time: the only place it was seen in has lost it in a run."""
    seen = Observation(*ref, "all", "row", "", "", b"h", 0, 1, "$", 1, missing=run)
    store.apply(Changes(observations={(ref, seen.place): seen}))
    store.mark_absent([ref], since, [], run)


def count(store: Store, table: str) -> int:
    """How many rows a table has."""
    return sum(store.counts(CountQuery(table)).values())
