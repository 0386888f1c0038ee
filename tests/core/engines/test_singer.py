"""Singer's messages: streams, selection, deletions and states, without a store."""

from decimal import Decimal

import pytest

from duetrail.engines import singer
from duetrail.engines.bookmarks import Bookmark, Place
from duetrail.engines.row_schemas import TABLES
from duetrail.errors import UsageError

AT = "2026-11-20T08:00:00.000000Z"


def said(changed, columns=("connection", "id", "total", "changed_run"), bookmarks=None):
    return list(singer.messages(changed, {"invoices": columns}, bookmarks or {}))


def entry(stream, told=None, **fields):
    """An entry of a catalog with metadata of the stream and of fields."""
    metadata = [{"breadcrumb": [], "metadata": told or {}}]
    metadata += [
        {"breadcrumb": ["properties", name], "metadata": {"selected": is_selected}}
        for name, is_selected in fields.items()
    ]
    return {"streams": [{"tap_stream_id": stream, "stream": stream, "metadata": metadata}]}


def test_a_stream_is_a_table():
    """Streams are named like the tables, and keyed by connection and id."""
    streams = singer.catalog()["streams"]
    assert [one["tap_stream_id"] for one in streams] == list(TABLES)
    assert {tuple(one["key_properties"]) for one in streams} == {("connection", "id")}


def test_a_decimal_is_marked_as_one():
    """Targets make an exact number of it."""
    total = singer.stream_schema("invoices")["properties"]["total"]
    assert (total["type"], total["format"]) == (["null", "string"], "x-singer.decimal")


def test_everything_is_selected_without_a_catalog():
    """Whoever says nothing gets every column of every table."""
    selected = singer.selection(None)
    assert set(selected) == set(TABLES)
    assert {"total", "lines", "links"} <= set(selected["invoices"])


def test_a_catalog_as_discovered_selects_everything():
    """What --discover prints can be given back as it is."""
    assert singer.selection(singer.catalog()) == singer.selection(None)


def test_streams_that_are_not_selected_are_left_out():
    """By metadata, or by the older word beside it."""
    assert singer.selection(entry("calls", {"selected": False})) == {}
    assert singer.selection({"streams": [{"stream": "calls", "selected": False}]}) == {}
    assert list(singer.selection(entry("calls", {"selected": True}))) == ["calls"]


def test_fields_that_are_not_selected_are_left_out():
    """But for the key, without which a target cannot replace a row."""
    columns = singer.selection(entry("calls", transcript=False, id=False))["calls"]
    assert "transcript" not in columns
    assert {"id", "summary"} <= set(columns)


@pytest.mark.parametrize(
    "metadata",
    [None, [{"breadcrumb": ["properties", "id"], "metadata": None}], [{"breadcrumb": [["x"]]}]],
)
def test_metadata_that_say_nothing(metadata):
    """Programs that write catalogs leave out what they do not know: everything is selected."""
    given = {"streams": [{"stream": "calls", "metadata": metadata}]}
    assert singer.selection(given)["calls"] == singer.selection(None)["calls"]


def test_a_stream_that_there_is_not():
    """A catalog of something else is one line, with what there is."""
    with pytest.raises(UsageError, match="'invoice' that the connection has not") as error:
        singer.selection(entry("invoice"))
    assert error.value.hint == "Did you mean 'invoices'?"


@pytest.mark.parametrize("given", [[], {}, {"streams": 1}, {"streams": ["a"]}, "x"])
def test_what_is_no_catalog(given):
    """Anything but a list of streams is refused."""
    with pytest.raises(UsageError, match="the catalog is none of Singer's"):
        singer.selection(given)


def test_schema_record_state(feed, change):
    """A stream begins with its schema, and ends with a state that holds its end."""
    schema, record, state = said(feed(change("1", total=Decimal("1.10"))))
    assert schema["type"] == "SCHEMA"
    assert set(schema["schema"]["properties"]) == {
        *("connection", "id", "total", "changed_run", "_sdc_deleted_at"),
    }
    assert record["record"] == {
        "connection": "acme",
        "id": "1",
        "total": "1.10",
        "_sdc_deleted_at": None,
    }
    assert state["value"]["bookmarks"]["invoices"] == {
        "version": 1,
        "connection": "acme",
        "cursor": 7,
        "begun_at": AT,
    }


def test_a_deleted_record_leaves_its_key_alone(feed, change):
    """A target that replaces its row keeps nothing of it."""
    _, record, _ = said(feed(change("1")))
    assert record["record"] == {
        "connection": "acme",
        "id": "1",
        "total": None,
        "changed_run": 7,
        "_sdc_deleted_at": AT,
    }


def test_a_state_follows_every_so_many_records(feed, change, monkeypatch):
    """So that a target which dies is given only what came after it."""
    monkeypatch.setattr(singer, "STATE_EVERY", 2)
    changes = [change(str(number), total=None) for number in range(5)]
    types = [message["type"][0] for message in said(feed(*changes))]
    assert "".join(types) == "SRRSRRSRS"


def test_a_state_keeps_what_it_says_of_other_streams(feed, change):
    """A stream that is not selected this time goes on from its place later."""
    before = {"calls": Bookmark("acme", 3, AT)}
    *_, state = said(feed(), bookmarks=before)
    assert state["value"]["bookmarks"]["calls"]["cursor"] == 3


def test_a_state_is_read_back(feed, change, monkeypatch):
    """A place in mid-stream survives as JSON, and so does an end."""
    monkeypatch.setattr(singer, "STATE_EVERY", 1)
    _, _, middle, end = said(feed(change("1", total=None)))
    found = singer.state_of(middle["value"], "acme")["invoices"]
    assert found == Bookmark("acme", 0, AT, 7, Place(True, "1"))
    assert singer.state_of(end["value"], "acme")["invoices"] == Bookmark("acme", 7, AT)


@pytest.mark.parametrize("given", [None, {}])
def test_no_state(given):
    """Without a state everything is told."""
    assert singer.state_of(given, "acme") == {}
