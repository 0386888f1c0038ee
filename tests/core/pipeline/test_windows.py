"""Windows of time have names, and cover a stretch of it without gap or overlap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetrail.pipeline.windows import STEPS, window_of, windows

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)

MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("name", "begin", "end"),
    [
        ("2026", "2026-01-01", "2027-01-01"),
        ("2026-Q4", "2026-10-01", "2027-01-01"),
        ("2026-12", "2026-12-01", "2027-01-01"),
        ("2028-02-29", "2028-02-29", "2028-03-01"),
        ("2026-W53", "2026-12-28", "2027-01-04"),
        ("last-day", "2026-02-28", "2026-03-01"),
        ("last-month", "2026-02-01", "2026-03-01"),
        ("last-year", "2025-01-01", "2026-01-01"),
        ("this-week", "2026-02-23", "2026-03-02"),
        ("this-quarter", "2026-01-01", "2026-04-01"),
    ],
)
def test_a_name_is_a_window(name, begin, end):
    """As calendars have it; weeks begin on Monday (ISO 8601)."""
    assert [at.strftime("%Y-%m-%d") for at in window_of(name, NOW)] == [begin, end]


@given(since=MOMENTS, hours=st.integers(1, 20_000), step=st.sampled_from(STEPS))
def test_windows_cover_a_stretch(since, hours, step):
    """Each begins where the one before ends, and all but the first and last are whole."""
    until = since + timedelta(hours=hours)
    found = list(windows(since, until, step))
    assert (found[0][0], found[-1][1]) == (since, until)
    assert all(one[1] == other[0] for one, other in pairwise(found))
    assert all(begin < end for begin, end in found)
    assert all(at == at.replace(hour=0, minute=0, second=0, microsecond=0) for _, at in found[:-1])
