"""A page becomes records and rejects: nothing is lost, and one bad item costs only itself."""

from datetime import datetime
from decimal import Decimal

import pytest
from attrs import frozen

from duetrail.errors import BadItem, PluginError, ProtocolError
from duetrail.model import Call, Callout, Invoice, Money
from duetrail.source import Resource, Skip

CANARY = "canary-4711"


def invoices(*rows):
    return {"invoices": list(rows)}


def making(toy, *makes):
    """Echo with a mapping that makes these of every item."""
    return toy.hooked(
        map_item=lambda item, connection: [
            make(connection=connection.name, id=item.id) for make in makes
        ]
    )


@frozen
class Anything:
    """A wire class without fields: only the core looks at the item."""


def test_an_item_is_mapped_with_its_place_and_record(toy):
    """An item is mapped with its id, its place, its version and its record."""
    (one,) = toy.batch(invoices({"id": "i1", "number": "1042", "revision": 7})).mapped
    assert (one.item, one.path, one.version) == ("i1", "$.invoices[0]", f"{7:060.20f}")
    assert one.records == (Invoice(connection="echo", id="i1", number="1042"),)


def test_a_derived_record_comes_with_its_item(toy):
    """A derived record comes with the item it was read off."""
    planned = {"id": "c1", "state": "planned"}
    batch = toy.batch(invoices({"id": "i1", "calls": [planned]}))
    assert [type(record) for record in batch.mapped[1].records] == [Call, Callout]


# --- ids -----------------------------------------------------------------------------------------


@pytest.fixture
def untyped(toy):
    """Invoices as the core alone sees them."""
    shape = toy.shape("invoice", wire=Anything)

    def map_(row):
        resource = Resource(name="invoices", shapes=(shape,))
        return toy.batch(invoices(row), resource, plugin=making(toy, Invoice))

    return map_


@pytest.mark.parametrize(("id", "text"), [("i1", "i1"), (42, "42"), (0, "0"), ("x" * 1024, None)])
def test_an_id_is_text_or_a_whole_number(untyped, id, text):
    """An id is text or a whole number; a number is kept as text."""
    (one,) = untyped({"id": id}).mapped
    assert one.item == one.records[0].id == (text or id)


@pytest.mark.parametrize("row", [{}, *({"id": x} for x in (None, "", True, Decimal("1.5"), {}))])
def test_no_id(untyped, row):
    """An item without an id is a reject at the place of the id, told apart by its content."""
    (one,) = untyped(row).rejected
    assert (one.reason, one.json_path, one.item) == ("the item has no id", "$.id", None)
    assert one.key == untyped(row).rejected[0].key != untyped({"other": 1}).rejected[0].key


def test_id_too_long(untyped):
    """An absurdly long id is a reject, and not kept as its key."""
    (one,) = untyped({"id": "x" * 1025}).rejected
    assert one.json_path == "$.id"
    assert one.item is None
    assert len(one.key) == 32


# --- rejects -------------------------------------------------------------------------------------


def test_wrong_type(toy):
    """An item that does not fit is kept whole, with reason and path, and without a value in it."""
    row = {"id": "i1", "number": {"secret": CANARY}, "unclaimed": [1, Decimal("2.50")]}
    (one,) = toy.batch(invoices(row)).rejected
    assert (one.item, one.path, one.json_path) == ("i1", "$.invoices[0]", "$.number")
    assert one.reason == "expected text, got an object"
    assert one.raw == b'{"id":"i1","number":{"secret":"canary-4711"},"unclaimed":[1,2.50]}'


def test_refused_by_the_plugin(toy):
    """A plugin's own refusal is a reject with its reason and path."""
    call = {"id": "c1", "seconds": -5}
    (one,) = toy.batch(invoices({"id": "i1", "calls": [call]})).rejected
    assert (one.path, one.json_path) == ("$.invoices[0].calls[0]", "$.seconds")
    assert one.reason == "a call lasts less than nothing"


def test_no_object(toy):
    """What stands in place of an item is a reject, whole."""
    (one,) = toy.batch(invoices("oops")).rejected
    assert (one.path, one.raw, one.item) == ("$.invoices[0]", b'"oops"', None)
    assert one.reason == "expected an item, found no object"


@pytest.mark.parametrize("error", [ValueError, KeyError, ZeroDivisionError, RecursionError])
def test_a_bug_in_a_mapping_is_a_reject(toy, error):
    """A bug in a mapping is a reject that names the plugin and no value."""

    def map_item(item, connection):
        raise error(CANARY)

    (one,) = toy.batch(invoices({"id": "i1"}), plugin=toy.hooked(map_item=map_item)).rejected
    assert one.reason == f"the mapping of echo failed: {error.__name__}"


def test_bug_halfway(toy):
    """A bug after the first record costs that record, too: an item is mapped whole or not."""

    def map_item(item, connection):
        yield Call(connection=connection.name, id=item.id)
        raise ValueError

    calls = Resource(name="calls", shapes=(toy.shape("call"),))
    batch = toy.batch({"calls": [{"id": "c1"}]}, calls, plugin=toy.hooked(map_item=map_item))
    assert (len(batch.mapped), len(batch.rejected)) == (0, 1)


def test_other_currency(toy):
    """Money in another currency than its record's is a reject: no column could tell."""

    def map_item(item, connection):
        yield Invoice(
            connection=connection.name, id=item.id, currency="EUR", total=Money(Decimal(1), "USD")
        )

    (one,) = toy.batch(invoices({"id": "i1"}), plugin=toy.hooked(map_item=map_item)).rejected
    assert "currency" in one.reason


@pytest.mark.parametrize(
    "wrong",
    [{"total": "12.00"}, {"due_at": "2026-01-31"}, {"lines": ("one",)}],
    ids=["money", "time", "child"],
)
def test_wrong_value(toy, wrong):
    """A record with a value of the wrong type is a bug in a mapping like any other: a reject."""
    plugin = toy.hooked(map_item=lambda item, connection: [_invoice(item, connection, **wrong)])
    (one,) = toy.batch(invoices({"id": "i1"}), plugin=plugin).rejected
    assert "echo" in one.reason


def test_wrong_word(toy):
    """So is a word that is not the model's: stored, it could never be read again."""
    plugin = toy.hooked(
        map_item=lambda item, connection: [_invoice(item, connection, status="overdue")]
    )
    assert not toy.batch(invoices({"id": "i1"}), plugin=plugin).mapped


def test_naive_time(toy):
    """A time without a zone is refused: nothing is guessed from the host's zone."""
    wrong = {"due_at": datetime(2026, 1, 31)}
    plugin = toy.hooked(map_item=lambda item, connection: [_invoice(item, connection, **wrong)])
    assert not toy.batch(invoices({"id": "i1"}), plugin=plugin).mapped


def _invoice(item, connection, **fields):
    return Invoice(connection=connection.name, id=item.id, **fields)


# --- what a plugin may yield ---------------------------------------------------------------------


def test_what_is_left_out_is_counted_by_reason(toy):
    """What a plugin leaves out on purpose is counted by its reason."""
    batch = toy.batch(invoices({"id": "i1", "state": "test"}, {"id": "i2", "state": "test"}))
    assert (batch.mapped, batch.rejected) == ((), ())
    assert batch.skipped == {"a test invoice": 2}


def test_skip_keeps_what_is_inside(toy):
    """What stands inside an item that is left out is an item of its own."""
    batch = toy.batch(invoices({"id": "i1", "state": "test", "emails": [{"id": "e1"}]}))
    assert [one.item for one in batch.mapped] == ["e1"]


@pytest.mark.parametrize(
    "kinds",
    [
        (Call,),
        (Invoice, Call),
        (),
        pytest.param(
            (Invoice, Invoice),
        ),
    ],
)
def test_undeclared_records_are_the_plugins_error(toy, kinds):
    """Records that the shape does not declare, or none, are the plugin's error, with the place."""
    with pytest.raises(PluginError, match=r"plugin 'echo' made .* shape 'invoice'"):
        toy.batch(invoices({"id": "i1"}), plugin=making(toy, *kinds))


def test_other_connection(toy):
    """So is a record of another connection."""
    plugin = toy.hooked(map_item=lambda item, connection: [Invoice(connection="else", id=item.id)])
    with pytest.raises(PluginError, match="plugin 'echo' made Invoice"):
        toy.batch(invoices({"id": "i1"}), plugin=plugin)


def test_skip_after_a_record(toy):
    """So is a skip behind a record."""

    def map_item(item, connection):
        return [_invoice(item, connection), Skip("no")]

    with pytest.raises(PluginError, match="made Skip"):
        toy.batch(invoices({"id": "i1"}), plugin=toy.hooked(map_item=map_item))


def test_no_list(toy):
    """A page without its list is no page of this resource."""
    with pytest.raises(ProtocolError, match=r"\$\.invoices"):
        toy.batch({"error": "soon"})


def test_bad_item_text():
    """The error of an item says what and where."""
    assert str(BadItem("expected text, got null", path="$.a")) == "expected text, got null at $.a"


def test_an_object_that_needs_no_id(toy):
    """Where a shape says so, an object without an id is left out, and counted so."""
    from duetrail.source import Resource

    shapes = (toy.shape("invoice"), toy.shape("in.customer", needs_id=False))
    resource = Resource(name="invoices", shapes=shapes)
    page = {"invoices": [{"id": "i1", "customer": {"name": "n"}}]}
    batch = toy.batch(page, resource)
    assert [mapped.item for mapped in batch.mapped] == ["i1"]
    assert batch.rejected == ()
    assert batch.skipped == {"it has no id of its own": 1}
