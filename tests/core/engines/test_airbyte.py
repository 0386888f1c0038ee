"""Airbyte's messages, without a store."""

from decimal import Decimal

import pytest

from duetrail.engines import airbyte
from duetrail.engines.airbyte import ConfiguredStream
from duetrail.engines.bookmarks import Bookmark, Place
from duetrail.engines.row_schemas import TABLES
from duetrail.errors import ConfigError, StoreError, UsageError
from duetrail.pipeline.checking import Finding

AT = "2026-11-20T08:00:00.000000Z"
INVOICES = ConfiguredStream("invoices", is_incremental=True)


def said(changed, bookmarks=None, failed=()):
    return list(airbyte.read(changed, [INVOICES], bookmarks or {}, failed))


def brief(message):
    """What a message is in one word; of a trace its status."""
    if message["type"] == "TRACE":
        return message["trace"]["stream_status"]["status"]
    return message["type"]


def test_a_stream_is_a_table():
    """Streams are named like the tables, can be incremental, and know their keys."""
    streams = airbyte.discovered()["catalog"]["streams"]
    assert [one["name"] for one in streams] == list(TABLES)
    for one in streams:
        assert one["supported_sync_modes"] == ["full_refresh", "incremental"]
        assert one["source_defined_primary_key"] == [["connection"], ["id"]]
        assert one["default_cursor_field"] == ["changed_run"]
        assert "changed_run" in one["json_schema"]["properties"]


def test_a_full_refresh_that_failed_is_not_gone_on_with():
    """It begins anew, so no stream is said to be resumable: records would be there twice."""
    streams = airbyte.discovered()["catalog"]["streams"]
    assert not any(one["is_resumable"] for one in streams)


def test_a_decimal_is_a_big_number():
    """Destinations that know it make an exact number of it, all others a text."""
    (stream,) = airbyte.discovered(["payments"])["catalog"]["streams"]
    assert stream["json_schema"]["properties"]["amount"] == {
        "type": ["null", "string"],
        "airbyte_type": "big_number",
        "description": "the whole of it, however many invoices it covers",
    }


def test_the_course_of_a_stream(feed, change):
    """Started, running, its records, its state, complete."""
    messages = said(feed(change("1", total=Decimal("1.10"))))
    assert list(map(brief, messages)) == ["STARTED", "RUNNING", "RECORD", "STATE", "COMPLETE"]
    assert messages[2]["record"]["data"] == {
        "connection": "acme",
        "id": "1",
        "total": "1.10",
        "_ab_cdc_deleted_at": None,
    }
    assert messages[3]["state"] == {
        "type": "STREAM",
        "stream": {
            "stream_descriptor": {"name": "invoices"},
            "stream_state": Bookmark("acme", 7, AT).as_dict(),
        },
        "sourceStats": {"recordCount": 1.0},
    }


def test_a_stream_without_changes(feed):
    """It says where it stands, and that it is complete."""
    assert list(map(brief, said(feed()))) == ["STARTED", "STATE", "COMPLETE"]


def test_a_stream_that_could_not_be_read_to_its_end(feed, change):
    """What there is comes, and the platform is told that more is missing."""
    assert brief(said(feed(change("1", total=None)), failed={"invoices"})[-1]) == "INCOMPLETE"


def test_counts_add_up(feed, change, monkeypatch):
    """Each state tells how many records came since the one before."""
    monkeypatch.setattr(airbyte, "STATE_EVERY", 2)
    messages = said(feed(*(change(str(number), total=None) for number in range(5))))
    states = [one["state"] for one in messages if one["type"] == "STATE"]
    assert [one["sourceStats"]["recordCount"] for one in states] == [2.0, 2.0, 1.0]


def test_a_deleted_record_leaves_its_key_alone(feed, change):
    """All its columns are null, so that nothing of it is left."""
    record = said(feed(change("1")))[2]["record"]["data"]
    told = {name for name, value in record.items() if value is not None}
    assert told == {"connection", "id", "changed_run", "_ab_cdc_deleted_at"}
    assert {"total", "lines", "links"} <= set(record)


def test_a_full_refresh_takes_no_state():
    """A stream that is wanted whole begins anew, whatever its state."""
    asked = []

    def changed(table, since):
        asked.append(since)
        raise StopIteration

    before = {"invoices": Bookmark("acme", 3, AT)}
    for is_incremental in (True, False):
        with pytest.raises(RuntimeError):
            list(airbyte.read(changed, [ConfiguredStream("invoices", is_incremental)], before))
    assert asked == [before["invoices"], None]


def configured(name, mode="incremental"):
    return {"streams": [{"stream": {"name": name}, "sync_mode": mode}]}


def test_what_a_configured_catalog_wants():
    """The streams with their modes."""
    assert airbyte.configured(configured("calls")) == [ConfiguredStream("calls", True)]
    assert airbyte.configured(configured("calls", "full_refresh"))[0].is_incremental is False


@pytest.mark.parametrize("given", [None, {}, {"streams": [{}]}, {"streams": 1}])
def test_what_is_no_configured_catalog(given):
    """It is refused in one line."""
    with pytest.raises(UsageError, match="no configured catalog of Airbyte's"):
        airbyte.configured(given)


def test_a_stream_that_there_is_not():
    """With what there is."""
    with pytest.raises(UsageError, match="'invoice' that the connection has not"):
        airbyte.configured(configured("invoice"))


def test_states_are_read_back():
    """A list of states of streams, as the platform gives it back."""
    one = Bookmark("acme", 0, AT, 7, Place(True, "1"))
    state = airbyte.state_message("invoices", one, 1)["state"]
    assert airbyte.state_of([{**state, "stream": {**state["stream"]}}], "acme")["invoices"] == one
    assert airbyte.state_of(state, "acme")["invoices"] == one  # one alone, too
    assert airbyte.state_of([], "acme") == {}
    assert airbyte.state_of(None, "acme") == {}


@pytest.mark.parametrize("given", [{"cursor": 1}, [{"type": "GLOBAL"}], "x", [1]])
def test_what_is_no_state(given):
    """Legacy and global states are none of ours."""
    with pytest.raises(UsageError, match="no list of states of streams"):
        airbyte.state_of(given, "acme")


def test_a_good_check():
    """What may be read, and what could not be tried, are well."""
    findings = [Finding("a", "bills", "allowed", ""), Finding("a", "calls", "untried", "")]
    assert airbyte.connection_status(findings)["connectionStatus"] == {"status": "SUCCEEDED"}


def test_a_bad_check():
    """It says which resource, and why."""
    found = airbyte.connection_status([Finding("a", "bills", "forbidden", "403")])
    assert found["connectionStatus"] == {"status": "FAILED", "message": "bills: forbidden: 403"}


@pytest.mark.parametrize(
    ("error", "kind"),
    [(ConfigError("a", hint="b"), "config_error"), (StoreError("a", hint="b"), "system_error")],
)
def test_an_error_is_a_trace(error, kind):
    """Whose mistake it is decides what the platform does; what to do stands in the message."""
    trace = airbyte.error_message(error)["trace"]
    assert trace["type"] == "ERROR"
    assert (trace["error"]["message"], trace["error"]["failure_type"]) == ("a b", kind)
