"""A list of several kinds of objects: each shape takes its own, and what none takes is counted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import frozen

from duetrail import hookimpl, plugins
from duetrail.declared import FieldMapping
from duetrail.errors import PluginError
from duetrail.http import NoAuth
from duetrail.http.body import decode
from duetrail.model import Call, Callout, Email, Invoice
from duetrail.pipeline.mapping import Batch, map_page
from duetrail.source import Connection, Page, Resource, Shape, Shard, Source
from duetrail.source.pages import Unread

BILL = FieldMapping(Invoice, id="id", number="number")
MAIL = FieldMapping(Email, id="id", subject="subject")
RING = FieldMapping(Call, id="id", reason="subject")


@frozen
class Options:
    pass


def _batch(rows: Any, *shapes: Shape, unread: bool = True, rows_only: bool = True) -> Batch:
    """What becomes of the rows of a page."""
    resource = Resource(name="things", shapes=shapes)

    class Acme:
        @hookimpl
        def source(self) -> Source:
            kinds = {shape.record for shape in shapes}
            return Source(
                name="acme",
                title="Acme",
                options=Options,
                resources=(resource,),
                unsupported=tuple({Invoice, Call, Callout, Email} - kinds),
                auth=lambda options: NoAuth(),
            )

        @hookimpl
        def fetch(self, shard: Shard) -> Any:
            return ()

    plugin = plugins.bind("acme", Acme())
    assert plugin.source is not None
    connection = Connection(name="mine", source=plugin.source, base_url="", options=Options())
    body = json.dumps({"rows": rows}).encode()
    data = Unread(body, decode) if unread else decode(body)
    page = Page(url="", status=200, headers={}, body=body, data=data)
    return map_page(plugin, connection, resource, Shard("things"), page, rows_only=rows_only)


def _shape(name: str, mapping: FieldMapping[Any], where: Any, path: str = "$.rows[*]") -> Shape:
    return Shape(name=name, mapping=mapping, path=path, where=where)


def _found(batch: Batch) -> list[tuple[str, str]]:
    return [(one.shape.name, one.item) for one in batch.mapped]


BOTH = (
    _shape("mail", MAIL, {"type": ("email", "letter")}),
    _shape("ring", RING, {"type": "call", "meta.done": True}),
)
ROWS = [
    {"id": "1", "type": "email", "subject": "a"},
    {"id": "2", "type": "call", "meta": {"done": True}},
    {"id": "3", "type": "letter", "more": [1]},
    {"id": "4", "type": "note"},
    {"id": "5", "type": "call", "meta": {"done": 1}},
    {"id": "6"},
]


@pytest.mark.parametrize("unread", [True, False])
@pytest.mark.parametrize("rows_only", [True, False])
def test_each_shape_takes_its_own_objects(unread: bool, rows_only: bool) -> None:
    """By one of some values, below other keys, too; 1 is not true, and nothing is no value."""
    batch = _batch(ROWS, *BOTH, unread=unread, rows_only=rows_only)
    assert sorted(_found(batch)) == [("mail", "1"), ("mail", "3"), ("ring", "2")]
    assert batch.mapped[-1].extra["type"] in ("email", "letter", "call")


@pytest.mark.parametrize("unread", [True, False])
def test_what_no_shape_is_for_is_counted(unread: bool) -> None:
    """Once, however many shapes there are; it is looked at again, and never forgotten."""
    batch = _batch(ROWS, *BOTH, unread=unread)
    assert batch.skipped == {"no shape is for it": 3}
    whole = [len(one.hash or b"") for one in batch.documents]
    assert whole[0] == whole[1] == whole[2] > whole[3] == whole[4] == whole[5]


def test_an_object_may_be_meant_that_says_nothing() -> None:
    """None is what is null, and what is absent."""
    rows = [{"id": "1", "event": "view"}, {"id": "2", "event": None}, {"id": "3"}]
    for where in ({"event": None}, {"event": ("send", None)}):
        assert _found(_batch(rows, _shape("mail", MAIL, where))) == [("mail", "2"), ("mail", "3")]


def test_what_stands_inside_goes_with_the_object_around() -> None:
    """Each of two shapes of one path holds what is inside its own objects."""
    rows = [{"id": n, "type": n, "mails": [{"id": f"m{n}"}]} for n in ("a", "b", "c")]
    shapes = (
        _shape("one", BILL, {"type": "a"}),
        _shape("other", BILL, {"type": "b"}),
        _shape("mail", MAIL, {}, "$.rows[*].mails[*]"),
    )
    batch = _batch(rows, *shapes)
    assert sorted(_found(batch)) == [("mail", "ma"), ("mail", "mb"), ("one", "a"), ("other", "b")]
    assert [len(one.links) for one in batch.mapped if one.shape.name == "mail"] == [1, 1]
    assert batch.skipped == {"no shape is for it": 1}


def test_only_some_of_the_objects_inside_another() -> None:
    """The others are counted, too."""
    events = [{"id": "m", "type": "email"}, {"id": "n", "type": "paid"}]
    shapes = (
        _shape("bill", BILL, {}),
        _shape("mail", MAIL, {"type": "email"}, "$.rows[*].events[*]"),
    )
    batch = _batch([{"id": "1", "events": events}], *shapes)
    assert _found(batch) == [("bill", "1"), ("mail", "m")]
    assert batch.skipped == {"no shape is for it": 1}


def test_what_is_no_object_is_still_a_reject() -> None:
    """Whatever the shape is for."""
    batch = _batch([7, None], _shape("mail", MAIL, {"type": "email"}))
    assert [one.reason for one in batch.rejected] == ["expected an item, found no object"] * 2


@pytest.mark.parametrize("where", [{"type": ()}, {"type": 1.5}, {"a..b": "x"}, {"a": ("x", 1)}])
def test_a_condition_that_says_nothing_is_refused(where: Any) -> None:
    """When it is declared."""
    with pytest.raises(PluginError, match="does not say what"):
        _shape("mail", MAIL, where)
