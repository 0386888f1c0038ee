"""What plugins declare: checked when it is declared."""

import json
import pickle

import attrs
import pytest
from attrs import evolve, frozen

from duetrail.declared import FieldMapping, computed, word
from duetrail.errors import PluginError
from duetrail.http import NoAuth
from duetrail.model import Call, Callout, Email, Invoice, Party, Ref
from duetrail.secrets import Secret
from duetrail.source import (
    FILLED,
    Connection,
    Cursor,
    Item,
    Key,
    Keys,
    OAuth2ClientOptions,
    Page,
    Resource,
    Shape,
    Shard,
    Source,
    Unread,
    option,
    with_page_size,
)


@frozen
class Options:
    size: int = option("Bills a page.", default=50)


@frozen
class Bill:
    id: str
    payer: str | None = None


def shape(name="bill", record=Invoice, **more):
    return Shape(name=name, record=record, wire=Bill, path="$.bills[*]", **more)


def source(*shapes, unsupported=()):
    return Source(
        name="acme",
        title="Acme",
        options=Options,
        resources=(Resource(name="bills", shapes=shapes),),
        unsupported=unsupported,
        auth=lambda options: NoAuth(),
    )


def test_a_source_says_what_it_covers():
    """A source says of each kind of record whether it is native, derived, or not there at all."""
    one = source(shape(), shape("call", Call, derives=(Callout,)), unsupported=(Email,))
    assert one.coverage() == {
        "invoices": "native",
        "calls": "native",
        "callouts": "derived",
        "emails": "unsupported",
    }


def test_native_and_derived():
    """A kind that is both native and derived is native."""
    one = source(
        shape("call", Call, derives=(Callout,)),
        shape("callout", Callout),
        unsupported=(Invoice, Email),
    )
    assert one.coverage()["callouts"] == "native"


def test_silence_about_a_kind():
    """A source that does not say whether it has emails is refused: none is not not asked."""
    with pytest.raises(PluginError, match=r"either yield emails or declare them unsupported\n.*"):
        source(shape(), shape("call", Call, derives=(Callout,)))


def test_no_kind_is_yielded_and_unsupported():
    """Nor can a kind be yielded and unsupported."""
    with pytest.raises(PluginError, match="'acme' must either yield invoices or"):
        source(shape(), unsupported=(Invoice, Call, Callout, Email))


def test_parties_need_no_word():
    """Parties come along; nobody need say so."""
    one = source(shape("payer", Party), unsupported=(Invoice, Call, Callout, Email))
    assert "parties" not in one.coverage()


def test_shapes_of_one_name():
    """Two shapes of one name are refused, by resource and name."""
    with pytest.raises(PluginError, match=r"resource 'bills' has two shapes of one name: bill, b"):
        Resource(name="bills", shapes=(shape(), shape(record=Call)))


@pytest.mark.parametrize(
    "path", ["", "data[*]", "$.data[0]", "$.data[*].", "$.Data Rows[*]", "$data[*]", "$.data.[*]"]
)
def test_a_path_that_leads_to_no_items(path):
    """It is refused with its shape when it is declared, and not by the first sync."""
    with pytest.raises(PluginError, match=r"shape 'bill': '.*' is not a path to items"):
        Shape(name="bill", record=Invoice, wire=Bill, path=path)


def test_native_kinds_are_yielded_first():
    """A resource yields native kinds first, each once."""
    resource = Resource(
        name="all",
        shapes=(
            shape("call", Call, derives=(Callout,)),
            shape("bill", Invoice),
            shape("planned", Call, derives=(Callout,)),
        ),
    )
    assert resource.yields == (Call, Invoice, Callout)


def test_shapes_of():
    """The shapes of a kind come highest rank first, then by name."""
    one = source(shape("b"), shape("a"), shape("z", rank=1), unsupported=(Call, Callout, Email))
    assert [shape.name for _, shape in one.shapes_of(Invoice)] == ["z", "a", "b"]


def test_a_setting_keeps_its_help():
    """A setting is given by name, and keeps its help."""
    assert Options(size=3).size == 3
    assert Options.__attrs_attrs__[0].metadata["help"] == "Bills a page."
    with pytest.raises(TypeError):
        Options(3)


def test_a_reference_needs_no_record():
    """A connection refers to a record whether or not it was read."""
    one = Connection(
        name="a", source=source(unsupported=(Invoice, Call, Callout, Email)), base_url="", options=0
    )
    assert one.ref(Call, "c1") == Ref("a", "calls", "c1")


def test_shards_travel():
    """A shard can be sent to another machine."""
    key = Key("b1", (Ref("a", "invoices", "1"),), (Ref("a", "invoices", "1"),))
    shard = Shard("calls", "b1", key, {"since": "2026-01-01"})
    assert pickle.loads(pickle.dumps(shard)) == shard


PAGE = Page(
    url="https://api.acme.example/bills",
    status=200,
    headers={"x": "canary"},
    body=b"canary",
    data=["canary"],
)


def test_page_is_discreet():
    """The repr of a page shows what was asked, nothing of the answer."""
    assert "https://api.acme.example/bills" in repr(PAGE)
    assert "canary" not in repr(PAGE)


def unread(body=b'{"n":1}'):
    """A page as a session gives it, and how often it was parsed."""
    parsed = []

    def parse(body):
        parsed.append(body)
        return {"n": len(parsed)}

    page = Page(url="", status=200, headers={}, body=body, data=Unread(body, parse))
    return page, parsed


def test_a_page_is_parsed_at_the_first_look():
    """Once, and not before; whoever changes what is there changes it for all."""
    page, parsed = unread()
    assert (page.unread, parsed) == (b'{"n":1}', [])
    page.data["more"] = 2
    assert (page.data, len(parsed), page.unread) == ({"n": 1, "more": 2}, 1, None)


def test_a_changed_page():
    """What is changed beside the data leaves them unread; other data take their place."""
    page, parsed = unread()
    noticed = evolve(page, notices=("a",))
    assert (noticed.unread, parsed) == (page.body, [])
    other = evolve(page, data=[1], body=b"[1]")
    assert (other.data, other.unread, parsed) == ([1], None, [])
    assert (evolve(noticed, body=b"").data, page.data) == ({"n": 1}, {"n": 1})


def test_pages_travel():
    """A page can be sent to another process, whether or not it was looked at."""
    page = Page(url="", status=200, headers={}, body=b"[1]", data=Unread(b"[1]", json.loads))
    sent = pickle.loads(pickle.dumps(page))
    assert (sent.unread, sent.data, page.unread) == (b"[1]", [1], b"[1]")
    assert pickle.loads(pickle.dumps(PAGE)).data == ["canary"]


def test_a_page_that_was_not_looked_at_is_discreet():
    """Its repr shows nothing of the answer."""
    page, _ = unread(b"canary")
    assert "canary" not in repr(page) + repr(page._data)


def test_item_is_discreet():
    """So does that of an item."""
    bill = Bill("b1", payer="Ann Canary")
    item = Item(shape=shape(), wire=bill, id="b1", path="$.bills[0]", page=PAGE)
    assert "b1" in repr(item)
    assert "Canary" not in repr(item)


def test_a_cursor_says_something():
    """None is how a reading from the beginning starts, so it cannot be where one ended."""
    with pytest.raises(PluginError, match="a cursor of None"):
        Cursor(None)


def is_odd(number: str | None) -> bool:
    return number == "odd"


@pytest.mark.parametrize("said", [{}, {"carries": None}, {"carries": FILLED}])
def test_a_shape_carries_what_its_mapping_fills(said):
    """Each field that has a rule, the vendor's word beside it, and whatever is left over."""
    mapping = FieldMapping(Invoice, id="id", number="number", status=word("state"))
    one = Shape(name="bill", mapping=mapping, path="$.bills[*]", **said)
    assert one.carries == {"id", "number", "status", "status_raw", "extra"}


def test_what_map_item_makes_of_some_objects_may_fill_any_field():
    """So that a shape with an exception to its mapping carries all of them."""
    mapping = FieldMapping(Invoice, id="id", number="number")
    how = {"name": "bill", "mapping": mapping, "unless": computed(is_odd, "number")}
    assert Shape(**how, path="$.bills[*]").carries is None
    assert "number" in Shape(**how, path="$.bills[*]", carries=FILLED).carries


def test_what_a_function_fills_is_not_known_before():
    """Without a mapping, the author has to name the fields."""
    with pytest.raises(PluginError, match="does not say what its objects become"):
        shape(carries=FILLED)


def test_former_names_of_fields_work_with_a_warning():
    """`settled` of keys is `is_final` by now, and can still be asked for."""
    with pytest.warns(DeprecationWarning, match=r"Keys\(settled=...\) is now Keys\(is_final=...\)"):
        keys = Keys(record=Invoice, settled=bool)
    assert keys.is_final is keys.settled is bool


def test_options_with_a_page_size():
    """The settings of the class, and one more with its range."""
    made = with_page_size(OAuth2ClientOptions, 50)
    given = {"client_id": "me", "client_secret": Secret("env:A")}
    assert (made(**given).page_size, made(**given, page_size=2).page_size) == (50, 2)
    assert attrs.fields_dict(made)["page_size"].metadata["help"] == "Rows per page, 1 to 50."
    with pytest.raises(ValueError, match="must be <= 50"):
        made(**given, page_size=51)
