"""The plugin that the contract shows is pasted, installed and used."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

import duetrail
from duetrail import api
from duetrail.model import Invoice, Money
from duetrail.testing import Answer, LoopbackServer, Request

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


def respond(request: Request) -> Answer:
    """Acme's API: two pages of bills for whoever has the key."""
    if request.headers["authorization"] != "Bearer throw-away":
        return Answer.of({}, 401)
    return Answer.of(PAGES[request.target])


@pytest.fixture
def config(site, acme, write_config) -> Iterator[object]:
    """A configuration for the pasted plugin and a server that is up."""
    site.install("acme", acme)
    with LoopbackServer(respond) as server:
        yield write_config(f'[connections.acme]\nbase_url = "{server.url}"\ntoken = "throw-away"')


def test_it_is_a_page(acme):
    """A whole vendor fits on one page."""
    assert len(acme.splitlines()) <= 60


def test_read_gives_records_page_after_page(config):
    """`duetrail.read` gives its records, page after page, with what has no home in `extra`."""
    records = list(duetrail.read("acme", "invoices", config=config))
    assert records == [
        Invoice(connection="acme", id="b1", currency="USD", total=Money(Decimal("12.34"), "USD")),
        Invoice(connection="acme", id="b2", currency="JPY", total=Money(Decimal(500), "JPY")),
        Invoice(connection="acme", id="b3"),
    ]
    assert [record.extra for record in records] == [{"colour": "red"}, {}, {}]


def test_a_second_sync_finds_nothing_to_write(config):
    """A sync stores them; the second run finds nothing to write."""
    first, second = api.sync(config=config), api.sync(config=config)
    assert (first.exit_code, first.records) == (0, {"invoices": 3})
    assert (second.exit_code, second.written) == (0, 0)
