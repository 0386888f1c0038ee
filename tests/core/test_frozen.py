"""A plugin written for an earlier contract keeps working: the file itself is kept, and run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from duetrail import api, plugins
from duetrail.pipeline import digest
from duetrail.stores import CountQuery, open_store
from duetrail.testing import Answer, LoopbackServer, Request

# What has another name by now works with a warning.
pytestmark = pytest.mark.filterwarnings("ignore:.* is now :DeprecationWarning")

FROZEN = Path(__file__).with_name("frozen")
SUMS = {
    "contract_1_0.py": "96c80e3e228b7979ce8db1b9f5b3dac3c50680383bc606edebc87dc87eb8bcae",
    "contract_1_1.py": "1c73e02f6e8244466b2fabf5ead9ba3d0bfa35ba88c759be578f7cba4bd7934c",
    "contract_1_2.py": "c783cdde86b8c65986752cbf288a0d264e130494dc41a7f1f493ccf855372c82",
}

DIGEST = "2ae71a4866c3faa05e7a0eda8a040e2be946653c624d1bd23053a8764364cbe7"
"""Of the store after a sync, by the Duetrail whose contract was 1.0."""

BILLS = [
    {"id": "b1", "currency": "USD", "total_cents": 1050, "state": "open", "age": 3},
    {"id": "b2", "currency": "JPY", "total_cents": 500, "state": "uncollectible"},
    {"id": "b3", "state": "draft", "pay_link": "https://pay.example/1"},
    {"id": "b4", "state": "open"},
    {"id": "b5", "currency": "EUR", "total_cents": 1, "state": "odd", "customer": {"id": "c1"}},
]
RINGS = [{"id": 1, "result": "answered", "from": "+1"}, {"id": 2, "planned": True}, {"from": "+2"}]


def respond(request: Request) -> Answer:
    """The vendor of the frozen plugins."""
    query = {key: values[0] for key, values in request.query.items()}
    if request.path == "/bills":
        begin = (int(query["page"]) - 1) * int(query["size"])
        rows = BILLS[begin : begin + int(query["size"])]
        return Answer.of({"bills": rows, "total": len(BILLS), "unit": "cents"})
    if request.path == "/rings":
        rows = [r for r in RINGS if r.get("id", 0) > int(query["above"])]
        return Answer.of({"rings": rows[:2] if query["above"] == "0" else []})
    if request.path == "/bills/b2/notes":
        return Answer.of({}, 404)
    return Answer.of({"notes": [{"id": f"n-{request.path.split('/')[2]}", "text": "Pay"}]})


@pytest.fixture
def config(site, write_config) -> Iterator[Path]:
    """A configuration for the frozen plugin of contract 1.0 and its vendor."""
    site.install("frozen", (FROZEN / "contract_1_0.py").read_text(encoding="utf-8"))
    with LoopbackServer(respond) as server:
        yield write_config(
            f'[connections.frozen]\nbase_url = "{server.url}"\ntoken = "throw-away"\n'
        )


def test_nobody_edits_them() -> None:
    """Each file is, byte for byte, what it was when its contract was today's."""
    files = {file.name: sha256(file.read_bytes()).hexdigest() for file in FROZEN.glob("*.py")}
    assert files == SUMS


def test_it_loads(config) -> None:
    """It declares what it declared, under every name it knew."""
    plugin = plugins.load("frozen")
    assert plugin.hooks == ("fetch", "map_item", "plan", "source")
    assert plugin.source.coverage() == {
        "invoices": "native",
        "calls": "native",
        "callouts": "derived",
        "emails": "native",
    }


def test_it_syncs(config) -> None:
    """Lists, keys, cursors, notices, skips, rejects and unknown keys are what they were."""
    summary = api.sync(config=config)
    told = {r.resource: r for r in summary.resources}
    assert summary.exit_code == 3
    assert (summary.open_rejects, set(told["bills"].skipped)) == (1, {"a draft"})
    assert told["rings"].notices == ["Frozen forgets rings after a year"]
    assert told["notes"].unknown_keys == 1
    with closing(open_store(f"sqlite:///{config.parent}/duetrail.db")) as store:
        invoices = store.select("SELECT id, status, total FROM invoices ORDER BY id")
        assert [(row["id"], row["status"], row["total"]) for row in invoices] == [
            ("b1", "open", "10.50"),
            ("b2", "written_off", "500"),
            ("b5", "unknown", "0.01"),
        ]
        counted = ("parties", "calls", "callouts", "emails", "links")
        assert {table: store.counts(CountQuery(table))["frozen"] for table in counted} == {
            "parties": 1,
            "calls": 2,
            "callouts": 1,
            "emails": 2,
            "links": 4,
        }


def test_its_digest_is_what_it_was(config) -> None:
    """Fields that later contracts brought change no digest of a store where they are empty."""
    api.sync(config=config)
    with closing(open_store(f"sqlite:///{config.parent}/duetrail.db")) as store:
        assert digest(store) == DIGEST


def test_it_goes_on(config) -> None:
    """A second run begins at its cursor, and writes nothing."""
    api.sync(config=config)
    assert api.sync(config=config).written == 0
