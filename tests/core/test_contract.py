"""The plugin that the contract shows is pasted, installed and used."""

import json
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

import duetrail
from duetrail import api
from duetrail.model import Invoice, Money

PAGES = {
    "/bills?after=": {
        "bills": [
            {"id": "b1", "currency": "USD", "total_cents": 1234, "colour": "red"},
            {"id": "b2", "currency": "JPY", "total_cents": 500},
        ],
        "next": "b2",
    },
    "/bills?after=b2": {"bills": [{"id": "b3"}], "next": None},
}


class Bills(BaseHTTPRequestHandler):
    """Acme's API: two pages of bills for whoever has the key."""

    def do_GET(self) -> None:
        allowed = self.headers["Authorization"] == "Bearer throw-away"
        body = json.dumps(PAGES[self.path] if allowed else {}).encode()
        self.send_response(200 if allowed else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def config(site, acme, write_config) -> Iterator[object]:
    """A configuration for the pasted plugin and a server that is up."""
    site.install("acme", acme)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bills)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    yield write_config(f'[connections.acme]\nbase_url = "{address}"\ntoken = "throw-away"')
    server.shutdown()
    thread.join()
    server.server_close()


def test_it_is_a_page(acme):
    """A whole vendor fits on one page."""
    assert len(acme.splitlines()) <= 60


def test_read(config):
    """`duetrail.read` gives its records, page after page, with what has no home in `extra`."""
    records = list(duetrail.read("acme", "invoices", config=config))
    assert records == [
        Invoice(connection="acme", id="b1", currency="USD", total=Money(Decimal("12.34"), "USD")),
        Invoice(connection="acme", id="b2", currency="JPY", total=Money(Decimal(500), "JPY")),
        Invoice(connection="acme", id="b3"),
    ]
    assert [record.extra for record in records] == [{"colour": "red"}, {}, {}]


def test_sync(config):
    """A sync stores them; the second run finds nothing to write."""
    first, second = api.sync(config=config), api.sync(config=config)
    assert (first.exit_code, first.records) == (0, {"invoices": 3})
    assert (second.exit_code, second.written) == (0, 0)
