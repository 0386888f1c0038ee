"""Incremental reading: where a run begins, and which cursor it leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from duetrail.http import incremental
from duetrail.model import from_unix
from duetrail.source import Cursor, Notice, Page, Shard

NOW = datetime(2026, 3, 5, tzinfo=UTC)
FIRST = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _page(*times: Any) -> Page:
    data = {"data": [{"id": at, "meta": {"changed": time}} for at, time in enumerate(times)]}
    return Page(url="", status=200, headers={}, body=json.dumps(data).encode(), data=data)


def _run(*pages: Page, cursor: Any = None, since: datetime | None = None, **more: Any) -> Any:
    """Where a run began, and the cursor it left."""
    begun: list[datetime | None] = []

    def ask(begin: datetime | None) -> Iterator[Page]:
        begun.append(begin)
        yield from pages

    shard = Shard("invoices", cursor=cursor, since=since, now=NOW)
    found = list(incremental(shard, ask, at="$.data[*].meta.changed", **more))
    assert [one for one in found if isinstance(one, Page)] == list(pages)
    cursors = [one.value for one in found if isinstance(one, Cursor)]
    return begun[0], (cursors or [None])[0]


def test_the_first_run_reads_everything_and_keeps_the_newest_change() -> None:
    """Whatever the order of the rows, on whichever page it stands."""
    pages = (
        _page("2026-03-01T10:00:00Z", "2026-03-01T13:00:00+01:00"),
        _page("2026-02-01T00:00:00Z"),
    )
    assert _run(*pages) == (None, FIRST.isoformat())


def test_the_next_run_begins_a_little_before_the_cursor() -> None:
    """An hour, or as long as the plugin says."""
    cursor = FIRST.isoformat()
    assert _run(cursor=cursor)[0] == FIRST - timedelta(hours=1)
    assert _run(cursor=cursor, overlap=timedelta(days=7))[0] == FIRST - timedelta(days=7)


def test_a_run_that_meets_nothing_newer_keeps_its_cursor() -> None:
    """The overlap moves it back no further with each run."""
    assert _run(_page("2026-02-01T00:00:00Z"), cursor=FIRST.isoformat())[1] == FIRST.isoformat()


def test_nothing_read_leaves_no_cursor() -> None:
    """An empty list says nothing of how far it was read, and the clock here is not asked."""
    assert _run(_page()) == (None, None)


@pytest.mark.parametrize("times", [("2026-03-01 10:00:00",), ("yesterday", None), (1772359200,)])
def test_times_of_another_form_are_told(times: tuple[Any, ...]) -> None:
    """Else every run would read everything again, and nobody would know."""
    shard = Shard("invoices", now=NOW)
    told = incremental(shard, lambda _: [_page(*times)], at="$.data[*].meta.changed")
    (notice,) = [one for one in told if isinstance(one, Notice)]
    assert "no time could be read at $.data[*].meta.changed" in notice.text


def test_one_time_of_another_form_is_for_the_mapping_to_judge() -> None:
    """The others move the cursor."""
    shard = Shard("invoices", now=NOW)
    pages = [_page("2026-03-01T12:00:00Z", "soon")]
    told = list(incremental(shard, lambda _: pages, at="$.data[*].meta.changed"))
    assert told == [*pages, Cursor(FIRST.isoformat())]


def test_a_time_ahead_of_the_run_does_not_hide_what_comes_before_it() -> None:
    """The cursor is never later than the beginning of the run."""
    assert _run(_page("2099-01-01T00:00:00Z"))[1] == NOW.isoformat()


def test_the_users_day_counts_before_the_cursor() -> None:
    """`--since` reads again what was read before."""
    day = datetime(2026, 1, 1, tzinfo=UTC)
    assert _run(cursor=FIRST.isoformat(), since=day)[0] == day


def test_times_may_be_written_otherwise() -> None:
    """`time` reads them."""
    pages = (_page(1772366400, 1772366399),)
    assert _run(*pages, time=from_unix)[1] == FIRST.isoformat()


def test_the_first_day_of_the_calendar_is_no_time_to_begin_at() -> None:
    """Some vendors write it where nothing ever changed; before it there is no other day."""
    never = "0001-01-01T00:00:00Z"
    _, cursor = _run(_page(never))
    assert _run(_page(never), cursor=cursor)[0] is None


@pytest.mark.parametrize("odd", [None, 7, "soon", [], {}, "2026-03-01T10:00:00", True])
def test_what_is_no_time_is_left_to_the_mapping(odd: Any) -> None:
    """It neither ends the reading nor moves the cursor."""
    assert _run(_page(odd, "2026-03-01T12:00:00Z"))[1] == FIRST.isoformat()


@pytest.mark.parametrize("old", ["2026-03-02", 7, {"page": 2}])
def test_a_cursor_of_another_kind_reads_everything(old: Any) -> None:
    """Such as one that an earlier version of the plugin left."""
    assert _run(cursor=old)[0] is None
