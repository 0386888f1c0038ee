"""How times stand in requests: nothing that changed in the time that is asked for is left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duetrail.errors import PluginError
from duetrail.http import day, milliseconds, seconds
from duetrail.http.asked import since_params, until_params
from duetrail.model import from_local
from duetrail.model.values import zone_of
from support.nightly import examples

# Half an hour in Lord Howe, two hours at Troll, a day left out in Apia, and winter is the exception
# in Dublin.
ZONES = (
    "America/New_York",
    "Europe/Berlin",
    "Europe/Dublin",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Pacific/Apia",
    "Asia/Kolkata",
    "UTC",
)
# Nights in which clocks are put back somewhere, by the second.
_PUT_BACK = [datetime(2025, 11, 2, 4), datetime(2025, 10, 25, 23), datetime(2026, 4, 4, 14)]
_times = st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)) | st.builds(
    lambda night, after: night + timedelta(seconds=after),
    st.sampled_from(_PUT_BACK),
    st.integers(0, 5 * 3600),
)
_instants = _times.map(lambda time: time.replace(tzinfo=UTC))


def _shown(time: datetime, zone: str) -> str:
    """How a vendor writes a time of its own in a row, without the offset."""
    return time.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")


@given(
    at=_instants, later=st.timedeltas(timedelta(0), timedelta(days=2)), zone=st.sampled_from(ZONES)
)
@settings(max_examples=examples(300, 3000), deadline=None)
def test_whatever_changes_later_is_asked_for(at: datetime, later: timedelta, zone: str) -> None:
    """Also in the hour that comes twice: the next run begins where this one read, or before."""
    shown = _shown(at, zone)
    read = from_local(shown, zone)
    assert read is not None
    assert read <= at
    asked = since_params("since", read, zone_of(zone))["since"]
    assert asked <= _shown(at + later, zone)


@given(
    at=_instants, before=st.timedeltas(timedelta(0), timedelta(days=2)), zone=st.sampled_from(ZONES)
)
@settings(max_examples=examples(300, 3000), deadline=None)
def test_whatever_changed_before_is_asked_for(at: datetime, before: timedelta, zone: str) -> None:
    """What is asked for up to a time is never less than that."""
    asked = until_params("until", at, zone_of(zone))["until"]
    assert _shown(at - before, zone) <= asked


@given(at=_instants, zone=st.none() | st.sampled_from(ZONES))
def test_two_hours_too_much_are_asked_for_at_most(at: datetime, zone: str | None) -> None:
    """No clock is put back further; elsewhere it is the fraction of a second."""
    clock = None if zone is None else zone_of(zone)
    asked = since_params(("since", seconds), at, clock)["since"]
    assert at - timedelta(hours=2, seconds=1) < datetime.fromtimestamp(asked, UTC) <= at


AT = datetime(2026, 3, 2, 23, 30, 15, 250_300, tzinfo=UTC)


@pytest.mark.parametrize(
    ("write", "zone", "since", "until"),
    [
        (None, None, "2026-03-02T23:30:15Z", "2026-03-02T23:30:16Z"),
        (None, "Europe/Berlin", "2026-03-03 00:30:15", "2026-03-03 00:30:16"),
        (seconds, None, 1772494215, 1772494216),
        (milliseconds, "Europe/Berlin", 1772494215250, 1772494215251),
        (day, None, "2026-03-02", "2026-03-03"),
        (day, "Europe/Berlin", "2026-03-03", "2026-03-04"),
        (lambda time: f"{time:%d.%m. %H}", "Europe/Berlin", "03.03. 00", "03.03. 00"),
    ],
)
def test_a_time_is_written_as_the_vendor_wants_it(write, zone, since, until) -> None:
    """In UTC or in the zone; up to a time rounded up, so that what is just before it is shown."""
    when = "at" if write is None else ("at", write)
    clock = zone and zone_of(zone)
    assert since_params(when, AT, clock) == {"at": since}
    assert until_params(when, AT, clock) == {"at": until}


def test_a_time_that_needs_no_rounding_is_written_as_it_is() -> None:
    """Midnight is no later day."""
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    assert until_params(("before", day), midnight) == {"before": "2026-03-02"}


@pytest.mark.parametrize("name", ["Europe/Atlantis", "", "../etc"])
def test_a_zone_that_there_is_not_is_refused(name: str) -> None:
    """By name, before anything is asked for."""
    with pytest.raises(PluginError, match="no time zone"):
        zone_of(name)
