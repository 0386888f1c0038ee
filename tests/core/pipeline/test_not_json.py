"""An answer that is not JSON is synced, rejected, and mapped again like any other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from attrs import frozen

from duetrail import api, hookimpl
from duetrail.config import Config
from duetrail.errors import BadItem
from duetrail.http import NoAuth, Session, csv_rows
from duetrail.model import Call, Callout, Email, Invoice, Money, from_json_date
from duetrail.plugins import bind
from duetrail.source import Connection, Item, Page, Resource, Shape, Source
from duetrail.stores import open_store
from duetrail.testing import Answer, LoopbackServer

TEXT = "id,total,issued,card\n1,1.50,/Date(0)/,4111\n2,much,,4112\n3,2.50,soon,4113\n"


@frozen
class Row:
    id: str
    total: str | None = None
    issued: str | None = None


@frozen
class Options:
    pass


class Plugin:
    """Bills as CSV."""

    @hookimpl
    def source(self) -> Source:
        shape = Shape(name="bill", record=Invoice, wire=Row, path="$[*]")
        bills = Resource(name="bills", shapes=(shape,), never_stored=frozenset({"card"}))
        return Source(
            name="acme",
            title="Acme",
            options=Options,
            resources=(bills,),
            unsupported=(Call, Callout, Email),
            auth=lambda options: NoAuth(),
            decoders={"text/csv": csv_rows()},
        )

    @hookimpl
    def fetch(self, session: Session) -> Iterator[Page]:
        yield session.get("/bills.csv", accept="text/csv")

    @hookimpl
    def map_item(self, item: Item, connection: Connection) -> Iterator[Invoice]:
        row = item.wire
        if not row.total or not row.total.replace(".", "").isdigit():
            raise BadItem("an amount is no number", path="$.total")
        yield Invoice(
            connection=connection.name,
            id=row.id,
            currency="EUR",
            total=Money.from_minor(int(row.total.replace(".", "")), "EUR"),
            issued_at=from_json_date(row.issued or None, "$.issued"),
        )


@pytest.fixture
def store(tmp_path):
    """The store of a sync of that list, open."""

    def respond(request):
        return Answer(headers={"Content-Type": "text/csv"}, body=TEXT.encode())

    with LoopbackServer(respond) as server:
        table = {"acme": {"plugin": "acme", "base_url": server.url}}
        plugins = {"acme": bind("acme", Plugin())}
        config = Config(tmp_path / "duetrail.toml", "", table, plugin_overrides=plugins)
        url = f"sqlite:///{tmp_path}/try.db"
        assert api.sync(config=config, store=url).exit_code == 3
        with closing(open_store(url)) as opened:
            yield opened


def test_a_bad_row_is_a_reject_with_its_path(store):
    """The row and the column are told, and the other rows are there."""
    rejects = {(one.path, one.json_path) for one in store.rejects()}
    assert rejects == {("$[1]", "$.total"), ("$[2]", "$.issued")}


def test_a_page_of_rows_keeps_what_arrived(store):
    """Each value as its text; a column that is never stored is not there."""
    (kept,) = store.pages()
    body = store.page(kept.number).body
    assert b'"total":"1.50"' in body
    assert b'"total":"much"' in body
    assert b"card" not in body
    assert b"4111" not in body
