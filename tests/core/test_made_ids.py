"""Ids that are made: of what tells an object from others, where it has no id of its own."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duetrail.declared import FieldMapping, made_of, parent
from duetrail.errors import BadItem, PluginError
from duetrail.model import Call, Email, Invoice, made_id
from duetrail.stores import to_row
from duetrail.stores.declared import row_maker
from duetrail.wire import Id, decode
from support.nightly import examples

_values = st.none() | st.text("%/~-a\0\n", max_size=4) | st.text(max_size=120)


def test_a_made_id_is_read_at_sight():
    """It says of what it is made."""
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert made_id("i1", at, 7, "Last call") == "i1/2026-03-02T09:00:00Z/7/Last call"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            datetime(2026, 3, 2, 9, tzinfo=UTC),
            datetime(2026, 3, 2, 10, tzinfo=timezone(timedelta(hours=1))),
        ),
        (Decimal("12.50"), Decimal("12.5")),
        (Decimal(100), 100),
        (Decimal("1e2"), 100),
        (Decimal("-0.00"), 0),
        (date(2026, 3, 2), "2026-03-02"),
        (True, "true"),
    ],
)
def test_one_value_in_two_spellings(one, other):
    """How a time or a number is written is no part of the id."""
    assert made_id(one) == made_id(other)


@settings(max_examples=examples(200, 2_000))
@given(st.lists(st.tuples(_values, _values), min_size=1, max_size=4))
def test_other_values_are_another_id(pairs):
    """No separator in a value, and nothing that is missing, makes two ids equal."""
    one, other = zip(*pairs, strict=True)
    if any(value is not None for value in one) and any(value is not None for value in other):
        assert (made_id(*one) == made_id(*other)) == (one == other)


def test_numbers_that_differ_in_their_last_digit_are_other_ids():
    """However long they are."""
    one = Decimal("1234567890123456789012345678901.5")
    assert made_id(one) != made_id(Decimal("1234567890123456789012345678902.5"))
    assert made_id(one) == "1234567890123456789012345678901.5"


def test_a_long_text_is_shortened():
    """The id of long texts is short enough to be one, and still another for another text."""
    one, other = made_id("i1", "x" * 10_000), made_id("i1", "x" * 10_000 + "y")
    assert one != other
    assert len(one) < 70


def test_of_nothing():
    """Where there is none of the values the object is a reject: many would be one."""
    with pytest.raises(BadItem, match="nothing that its id could be made of"):
        made_id(None, None)


# --- declared ------------------------------------------------------------------------------------

MAIL = FieldMapping(
    Email, id=made_of("created_at", "no", "subject"), sent_at="created_at", subject="subject"
)


@pytest.mark.parametrize(
    "mail",
    [
        {"created_at": "2026-03-02T09:00:00Z", "no": "1", "subject": "Reminder"},
        {"created_at": "2026-03-02T10:00:00+01:00", "no": "1", "subject": "Reminder"},
        {"created_at": "2026-03-02T09:00:00.5Z", "no": "2/3"},
        {"no": ""},
    ],
)
def test_the_row_is_that_of_the_record(mail):
    """Made in one step from bytes, or as a record, the id is the same."""
    body = json.dumps(mail).encode()
    record = MAIL.record(decode(MAIL.wire, json.loads(body)), "acme", None)
    maker = row_maker(MAIL, None)
    assert maker.make(maker.read(body), "acme") == to_row(record)
    assert record.id.startswith("2026-03-02T09:00:00") or record.id == "/%/"


def test_a_key_is_read_as_the_other_rule_reads_it():
    """A key of which a time is made is a time in the id, too, and one of its own an id."""
    assert MAIL.keys["created_at"] == datetime | None
    assert MAIL.keys["no"] == Id | None


def test_of_the_object_around():
    """What the object around says tells objects apart that are the same without it."""
    mapping = FieldMapping(Email, id=made_of(parent("id"), "no"))
    bill, mail = FieldMapping(Invoice, id="id"), decode(mapping.wire, {"no": 1})
    around = [SimpleNamespace(wire=decode(bill.wire, {"id": one})) for one in (7, 8)]
    ids = [mapping.record(mail, "acme", None, one).id for one in around]
    assert ids == ["7/1", "8/1"]


def test_for_a_text_alone():
    """It fills no number."""
    with pytest.raises(PluginError, match=r"Call.duration_seconds holds int and no text"):
        FieldMapping(Call, id="id", duration_seconds=made_of("a", "b"))
