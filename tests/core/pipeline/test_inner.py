"""Items inside items: each stands for itself, and belongs to the invoice around it."""

from duetrail.model import Ref
from duetrail.source import Key, Skip


def invoices(*rows):
    return {"invoices": list(rows)}


def links(batch):
    """Every link of a batch as (touch, invoice, how)."""
    return {(k.touch.id, k.invoice.id, k.how.value) for m in batch.mapped for k in m.links}


def test_bad_inner(toy):
    """A bad item inside another does not cost it, nor its neighbours."""
    row = {"id": "i1", "emails": [{"id": "e1", "subject": 5}, {"id": "e2"}, 7], "calls": "none"}
    batch = toy.batch(invoices(row))
    assert [one.item for one in batch.mapped] == ["i1", "e2"]
    assert [one.path for one in batch.rejected] == [
        "$.invoices[0].emails[0]",
        "$.invoices[0].emails[2]",
        "$.invoices[0].calls",
    ]


def test_bad_outer(toy):
    """A bad item does not cost those inside it, and they are still linked to it."""
    planned = {"id": "c1", "state": "planned"}
    row = {"id": "i1", "number": 5, "emails": [{"id": "e1"}], "calls": [planned]}
    batch = toy.batch(invoices(row))
    assert [one.item for one in batch.rejected] == ["i1"]
    assert links(batch) == {(id, "i1", "contained") for id in ("e1", "c1")}


def test_bad_outer_raw(toy):
    """The reject of an outer item leaves out the items inside it, which are told themselves."""
    (one,) = toy.batch(invoices({"id": "i1", "number": 5, "emails": [{"id": "e1"}]})).rejected
    assert one.raw == b'{"id":"i1","number":5}'


def test_outer_without_id(toy):
    """Where the invoice around it has no id, a touch has no link to it."""
    assert links(toy.batch(invoices({"emails": [{"id": "e1"}]}))) == set()


def test_a_mapping_sees_the_item_around(toy):
    """The mapping sees the item around an item, and the key its page was asked with."""
    seen = {}

    def map_item(item, connection):
        seen[item.id] = (item.parent and item.parent.id, item.key)
        return [Skip("seen")]

    toy.batch(
        invoices({"id": "i1", "emails": [{"id": "e1"}]}), plugin=toy.hooked(map_item=map_item)
    )
    assert seen == {"i1": (None, None), "e1": ("i1", None)}


def test_bad_parent(toy):
    """It sees the item around it even where that could not be decoded."""
    seen = {}

    def map_item(item, connection):
        seen[item.id] = item.parent and item.parent.id
        return [Skip("seen")]

    page = invoices({"id": "i1", "number": 5, "emails": [{"id": "e1"}]})
    toy.batch(page, plugin=toy.hooked(map_item=map_item))
    assert seen["e1"] == "i1"


def test_a_touch_is_linked_to_all_it_belongs_to(toy):
    """A touch is linked to what it names, what it stands in, and what it was asked for with."""
    named = toy.batch(invoices({"id": "i1", "emails": [{"id": "e1", "about": ["i1", "i2"]}]}))
    assert links(named) == {("e1", "i1", "contained")}
    assert {ref.id for ref in named.mapped[1].rows[0].invoices} == {"i1", "i2"}
    key = Key("1042", invoices=(Ref("other", "invoices", "i9"), Ref("other", "invoices", "i8")))
    asked = toy.batch({"calls": [{"id": "c1"}]}, "calls", key=key)
    assert links(asked) == {("c1", "i9", "keyed"), ("c1", "i8", "keyed")}
