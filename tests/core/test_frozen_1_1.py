"""A plugin written for contract 1.1 keeps working, with all that this contract brought."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from duetrail import api, plugins
from duetrail.pipeline import digest
from duetrail.stores import open_store
from duetrail.testing import Answer, LoopbackServer, Request
from duetrail.testing.token_server import TokenServer

FROZEN = Path(__file__).with_name("frozen") / "contract_1_1.py"

DIGEST = "62202ee596ef993526800a08176a39bb17c210a29e47ca6179781e227e3dc6fd"
"""Of the store after a sync, by the Duetrail whose contract was 1.1."""

BILLS = [
    {
        "id": "b1",
        "currency": "USD",
        "total": 10.5,
        "state": "settled",
        "issued": 1772440200,
        "order": "po-1",
        "who": {"first": "Ada", "last": "L.", "address": {"street": "1 Way", "town": "Ulm"}},
        "lines": [{"label": "Kiln", "cents": 1050}],
        "more": "kept",
    },
    {"id": "b2", "currency": "JPY", "total": 500, "state": "odd"},
]
PARTS = [{"cur": "EUR", "cents": 1000, "day": "2026-04-01"}, {"cur": "EUR", "cents": 250}]
RINGS = [
    {
        "id": "r1",
        "state": "completed",
        "at": "Mon, 02 Mar 2026 09:30:00 +0100",
        "about": [{"id": "b1"}],
    },
    {"id": "r2", "state": "planned"},
]
PAYER = {"payer": {"id": "p1", "name": "Pottery", "changed": "2026-03-01T12:00:00Z"}}


@define
class Vendor:
    """The vendor of the frozen plugin."""

    tokens: TokenServer
    posted: list[Any] = field(factory=list)
    versions: set[str] = field(factory=set)

    def respond(self, request: Request) -> Answer:
        if not self.tokens.lets_in(request):
            return Answer.of({}, 401)
        self.versions.add(request.headers.get("frozen-version", ""))
        match request.path:
            case "/me":
                return Answer.of({"id": "A1"})
            case "/bills":
                return Answer.of({"bills": BILLS, "total": 2})
            case "/loans":
                return Answer.of({"loans": [{"id": "l1", "parts": PARTS}], "total": 1})
            case "/rings" if "after" not in request.query:
                return Answer.of({"rings": RINGS[:1], "more": "/rings?after=r1"})
            case "/rings":
                return Answer.of({"rings": RINGS[1:], "more": None})
            case "/texts":
                return Answer.of({})
            case "/payers/search":
                self.posted.append(json.loads(request.body))
                return Answer.of({"rows": [PAYER], "next": None})
            case "/bills/b1/notes":
                return Answer.of({"notes": [{"id": "n1", "text": "Pay"}]})
        return Answer.of({}, 404)


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    """The vendor, with a token host of its own."""
    with TokenServer() as tokens:
        yield Vendor(tokens)


@pytest.fixture
def config(vendor: Vendor, site: Any, write_config: Any) -> Iterator[Path]:
    """A configuration for the frozen plugin and its vendor."""
    site.install("frozen", FROZEN.read_text(encoding="utf-8"))
    tokens = vendor.tokens
    with LoopbackServer(vendor.respond) as server:
        yield write_config(
            f'[connections.frozen]\nbase_url = "{server.url}"\ntoken_url = "{tokens.url}"\n'
            f'client_id = "{tokens.client_id}"\nclient_secret = "{tokens.client_secret}"\n'
        )


def _store(config: Path) -> Any:
    return closing(open_store(f"sqlite:///{config.parent}/duetrail.db"))


def test_it_loads(config: Path) -> None:
    """It declares what it declared, under every name it knew."""
    plugin = plugins.load("frozen")
    assert plugin.hooks == ("fetch", "map_item", "source")
    assert plugin.source is not None
    assert plugin.source.coverage() == {
        "invoices": "native",
        "calls": "native",
        "callouts": "derived",
        "emails": "native",
    }


def test_it_syncs(config: Path, vendor: Vendor) -> None:
    """Lists of every kind, declared mappings, what is derived, notices and unknown keys."""
    summary = api.sync(config=config)
    told = {one.resource: one for one in summary.resources}
    assert (summary.exit_code, summary.open_rejects) == (3, 0)
    assert told["loans"].notices == ["Frozen forgets loans after a year"]
    assert (told["texts"].notices, told["notes"].unknown_keys) == ([], 2)
    assert vendor.versions == {"2026-11"}
    with _store(config) as store:
        invoices = store.select("SELECT id, status, total, customer_name FROM invoices ORDER BY id")
        assert [tuple(row.values()) for row in invoices] == [
            ("b1", "paid", "10.5", "Ada L."),
            ("b2", "unknown", "500", None),
            ("l1", None, "12.50", None),
        ]


def test_its_digest_is_what_it_was(config: Path) -> None:
    """What later contracts bring changes no digest of a store where it is empty."""
    api.sync(config=config)
    with _store(config) as store:
        assert digest(store) == DIGEST


def test_it_goes_on(config: Path, vendor: Vendor) -> None:
    """A second run begins at its cursor, and writes nothing."""
    api.sync(config=config)
    assert api.sync(config=config).written == 0
    assert vendor.posted[1] == {"page": {}, "since": "2026-02-28T12:00:00+00:00"}
