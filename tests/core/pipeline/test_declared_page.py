"""A page of a shape with a declared mapping: mapped at once, or in two steps, it is the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve, frozen

from duetrail import hookimpl, plugins
from duetrail.declared import FieldMapping, computed, mentioned, money
from duetrail.http import NoAuth
from duetrail.model import Call as CallRecord
from duetrail.model import Callout, Email, Invoice, LinkKind, Party, Record
from duetrail.pipeline.mapping import Batch, map_page
from duetrail.plugins import Plugin
from duetrail.source import Connection, Item, Resource, Shape, Shard, Source

INVOICE = FieldMapping(Invoice, id="id", number="number", currency="currency", total=money("cents"))
PARTY = FieldMapping(Party, id="id", name="name")
MAIL = FieldMapping(
    Email, id="id", subject="subject", status_raw="state", invoices=mentioned("bills")
)


def _is_draft(state: str | None) -> bool:
    return state == "draft"


@frozen
class Call:
    id: str


@frozen
class Options:
    pass


class Acme:
    """A plugin whose calls alone are mapped by its code, which looks at the invoice around."""

    @hookimpl
    def source(self) -> Source:
        shapes = (
            Shape(name="bill", mapping=INVOICE, path="$.bills[*]"),
            Shape(name="payer", mapping=PARTY, path="$.bills[*].payer"),
            Shape(
                name="mail",
                mapping=MAIL,
                path="$.bills[*].mails[*]",
                unless=computed(_is_draft, "state"),
                derives=(Callout,),
            ),
            Shape(name="call", record=CallRecord, wire=Call, path="$.bills[*].calls[*]"),
        )
        return Source(
            name="acme",
            title="Acme",
            options=Options,
            resources=(Resource(name="bills", shapes=shapes),),
            unsupported=(),
            auth=lambda options: NoAuth(),
        )

    @hookimpl
    def fetch(self, shard: Shard) -> Iterator[Any]:
        return iter(())

    @hookimpl
    def map_item(self, item: Item, connection: Connection) -> Iterator[Record]:
        if item.shape.mapping is MAIL:
            yield MAIL.record(item.wire, connection.name, connection.options)
            yield Callout(connection=connection.name, id=f"mail:{item.id}", derived=True)
            return
        assert item.parent is not None
        bill = item.parent.wire
        yield CallRecord(
            connection=connection.name, id=item.id, summary=bill and f"about {bill.number}"
        )


PAGE = {
    "bills": [
        {
            "id": "i1",
            "number": "7",
            "currency": "EUR",
            "cents": 1250,
            "x": [1],
            "payer": {"id": "p1", "name": "Ute", "y": 1},
            "calls": [{"id": "c1"}],
            "mails": [
                {"id": "m1", "subject": "sent", "bills": [{"id": "i9"}], "z": 1},
                {"id": "m2", "state": "draft"},
            ],
        },
        {"id": "i2", "number": 7, "calls": [{"id": "c2"}]},
        {"id": "i3", "cents": 0.5, "payer": {"name": "Ole"}},
        {"id": ["i4"]},
    ]
}


@pytest.fixture(scope="module")
def plugin() -> Plugin:
    return plugins.bind("acme", Acme())


def _mapped(toy: Any, plugin: Plugin, *, rows_only: bool, **changes: Any) -> Batch:
    source = plugin.source
    assert source is not None
    connection = Connection(
        **{"name": "acme", "source": source, "base_url": "", "options": Options()} | changes
    )
    resource, page = source.resource("bills"), toy.page(PAGE)
    return map_page(plugin, connection, resource, Shard("bills"), page, rows_only=rows_only)


def _told(batch: Batch) -> Any:
    mapped = [
        (m.shape, m.item, m.path, m.within, m.version, m.hash, m.rows, m.links, m.extra)
        for m in batch.mapped
    ]
    rejected = [(r.item, r.path, r.json_path, r.reason, r.key, r.raw) for r in batch.rejected]
    documents = [(one.path, one.hash, one.items) for one in batch.documents]
    return mapped, rejected, documents, batch.skipped


def test_rows_made_at_once_are_those_of_the_records(toy: Any, plugin: Plugin) -> None:
    """Rows, hashes, links, leftovers and rejects with their paths are the same."""
    whole, rows = (_mapped(toy, plugin, rows_only=only) for only in (False, True))
    assert _told(rows) == _told(whole)
    assert [(r.path, r.json_path) for r in rows.rejected] == [
        ("$.bills[1]", "$.number"),
        ("$.bills[2]", "$.cents"),
        ("$.bills[2].payer", "$.id"),
        ("$.bills[3]", "$.id"),
    ]


def test_a_touch_made_at_once_is_linked(toy: Any, plugin: Plugin) -> None:
    """By where it stands, as any other; what it names stands in its row."""
    batch = _mapped(toy, plugin, rows_only=True)
    mails = {m.item: m for m in batch.mapped if m.shape.name == "mail"}
    ((link,), (row,)) = mails["m1"].links, mails["m1"].rows
    assert (link.invoice.id, link.how) == ("i1", LinkKind.CONTAINED)
    assert [ref.id for ref in row.invoices] == ["i9"]
    assert [row.table for row in mails["m2"].rows] == ["emails", "callouts"]


def test_what_stands_inside_sees_the_object_around_it(toy: Any, plugin: Plugin) -> None:
    """`item.parent.wire` is there for `map_item`, and is None where it was refused."""
    batch = _mapped(toy, plugin, rows_only=True)
    summaries = {m.item: m.rows[0] for m in batch.mapped if m.shape.name == "call"}
    assert "about 7" in summaries["c1"].values
    assert not [v for v in summaries["c2"].values if "about" in str(v)]


def test_an_ordinary_object_needs_no_record(
    toy: Any, plugin: Plugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is made only of what is left to `map_item`, or has to be judged: here, half a cent."""
    asked, record = [], FieldMapping.record

    def watched(mapping: FieldMapping[Any], wire: Any, *more: Any) -> Any:
        asked.append(wire.id)
        return record(mapping, wire, *more)

    monkeypatch.setattr(FieldMapping, "record", watched)
    assert len(_mapped(toy, plugin, rows_only=True).mapped) == 6
    assert asked == ["m2", "i3"]


def test_transforms_are_given_records(toy: Any, plugin: Plugin) -> None:
    """Where a record is to be changed, it is made, and its row is that of the changed one."""

    def renamed(record: Any) -> Any:
        return evolve(record, name="somebody") if isinstance(record, Party) else record

    batch = _mapped(toy, plugin, rows_only=True, transforms={"masks": renamed})
    (payer,) = [m.rows[0] for m in batch.mapped if m.shape.name == "payer"]
    assert "somebody" in payer.values


def test_who_listens_to_map_item_hears_every_record(toy: Any, plugin: Plugin) -> None:
    """A plugin with another hook in its place, as a recording has, makes all its records."""
    heard = []

    def map_item(item: Item, connection: Connection) -> Iterator[Any]:
        for record in plugin.map_item(item, connection):
            heard.append(type(record))
            yield record

    hooks = plugin.implementations | {"map_item": map_item}
    _mapped(toy, evolve(plugin, implementations=hooks), rows_only=True)
    assert heard[:2] == [Invoice, Party]


def test_a_mistake_in_a_mapping_is_a_reject(toy: Any) -> None:
    """As one in `map_item` is: the item is kept until it is mended."""

    class Wrong(Acme):
        @hookimpl
        def source(self) -> Source:
            mapping = FieldMapping(Invoice, id="id", total=money("cents", in_minor=_no_setting))
            bill = Shape(name="bill", mapping=mapping, path="$.bills[*]")
            resource = Resource(name="bills", shapes=(bill,))
            return evolve(super().source(), resources=(resource,), unsupported=_OTHERS)

    batch = _mapped(toy, plugins.bind("acme", Wrong()), rows_only=True)
    assert batch.mapped == ()
    assert batch.rejected[0].reason == "the mapping of acme failed: AttributeError"


_OTHERS = (CallRecord, Callout, Email)


def _no_setting(options: Any) -> bool:
    return bool(options.no_such_setting)
