"""A record becomes a row and comes back, whatever is in it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duetrail.errors import BadItem
from duetrail.model import (
    Call,
    Channel,
    Invoice,
    InvoiceLine,
    Money,
    Party,
    PaymentAllocation,
    Record,
    Ref,
)
from duetrail.pipeline.plugin_records import rows_of
from duetrail.stores import (
    Changes,
    RecordQuery,
    Row,
    from_row,
    moment,
    open_store,
    table_of,
    to_row,
)
from support.nightly import examples
from support.records import EVERY, MOMENTS

WHO = {"connection": "acme", "id": "1"}


@given(EVERY)
def test_there_and_back(record):
    """A record of any kind, with anything in it, comes back from its row."""
    assert from_row(to_row(record)) == record


@given(EVERY)
def test_the_written_function_gives_what_the_codecs_give(record):
    """The function that is written for a class gives what the codecs of its fields give."""
    table = table_of(record.table)
    for one in (c for c in table.fields if c.codec is not None):
        value = getattr(record, one.name)
        at = [column.name for column in table.columns].index(one.name)
        assert table.values(record)[at] == (None if value is None else one.codec.encode(value))


@given(st.datetimes(timezones=st.timezones() | st.just(UTC)))
def test_times_of_every_zone(value):
    """However a time names its zone, it is written as the same instant, with six decimals."""
    try:
        there = value.astimezone(UTC)
    except OverflowError:
        return
    assert datetime.fromisoformat(moment(value)) == there
    assert len(moment(value)) == 27


@given(EVERY)
def test_a_row_comes_back_from_its_body(record):
    """A row comes back from its body, so that a record can be folded from copies."""
    row = to_row(record)
    assert Row.from_body(row.ref, row.body()) == row


@settings(max_examples=examples(12, 60))
@given(record=EVERY)
def test_through_a_file(tmp_path_factory, record):
    """A record comes back from a file, too."""
    folder = tmp_path_factory.getbasetemp()
    store = open_store("sqlite:///rows.db", folder=folder, create=True)
    row = to_row(record)
    with store.transaction():
        store.apply(Changes(rows={row.ref: row}, known={row.ref}))
    found = list(store.records(RecordQuery(row.table, row.connection, [row.id])))
    store.close()
    if "\0" not in record.id + record.connection:
        assert attrs.evolve(found[0], invoices=row.invoices) == row


@given(MOMENTS, MOMENTS)
def test_times_sort(one, other):
    """Times sort as text, from the year 1 on."""
    assert (moment(one) < moment(other)) == (one < other)


def test_naive_times():
    """A time without a zone is refused: the host's zone would be a guess."""
    with pytest.raises(BadItem):
        to_row(Invoice(**WHO, issued_at=datetime(2026, 1, 1)))


def test_time_where_a_day_belongs():
    """A time where a day belongs is refused: it could not be read back."""
    with pytest.raises(BadItem):
        to_row(Invoice(**WHO, issued_on=datetime(2026, 1, 1, tzinfo=UTC)))


@pytest.mark.parametrize(
    "record",
    [
        Call(**WHO, provider_id=5),
        Call(**WHO, provider_id=Channel.CALL),
        Call(**WHO, voicemail="yes"),
        Call(**WHO, voicemail=1),
        Call(**WHO, duration_seconds=1.5),
        Call(**WHO, duration_seconds=True),
        Call(**WHO, duration_seconds=2**63),
        Call(**WHO, status="no such word"),
        Call(**WHO, started_at="2026-01-01T00:00:00Z"),
        Call(**WHO, started_at=date(2026, 1, 1)),
        Call(**WHO, cost=Decimal(1)),
        Invoice(**WHO, issued_on="2026-01-01"),
        Invoice(**WHO, lines=(InvoiceLine(quantity=1.5),)),
        Party(**WHO, billing_address="Elm Street 1"),
    ],
)
def test_values_of_another_type(record):
    """What a field cannot hold is an error: nothing is changed until it fits."""
    with pytest.raises((TypeError, ValueError, AttributeError)):
        to_row(record)


def test_an_error_says_which_field_it_is_about():
    """A reject without it would send its reader through all of the mapping."""
    huge = Invoice(**WHO, lines=(InvoiceLine(quantity=Decimal("1E+40")),))
    with pytest.raises(BadItem, match=r"^quantity: a number is not finite, or absurdly large"):
        to_row(huge)
    plugin: Any = SimpleNamespace(name="acme")
    with pytest.raises(BadItem, match=r"cannot be kept: TypeError in provider_id at \$$"):
        rows_of(plugin, (Call(**WHO, provider_id=5),))


def test_decimals_are_written_out():
    """Decimals are written digit by digit, with neither rounding nor exponent."""
    lines = (InvoiceLine(quantity=Decimal("1E+5"), line_number=Decimal("1E-7")),)
    values = to_row(Invoice(**WHO, lines=lines)).children["invoice_lines"][0]
    assert {"100000", "0.0000001"} <= set(values)


def test_absurd_numbers():
    """A number of a million digits is refused, not written out."""
    lines = (InvoiceLine(quantity=Decimal("1E+999999")),)
    with pytest.raises(BadItem):
        to_row(Invoice(**WHO, lines=lines))


@pytest.mark.parametrize(
    "record",
    [
        Invoice(**WHO, currency="USD", total=Money(Decimal(1), "EUR")),
        Invoice(**WHO, total=Money(Decimal(1), "EUR")),
        Invoice(**WHO, currency="USD", tax=Money(Decimal(1))),
        Call(**WHO, currency="USD", cost=Money(Decimal(1), "EUR")),
    ],
)
def test_other_currency(record):
    """Money in another currency than its record's is refused, not relabelled."""
    with pytest.raises(BadItem, match=r"is not in the currency of currency"):
        to_row(record)


def test_currency_of_a_payment():
    """A payment may be in another currency than the share of it that pays the invoice."""
    part = PaymentAllocation(
        currency="EUR",
        amount=Money(Decimal(9), "EUR"),
        payment_currency="USD",
        payment_amount=Money(Decimal(10), "USD"),
    )
    invoice = Invoice(**WHO, allocations=(part,))
    assert from_row(to_row(invoice)) == invoice


@pytest.mark.parametrize(
    "parts", [[], {}, "", 0, False, [None], [2**64], {"b": 1, "a": [Decimal("0.10")]}]
)
def test_what_is_not_typed_comes_back_as_it_was(parts):
    """What the vendor does not type comes back as it was, a number larger than any column, too."""
    assert from_row(to_row(Call(**WHO, transcript_parts=parts))).transcript_parts == parts


@pytest.mark.parametrize(
    ("id", "why"),
    [("", "no text for an id"), (7, "no text for an id"), ("é" * 600, "too long to be one")],
)
def test_an_id_is_a_text_of_a_length_for_indexes(id, why):
    """Whatever a mapping made it of: one such record costs no other."""
    with pytest.raises(BadItem, match=why):
        to_row(Invoice(connection="acme", id=id))


def test_invoices_are_a_set():
    """The invoices of a touch have no order, and each counts once."""
    a, b = Ref("x", "invoices", "a"), Ref("x", "invoices", "b")
    assert to_row(Call(**WHO, invoices=(b, a, b))) == to_row(Call(**WHO, invoices=(a, b)))


def test_extra_stays_in_the_page():
    """What had no home makes no difference to the row."""
    assert to_row(Party(**WHO, extra={"a": 1})) == to_row(Party(**WHO))


def test_a_repr_shows_nothing_of_people():
    """A repr shows whose row it is, and nothing of people."""
    record: Record = Party(**WHO, name="Ann Canary")
    assert "Canary" not in repr(to_row(record))
