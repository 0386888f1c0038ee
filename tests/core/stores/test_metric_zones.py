"""Time zones as rows: the same as the zone itself, at every second that matters."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from duetrail.errors import StoreError
from duetrail.stores.metrics import zones
from duetrail.stores.metrics.zones import offsets

NAMES = ["America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "UTC"]


@pytest.mark.parametrize("name", NAMES)
def test_rows_follow_each_other_and_change_when_the_zone_does(name: str) -> None:
    """No second is missing; at the ends of a row the zone itself says the same."""
    rows = offsets([name], date(2024, 1, 1), date(2026, 12, 31))
    for row in rows:
        for second in (row.begin, row.end - 1):
            at = datetime.fromtimestamp(second, UTC).astimezone(ZoneInfo(name))
            assert at.utcoffset().total_seconds() == row.offset
    assert [one.end for one in rows[:-1]] == [one.begin for one in rows[1:]]


def test_what_is_no_zone_has_no_rows() -> None:
    """Whatever a vendor writes there."""
    assert (
        offsets(
            ["", "../x", "/etc", "Mars/Olympus", "GMT+25", "\0"], date(2026, 1, 1), date(2026, 1, 2)
        )
        == ()
    )


def test_a_machine_without_time_zones_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise no call would ever be outside the hours."""
    monkeypatch.setattr(zones, "_zone", lambda name: None)
    with pytest.raises(StoreError, match="tzdata"):
        offsets(["UTC"], date(2026, 1, 1), date(2026, 1, 2))
