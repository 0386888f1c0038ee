"""What Twilio is asked for, run by run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from support.scripted import Project, Vendor

ACCOUNT = f"AC{'a' * 32}"
LISTS = {
    "calls": ("StartTime", "start_time", {}),
    "recordings": ("DateCreated", "date_created", {"call_sid": "CA1"}),
    "messages": ("DateSent", "date_sent", {}),
}


@pytest.fixture(params=LISTS)
def name(request: pytest.FixtureRequest) -> str:
    """One of the three lists."""
    return str(request.param)


@pytest.fixture
def vendor(name: str) -> Iterator[Vendor]:
    """Twilio, with two rows, of which the newer one has no time yet."""
    _, key, more = LISTS[name]
    old = {"sid": "XX1", key: "Mon, 02 Mar 2026 09:30:00 +0000", **more}
    new = {"sid": "XX2", key: None, **more}
    with Vendor() as one:
        path = f"/2010-04-01/Accounts/{ACCOUNT}/{name.capitalize()}.json"
        yield one.on(path, {name: [new, old], "next_page_uri": None})


@pytest.fixture
def connected(project: Project, vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("TWILIO_API_KEY", "SKmade-up-for-tests")
    monkeypatch.setenv("TWILIO_API_SECRET", "a-secret-made-up-for-tests")
    settings = {"key": "env:TWILIO_API_KEY", "secret": "env:TWILIO_API_SECRET"}
    return project.connect(
        "twilio", token=None, account_sid=ACCOUNT, base_url=vendor.url, **settings
    )


def _asked(vendor: Vendor, name: str) -> list[dict[str, str]]:
    """The filters by time of each request for a list."""
    parameter = LISTS[name][0]
    queries = [parse_qs(urlsplit(one.target).query) for one in vendor.asked]
    return [
        {key.removeprefix(parameter): v[0] for key, v in one.items() if parameter in key}
        for one in queries
    ]


def test_a_run_begins_before_the_newest_row_that_was_read(
    connected: Project, vendor: Vendor, name: str
) -> None:
    """A week before it, and not before the last run: Twilio's clock counts, not ours."""
    connected.sync(select=[name])
    connected.sync(select=[name])
    assert _asked(vendor, name) == [{}, {">": "2026-02-23"}]


def test_a_stretch_of_time_is_asked_for(connected: Project, vendor: Vendor, name: str) -> None:
    """`--since` and `--until`; what the last day shows beyond does no harm."""
    since, until = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    connected.sync(select=[name], since=since, until=until)
    assert _asked(vendor, name) == [{">": "2026-01-01", "<": "2026-02-01"}]
