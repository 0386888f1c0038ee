"""Values that records share."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from duetrail.errors import BadItem
from duetrail.model import from_json_date, from_rfc2822, from_unix


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


def test_milliseconds_are_counted_as_such():
    """Where a vendor counts milliseconds, they are exact."""
    moment = datetime(2026, 4, 29, 9, 0, 0, 123_000, tzinfo=UTC)
    assert from_unix(1_777_453_200_123, per_second=1_000) == moment


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 02 Mar 2026 08:30:00 +0000",
        "Mon, 02 Mar 2026 09:30:00 +0100",
        "Mon, 02 Mar 2026 08:30:00 GMT",
        "mon, 2 mar 2026 08:30:00 -0000",
        "02 Mar 2026 03:30 EST",
    ],
)
def test_a_time_of_an_email_is_an_instant_in_utc(text):
    """With its offset, whichever of the forms that emails may have it is in."""
    assert from_rfc2822(text) == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "Mon, 02 Mar 2026 09:30:00", "2026-03-02T09:30:00Z", "Mon, 31 Feb 2026 09:30:00 +0000",
     "Mon, 02 Mar 2026 25:30:00 +0000", "Mon, 02 Mar 2026 09:30:00 XYZ", "yesterday",
     "Mon, 01 Jan 0001 00:00:00 +0000",
     "Fri, 31 Dec 9999 23:59:00 -1200"],
)  # fmt: skip
def test_what_is_no_time_of_an_email_is_a_bad_item(text):
    """Nothing is guessed, least of all a zone; the path is told."""
    with pytest.raises(BadItem) as refused:
        from_rfc2822(text, "$.date_created")
    assert refused.value.path == "$.date_created"


@pytest.mark.parametrize(
    "text", ["/Date(1772440200000)/", "/Date(1772440200000+0000)/", "/Date(1772440200000-0500)/"]
)
def test_a_json_date_is_an_instant_in_utc(text):
    """Its milliseconds are in UTC; its offset says where it was, not when."""
    assert from_json_date(text) == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "1772440200000", "/Date()/", "/Date(1.5)/", "/Date(9e9)/",
                                  "/Date(999999999999999)/", "Date(0)"])  # fmt: skip
def test_what_is_no_json_date_is_a_bad_item(text):
    """Nothing is guessed; the path is told."""
    with pytest.raises(BadItem) as refused:
        from_json_date(text, "$.Date")
    assert refused.value.path == "$.Date"


@pytest.mark.parametrize("read", [from_rfc2822, from_json_date])
def test_no_text_stays_none(read):
    """What the vendor does not say is None."""
    assert read(None) is None
