"""Progress without a terminal, by a clock that is passed in; and what stands in each line."""

from __future__ import annotations

import logging
import threading

import pytest

from duetrail.cli.progress.board import (
    MAPPING,
    Board,
    Rate,
    Words,
    clock_time,
    duration,
    requested,
    waiting,
)
from duetrail.cli.progress.follower import Follower
from duetrail.cli.progress.lines import Lines
from duetrail.cli.progress.once import Once
from duetrail.http.session import RETRY
from duetrail.pipeline.events import Detail, Progress, Request, ResourceState, Waiting
from duetrail.pipeline.steps import Steps
from duetrail.secrets import remember

NOON = 1_764_504_000.0  # 2025-11-30T12:00:00Z


class Clock:
    """Time that passes only while somebody waits for it."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


class Hearing:
    """Has a board hear what an observer hears."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def __call__(self, progress: Progress) -> None:
        self._board.progress(progress)

    def detail(self, event: Detail) -> None:
        self._board.detail(event)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def board(clock: Clock) -> Board:
    return Board(clock)


def begin(board: Board, resource: str, of: int) -> None:
    board.detail(ResourceState("acme", resource, "begun", of))


def sent(resource: str = "bills", status: int = 200, **more: object) -> Request:
    url = "https://acme.example/bills"
    return Request("acme", resource, "GET", url, status, 1234, 0.0831, **more)  # type: ignore[arg-type]


def test_a_line_a_minute(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    """Each minute a line says what is read, how much of it, how fast, and what it waits for."""
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        clock.now += seconds
        follower(Progress("acme", "bills", 0, 600 * len(waits), 6 * len(waits), 7))
        if len(waits) == 2:
            follower.detail(Waiting("acme", "bills", 45.0, "rate limit"))
        return len(waits) == 3

    follower = Follower(Lines, clock=clock, wait=wait)
    with follower:
        follower.detail(ResourceState("acme", "bills", "begun", 3))
    assert waits == [60.0, 60.0, 60.0]
    assert capsys.readouterr().err.splitlines() == [
        "12:01:00Z 0 of 3 resources read, 0 requests, 600 items (10/s), 1 min 0 s; "
        "acme.bills: 6 pages, 600 items (10/s)",
        "12:02:00Z 0 of 3 resources read, 0 requests, 1,200 items (10/s), 2 min 0 s; "
        "acme.bills: 12 pages, 1,200 items (10/s), waits 45 s for the rate limit, until 12:02:45Z",
    ]


def test_a_short_sync_says_nothing(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    """A sync that ends within a minute has no line."""
    with Follower(Lines, clock=clock) as follower:
        follower.detail(ResourceState("acme", "bills", "begun", 1))
        follower.detail(sent())
        follower.detail(ResourceState("acme", "bills", "complete"))
    assert capsys.readouterr().err == ""


def test_how_much_of_how_much(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    """Of pages that are mapped again it is told how many there are, of a resource and in all."""
    begun = threading.Event()

    def wait(seconds: float) -> bool:
        assert begun.wait(60)
        clock.now += seconds
        if clock.now > NOON + 60:
            return True
        steps.add("bills", "acme", pages=10, items=600)
        steps.add("calls", "acme", pages=60, items=1200)
        steps.end("calls", "acme")
        return False

    with Follower(Lines, words=MAPPING, clock=clock, wait=wait) as follower:
        steps = Steps(follower.observer, 2)
        steps.begin("bills", "acme", of_pages=40)
        steps.begin("calls", "acme", of_pages=60)
        begun.set()
    assert capsys.readouterr().err.splitlines() == [
        "12:01:00Z 1 of 2 resources mapped, 70 of 100 pages, 1,800 items (30/s), 1 min 0 s; "
        "acme.bills: 10 of 40 pages, 600 items (10/s)",
    ]


def test_rows_of_tables(clock: Clock) -> None:
    """A table has neither connection nor pages; where it is not known, no number is made up."""
    board = Board(clock, Words("table", "written", "row"))
    steps = Steps(Hearing(board), 3)
    steps.begin("invoices", of_items=1200)
    steps.add("invoices", items=500)
    steps.begin("links")
    steps.add("links", items=1)
    assert [(one.name, board.told(one)) for one in board.readings()] == [
        ("invoices", "500 of 1,200 rows"),
        ("links", "1 row"),
    ]
    steps.end("invoices")
    assert board.whole() == "1 of 3 tables written, 501 rows, 0 s"


class Display:
    """Notes what it is told to do; its terminal may be gone."""

    every = 0.2

    def __init__(self, *, is_gone: bool = False) -> None:
        self.done: list[str] = []
        self._is_gone = is_gone

    def show(self) -> None:
        self._note("show")

    def tell(self, line: str) -> None:
        self._note(line)

    def hide(self) -> None:
        self._note("hide")

    def _note(self, what: str) -> None:
        self.done.append(what)
        if self._is_gone:
            raise OSError(5, "Input/output error")


def test_others_may_write_aside(clock: Clock) -> None:
    """Whoever writes to the terminal meanwhile finds it without the display, which comes back."""
    display = Display()
    shown, ended = threading.Event(), threading.Event()

    def wait(seconds: float) -> bool:
        if "show" not in display.done:
            return False
        shown.set()
        return ended.wait(60)

    follower = Follower(lambda board: display, clock=clock, wait=wait)
    with follower.aside():
        pass
    assert display.done == []
    with follower:
        follower.detail(ResourceState("acme", "bills", "begun", 1))
        assert shown.wait(60)
        with follower.aside():
            assert display.done[-1] == "hide"
        ended.set()
    assert display.done == ["show", "hide", "hide"]


def test_what_ends_at_once_pays_nothing(clock: Clock) -> None:
    """What ends within the first second shows nothing, and no display is made for it."""
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return True

    def display(board: Board) -> Display:
        raise AssertionError("nobody may see it")

    with Follower(display, first=1.0, clock=clock, wait=wait) as follower:
        follower.detail(ResourceState("", "invoices", "begun", 1))
        follower.detail(ResourceState("", "invoices", "complete"))
    assert waits == [1.0]


def test_a_terminal_that_is_gone_stops_nothing(clock: Clock) -> None:
    """A terminal that cannot be written to any more is no reason for a sync to end."""
    display = Display(is_gone=True)
    with Follower(lambda board: display, verbose=True, clock=clock, wait=lambda _: False) as one:
        one.detail(ResourceState("acme", "bills", "begun", 1))
        one.detail(sent())
        one(Progress("acme", "bills", 1, 1, 1, 1))
    assert {"show", "hide"} <= set(display.done)


def test_each_request_has_a_line(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    """With -v: method, address, status, bytes and milliseconds; and each wait."""
    with Follower(Lines, verbose=True, clock=clock) as follower:
        follower.detail(ResourceState("acme", "bills", "begun", 1))
        follower.detail(sent())
        follower.detail(sent(status=0, error="Unavailable"))
        follower.detail(Waiting("acme", "bills", 7.0, "next attempt"))
    assert capsys.readouterr().err.splitlines() == [
        "acme.bills: GET https://acme.example/bills 200, 1,234 bytes, 83 ms",
        "acme.bills: GET https://acme.example/bills no answer (Unavailable), 1,234 bytes, 83 ms",
        "acme.bills: waits 7 s before the next attempt, until 12:00:07Z",
    ]


def test_lines_hold_no_secret_and_no_control_character() -> None:
    """Whatever a name or an address holds, a line is one line, without secrets."""
    remember("canary-83xq-sesame")
    odd = Request("a\x1b[2J", "b\nc", "GET", "http://x/canary-83xq-sesame", 200, 1, 0.001)
    for line in (requested(odd), waiting(Waiting("a\x1b", "b\n", 2.0, "vendor"), NOON)):
        assert "canary" not in line
        assert line.isprintable()


def test_what_is_counted(board: Board, clock: Clock) -> None:
    """Resources that begin and end, requests, and items over all of them."""
    begin(board, "bills", 2)
    board.detail(sent())
    board.progress(Progress("acme", "bills", 1, 30, 3, 3))
    board.detail(ResourceState("acme", "bills", "complete"))
    begin(board, "calls", 2)
    board.progress(Progress("acme", "calls", 1, 12, 1, 1))
    assert (board.done, board.total, board.requests, board.items) == (1, 2, 1, 42)
    assert [one.name for one in board.readings()] == ["acme.calls"]


def test_a_wait_is_over_with_the_next_request(board: Board, clock: Clock) -> None:
    """A wait is shown until its time, or until a request of the resource was sent."""
    begin(board, "bills", 1)
    (reading,) = board.readings()
    board.detail(Waiting("acme", "bills", 30.0, "vendor"))
    clock.now += 10
    told = "0 pages, 0 items, waits 20 s for the vendor to be ready, until 12:00:30Z"
    assert board.told(reading) == told
    board.detail(sent())
    assert board.told(reading) == "0 pages, 0 items"


def test_the_next_window_begins_anew(board: Board) -> None:
    """Where one sync follows another, resources are counted anew, and items go on."""
    for _ in range(2):
        begin(board, "bills", 1)
        board.progress(Progress("acme", "bills", 1, 30, 3, 3))
        board.detail(ResourceState("acme", "bills", "complete"))
    assert (board.done, board.total, board.items) == (1, 1, 60)


def test_a_rate_is_of_the_last_half_minute() -> None:
    """What was slow, or fast, long ago says nothing about now."""
    rate = Rate()
    for second in range(101):
        rate.note(float(second), second * 100 if second <= 50 else 5000 + second - 50)
    assert rate.per_second(100.0, 5050) == pytest.approx(1.0)


def test_a_clock_that_is_set_back(board: Board, clock: Clock) -> None:
    """A clock that is set back makes no line wrong, and no error."""
    begin(board, "bills", 1)
    board.progress(Progress("acme", "bills", 0, 10, 1, 1))
    clock.now -= 3600
    board.progress(Progress("acme", "bills", 0, 20, 2, 2))
    assert board.whole() == "0 of 1 resource read, 0 requests, 20 items, 0 s"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (45, "45 s"), (185, "3 min 5 s"), (7380, "2 h 3 min"), (-3, "0 s")],
)
def test_durations_are_words(seconds: float, text: str) -> None:
    """A time is told as people say it."""
    assert duration(seconds) == text


def test_times_are_utc() -> None:
    """A time of the day is in UTC, and says so."""
    assert clock_time(NOON) == "12:00:00Z"


def test_a_retry_is_told_once() -> None:
    """Of workers that wait long for the same thing one says so; afterwards it is told again."""
    now = [0.0]
    once = Once(lambda: now[0])

    def passes(text: str, *args: object) -> bool:
        record = logging.LogRecord("x", logging.WARNING, "x", 1, text, args, None)
        return once.filter(record)

    assert passes(RETRY, 1, "http://x answered 429", "30")
    assert not passes(RETRY, 1, "http://x answered 429", "30")
    assert passes(RETRY, 1, "http://y answered 503", "30")
    assert passes("rate limits are not shared", "x", "y", "z")
    assert not passes(RETRY, 1, "http://z answered 429", "2.3")
    now[0] = 31.0
    assert passes(RETRY, 2, "http://x answered 429", "60")
