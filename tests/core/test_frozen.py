"""A plugin written for an earlier contract keeps working: the file itself is kept, and run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from duetrail import api, plugins
from duetrail.stores import CountQuery, open_store

FROZEN = Path(__file__).with_name("frozen")
SUMS = {"contract_1_0.py": "96c80e3e228b7979ce8db1b9f5b3dac3c50680383bc606edebc87dc87eb8bcae"}

BILLS = [
    {"id": "b1", "currency": "USD", "total_cents": 1050, "state": "open", "age": 3},
    {"id": "b2", "currency": "JPY", "total_cents": 500, "state": "uncollectible"},
    {"id": "b3", "state": "draft", "pay_link": "https://pay.example/1"},
    {"id": "b4", "state": "open"},
    {"id": "b5", "currency": "EUR", "total_cents": 1, "state": "odd", "customer": {"id": "c1"}},
]
RINGS = [{"id": 1, "result": "answered", "from": "+1"}, {"id": 2, "planned": True}, {"from": "+2"}]


class Frozen(BaseHTTPRequestHandler):
    """The vendor of the frozen plugins."""

    def do_GET(self) -> None:
        status, answer = self.answer()
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer(self) -> tuple[int, object]:
        asked = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(asked.query).items()}
        if asked.path == "/bills":
            begin = (int(query["page"]) - 1) * int(query["size"])
            rows = BILLS[begin : begin + int(query["size"])]
            return 200, {"bills": rows, "total": len(BILLS), "unit": "cents"}
        if asked.path == "/rings":
            rows = [r for r in RINGS if r.get("id", 0) > int(query["above"])]
            return 200, {"rings": rows[:2] if query["above"] == "0" else []}
        if asked.path == "/bills/b2/notes":
            return 404, {}
        return 200, {"notes": [{"id": f"n-{asked.path.split('/')[2]}", "text": "Pay"}]}

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(params=sorted(SUMS))
def config(request, site, write_config) -> Iterator[Path]:
    """A configuration for a frozen plugin and its vendor."""
    site.install("frozen", (FROZEN / request.param).read_text(encoding="utf-8"))
    with ThreadingHTTPServer(("127.0.0.1", 0), Frozen) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        yield write_config(f'[connections.frozen]\nbase_url = "{url}"\ntoken = "throw-away"\n')
        server.shutdown()
        thread.join()


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


def test_it_goes_on(config) -> None:
    """A second run begins at its cursor, and writes nothing."""
    api.sync(config=config)
    assert api.sync(config=config).written == 0
