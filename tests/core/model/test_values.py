"""Values that records share."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from duetrail.errors import BadItem
from duetrail.model import from_unix


@pytest.mark.parametrize(
    ("seconds", "moment"),
    [
        (1_777_453_200, datetime(2026, 4, 29, 9, tzinfo=UTC)),
        (Decimal("1777453200.000001"), datetime(2026, 4, 29, 9, 0, 0, 1, tzinfo=UTC)),
        (Decimal("1777453200123") / 1000, datetime(2026, 4, 29, 9, 0, 0, 123_000, tzinfo=UTC)),
        (-1, datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_unix_time_is_an_instant_in_utc(seconds, moment):
    """Seconds since 1970 are exact to the microsecond, before 1970 as well."""
    assert from_unix(seconds) == moment


def test_no_time_stays_none():
    """What the vendor does not say is None."""
    assert from_unix(None) is None


@pytest.mark.parametrize(
    "seconds",
    [1_777_453_200_000, -(10**12), 10**30, Decimal("1e37"), Decimal("NaN"), Decimal("Infinity")],
)
def test_what_cannot_be_seconds_is_a_bad_item(seconds):
    """Milliseconds lie beyond the year 9999 and are not taken for seconds; the path is told."""
    with pytest.raises(BadItem) as refused:
        from_unix(seconds, "$.created")
    assert refused.value.path == "$.created"
