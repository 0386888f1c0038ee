"""A time that is written as it came is the time that would have been read and written again."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from duetrail.model import Invoice
from duetrail.stores import moment, to_row
from duetrail.wire import utc
from duetrail.wire.usual_times import stored_time

USUAL = ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.120Z", "2026-01-02T03:04:05.120000Z"]


@given(text=st.from_regex(r"[0-2]\d{3}-\d\d-\d\d[Tt ][0-2]\d:\d\d:\d\d(\.\d{1,7})?(Z|z|\+00:00)?"))
@example("2026-01-02T23:59:60Z")
@example("2026-01-02T24:00:00Z")
@example("2026-02-30T00:00:00.000Z")
@example("")
@example("2026")
def test_it_is_what_is_read_and_written_again(text: str) -> None:
    """Or it is left to whoever reads it."""
    stored = stored_time(text)
    if stored is not None:
        assert stored == moment(utc(text))


@pytest.mark.parametrize("text", USUAL)
def test_usual_forms_need_not_be_written_again(text: str) -> None:
    """Whole seconds, milliseconds and microseconds, in UTC."""
    assert stored_time(text) is not None


@pytest.mark.parametrize("text", ["", "x", "2026-01-02", "2026-01-02T03:04:05+01:00"])
def test_nothing_else_is_taken(text: str) -> None:
    """Neither other forms nor what is no time."""
    assert stored_time(text) is None


@given(
    value=st.datetimes(
        timezones=st.timezones(), min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)
    )
)
def test_a_row_has_the_time_as_every_store_writes_it(value: datetime) -> None:
    """Whatever its zone and its fraction."""
    row = to_row(Invoice(connection="c", id="i", due_at=value))
    assert moment(value) in row.values
