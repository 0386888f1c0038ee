"""Cursors: what was read is not read again, and nothing is lost by it."""

import os
import signal
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from duetrail.errors import Forbidden
from duetrail.pipeline.scope import Scope
from duetrail.secrets import remember
from duetrail.source import Cursor, Notice, Resource

DAY = datetime(2026, 6, 30, tzinfo=UTC)


class Feeds:
    """A vendor whose invoices are numbered as they come, two a page, and its readings."""

    def __init__(self, toy, project, **how):
        self.toy, self.project = toy, project
        self.rows = []
        self.begun = []  # the cursors and dates the readings began with
        self.after_page = lambda number: None
        resource = Resource(name="invoices", shapes=(toy.shape("invoice"),), **how)
        self.connection = toy.connect(source=toy.declaring(resource))
        self.plugin = toy.hooked(fetch=self.fetch)

    def grow(self, count):
        self.rows += [{"id": f"i{len(self.rows) + at}"} for at in range(count)]

    def fetch(self, shard, session, connection):
        self.begun.append((shard.cursor, shard.since))
        start = shard.cursor or 0
        for at in range(start, len(self.rows), 2):
            yield self.toy.page({"invoices": self.rows[at : at + 2]})
            yield Cursor(min(at + 2, len(self.rows)))
            self.after_page(at // 2)

    def sync(self, **scope):
        how = {"observer": scope.pop("observer", None)}
        scope = {"now": DAY, **scope}
        return self.project.run(self.plugin, self.connection, scope=Scope(**scope), **how)

    def stored(self):
        return [id for (id,) in self.project.rows("SELECT id FROM invoices ORDER BY 1")]


@pytest.fixture
def feeds(toy, project):
    one = Feeds(toy, project)
    one.grow(5)
    return one


def test_only_what_is_new(feeds):
    """The second run begins where the first ended, and costs what is new."""
    feeds.sync()
    feeds.grow(2)
    (entry,) = feeds.sync().resources
    assert feeds.begun == [(None, None), (5, None)]
    assert (entry.items, entry.mapped, entry.state) == (2, 2, "complete")
    assert len(feeds.stored()) == 7


def test_everything_is_read_again_with_full(feeds):
    """With `full` everything is read again; what is as it was is not written."""
    feeds.sync()
    summary = feeds.sync(full=True)
    assert feeds.begun[-1] == (None, None)
    assert (summary.resources[0].unchanged, summary.written) == (5, 0)


def test_full_when_it_is_due(feeds):
    """After `full_every` days without a full reading the cursor is left aside once."""
    feeds.connection = evolve(feeds.connection, full_every=3)
    for days in (0, 1, 2.9, 3, 4):
        feeds.sync(now=DAY + timedelta(days=days))
    assert [cursor for cursor, _ in feeds.begun] == [None, 5, 5, None, 5]


AHEAD = DAY + timedelta(days=4_000)


def test_a_full_reading_in_the_future_is_not_fresh(feeds):
    """After one run with the clock years ahead, the next reads in full; then all is as before."""
    feeds.sync(now=AHEAD)
    for days in (0, 1):
        feeds.sync(now=DAY + timedelta(days=days))
    assert [cursor for cursor, _ in feeds.begun] == [None, None, 5]


def test_a_cursor_of_the_future_is_left_aside(toy, project):
    """A stretch of time is read anew after a clock ahead, even with a run from a day on between."""
    feeds = Feeds(toy, project, exhaustive=False, since="the number")
    feeds.grow(3)
    feeds.sync(now=AHEAD)
    feeds.sync(since=DAY)
    feeds.sync()
    feeds.sync()
    assert [cursor for cursor, _ in feeds.begun] == [None, None, None, 3]


def test_what_covers_a_stretch_of_time_is_never_due(toy, project):
    """A listing that is never whole goes on from its cursor, however old that is."""
    feeds = Feeds(toy, project, exhaustive=False)
    feeds.grow(3)
    feeds.sync()
    feeds.sync(now=DAY + timedelta(days=1_000))
    assert [cursor for cursor, _ in feeds.begun] == [None, 3]


def test_a_killed_reading_goes_on(feeds):
    """A process that is killed between two pages loses no page and reads none twice."""
    feeds.grow(5)

    def die(progress):
        if progress.items == 6:
            os.kill(os.getpid(), signal.SIGKILL)

    pid = os.fork()
    if not pid:
        feeds.sync(observer=die)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == signal.SIGKILL
    (entry,) = feeds.sync().resources
    assert feeds.begun == [(6, None)]
    assert (entry.items, len(feeds.stored())) == (4, 10)


def test_what_follows_a_killed_first_reading_is_full(feeds):
    """Half of a reading and the other half prove nothing: the next run reads everything."""

    def interrupt(progress):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        feeds.sync(observer=interrupt)
    feeds.sync()
    feeds.sync()
    assert [cursor for cursor, _ in feeds.begun] == [None, 2, None]


def test_a_failure_keeps_the_cursor(feeds):
    """What was read before a failure need not be read again; what comes after it is."""

    def fail(number):
        if number:
            raise Forbidden("not today")

    feeds.sync()
    feeds.grow(4)
    feeds.after_page = fail
    assert feeds.sync().exit_code == 1
    feeds.after_page = lambda number: None
    feeds.grow(1)
    feeds.sync()
    assert [cursor for cursor, _ in feeds.begun] == [None, 5, 7]
    assert len(feeds.stored()) == 10


def test_rejects_stay_while_nobody_looks(feeds):
    """An incremental reading that does not show a bad item again does not close its reject."""
    feeds.rows[0] = {"id": "i0", "number": 7}
    feeds.sync()
    feeds.grow(1)
    assert feeds.sync().open_rejects == 1
    feeds.rows[0] = {"id": "i0"}
    assert feeds.sync(full=True).open_rejects == 0


# --- from a day on -------------------------------------------------------------------------------


def test_a_reading_from_a_day_leaves_the_cursor_alone(toy, project):
    """A reading from a day on is given that day and no cursor, and leaves the cursor alone."""
    feeds = Feeds(toy, project, since="the number")
    feeds.grow(3)
    feeds.sync()
    feeds.grow(1)
    feeds.sync(since=DAY)
    feeds.sync()
    assert feeds.begun == [(None, None), (None, DAY), (3, None)]


def test_since_where_a_vendor_has_no_date(feeds):
    """Where the vendor cannot be asked so, everything is read, and the summary says it."""
    (entry,) = feeds.sync(since=DAY).resources
    assert feeds.begun == [(None, None)]
    assert entry.notices == ["read without --since: Echo has no date for it"]
    assert entry.state == "complete"


# --- as much as was asked for --------------------------------------------------------------------


def test_after_a_limit_the_next_run_goes_on(feeds):
    """A limit ends the reading after the page that reaches it; the next run goes on."""
    summary = feeds.sync(limit=3)
    (entry,) = summary.resources
    assert (entry.state, entry.items, summary.exit_code) == ("limited", 4, 0)
    assert feeds.stored() == ["i0", "i1", "i2", "i3"]
    feeds.sync()
    assert len(feeds.stored()) == 5


def test_limit_of_keys(project):
    """It ends the reading of keys as well, and what was not asked is asked next time."""
    project.answer(
        invoices=[{"invoices": [{"id": f"i{n}", "number": str(n)} for n in range(9)]}],
        calls={str(n): [{"calls": [{"id": f"c{n}"}]}] for n in range(9)},
    )
    limited = {entry.name: entry for entry in project.sync(limit=4, workers=1).resources}
    assert (limited["echo.calls"].state, limited["echo.calls"].items) == ("limited", 4)
    project.sync()
    assert project.rows("SELECT count(*) FROM calls") == [(9,)]


# --- what is worth a word ------------------------------------------------------------------------


def test_a_notice_stands_in_the_summary_once(feeds):
    """What a plugin has to say stands in the summary once, and changes no exit code."""

    def fetch(shard, session, connection):
        yield Notice("the vendor's own sum is another")
        yield from feeds.fetch(shard, session, connection)
        yield Notice("the vendor's own sum is another")

    feeds.plugin = feeds.toy.hooked(fetch=fetch)
    summary = feeds.sync()
    assert summary.resources[0].notices == ["the vendor's own sum is another"]
    assert summary.exit_code == 0


def test_a_cursor_that_holds_a_token(toy, project):
    """A cursor is stored: one that holds the credential is the plugin's error, and is not."""
    token = "canary-4c1d9a7e5b30"
    remember(token, token=True)

    def fetch(shard, session, connection):
        yield toy.page({"invoices": [{"id": "i1"}]})
        yield Cursor({"next": f"https://acme.example/bills?key={token}&after=7"})

    summary = project.run(toy.hooked(fetch=fetch), toy.connection, select=["invoices"])
    (entry,) = summary.resources
    assert entry.state == "failed"
    assert "the cursor that plugin 'echo' yields holds the credential" in entry.problems[0].message
    assert project.rows("SELECT cursor FROM checkpoints WHERE cursor IS NOT NULL") == []
