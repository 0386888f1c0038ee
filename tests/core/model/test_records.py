"""The records: typed throughout, discreet, and equal by what they say."""

from datetime import date, datetime
from enum import StrEnum
from types import NoneType
from typing import Any, get_args

import attrs
import pytest

from duetrail.model import (
    BY_TABLE,
    RECORDS,
    Address,
    Attachment,
    Call,
    Callout,
    CalloutAttempt,
    Contact,
    CreditAllocation,
    Email,
    Instalment,
    Invoice,
    InvoiceLine,
    Party,
    PaymentAllocation,
    PaymentApplication,
    Ref,
    fields_of,
    is_later,
)
from duetrail.model.fields import personal

CHILDREN = (
    InvoiceLine,
    PaymentAllocation,
    Instalment,
    CreditAllocation,
    PaymentApplication,
    Contact,
    CalloutAttempt,
    Attachment,
)
EVERY = [pytest.param(one, id=one.__name__) for one in (*RECORDS, *CHILDREN)]
WHO = {"connection": "acme", "id": "1"}


def types_in(type_: Any) -> set[Any]:
    """A type, its arguments, and those of the classes below it."""
    found = {type_}
    below = [f.type for f in fields_of(type_)] if attrs.has(type_) else get_args(type_)
    return found.union(*(types_in(part) for part in below))


def is_word(type_: Any) -> bool:
    """Whether a field holds one canonical word or none."""
    return any(isinstance(p, type) and issubclass(p, StrEnum) for p in get_args(type_)) and (
        NoneType in get_args(type_)
    )


@pytest.mark.parametrize("record", EVERY)
def test_no_float(record):
    """No field of any record, at any depth, can hold a float."""
    assert float not in types_in(record)


@pytest.mark.parametrize("record", EVERY)
def test_fields_of_later_contracts_come_last(record):
    """So a row of an older store is the beginning of what it is now."""
    columns = [field for field in fields_of(record) if "table" not in field.metadata]
    assert sorted(columns, key=is_later) == columns


def test_a_field_about_people_may_come_later():
    """It is kept out of `repr`, and is a field of a later contract as any other."""

    @attrs.frozen
    class Later:
        plain: str | None = personal("of the first contract")
        nickname: str | None = personal("of a later one", since="1.1")

    first, later = fields_of(Later)
    assert (is_later(first), is_later(later), later.repr) == (False, True, False)


@pytest.mark.parametrize("record", EVERY)
def test_a_suffix_tells_the_type(record):
    """`_at` is a time, `_on` a day, `_seconds` a whole number, wherever they occur."""
    wanted = {"_at": datetime | None, "_on": date | None, "_seconds": int | None}
    for field in fields_of(record):
        for suffix, type_ in wanted.items():
            assert not field.name.endswith(suffix) or field.type == type_


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(
            one,
            id=one.__name__,
        )
        for one in (*RECORDS, *CHILDREN)
    ],
)
def test_raw_words(record):
    """Every canonical word has the vendor's own beside it."""
    names = {field.name for field in fields_of(record)}
    words = {field.name for field in fields_of(record) if is_word(field.type)}
    assert {f"{name}_raw" for name in words} <= names


@pytest.mark.parametrize("record", RECORDS)
def test_identity_is_enough(record):
    """Nothing is mandatory but identity."""
    one = record(**WHO)
    assert one.ref == Ref("acme", record.table, "1")
    with pytest.raises(TypeError, match="id"):
        record(connection="acme")


@pytest.mark.parametrize("record", EVERY)
def test_a_record_cannot_be_changed(record):
    """A record cannot be changed, by accident or otherwise."""
    one = record(**WHO) if record in RECORDS else record()
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        one.id = "2"


def test_by_table():
    """Each kind of record is found by its table."""
    assert {name: record.table for name, record in BY_TABLE.items()} == {
        record.table: record.table for record in RECORDS
    }


@pytest.mark.parametrize("record", RECORDS)
def test_extra_takes_no_part_in_equality(record):
    """What had no home takes no part in equality."""
    assert record(**WHO, extra={"colour": "red"}) == record(**WHO)


@pytest.mark.parametrize(
    "one",
    [
        Invoice(**WHO, customer_name="Ann Canary", billing_email="canary@example.org"),
        Invoice(**WHO, billing_address=Address(line1="Canary Row 1")),
        Invoice(**WHO, payment_url="https://pay.example/canary", last_outreach_to="canary"),
        Call(**WHO, from_number="canary", to_number="canary", transcript="canary", reason="canary"),
        Call(**WHO, summary="canary", keywords=("canary",), transcript_parts=["canary"]),
        Callout(**WHO, contact_name="canary", contact_email="canary", contact_phone="canary"),
        Callout(**WHO, attempts=(CalloutAttempt(summary="canary", email_subject="canary"),)),
        Email(**WHO, subject="canary", text="canary", html="canary", preview="canary"),
        Email(**WHO, from_address="canary", to_addresses=("canary",), bcc_addresses=("canary",)),
        Email(**WHO, attachments=(Attachment(name="canary.pdf"),), error="canary bounced"),
        Party(**WHO, name="canary", email="canary", phone="canary", tax_number="canary"),
        Party(**WHO, contacts=(Contact(name="canary", email="canary", phone="canary"),)),
        Party(**WHO, extra={"born": "canary"}),
    ],
    ids=lambda one: type(one).__name__,
)
def test_repr_is_discreet(one):
    """A repr shows no names, addresses, numbers, words or links of people."""
    assert "acme" in repr(one)
    assert "canary" not in repr(one).lower()


def test_repr_of_an_address():
    """Nor does that of an address by itself."""
    assert "Canary" not in repr(Address(name="Ann Canary", line1="Canary Row 1"))
