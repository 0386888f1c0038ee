"""Resuming, with any history: what changes, and where a target dies, is drawn at random."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from duetrail.engines import singer
from duetrail.engines.replication import Replication
from duetrail.engines.row_schemas import TABLES
from duetrail.pipeline.change_feed import ChangeFeed, RecordChange
from duetrail.stores import StoredRun

IDS = ("a", "b", "c", "dana@example.com", "e", "f")
EMPTY = dict.fromkeys(column.name for column in TABLES["parties"][0].parts)


@define
class History:
    """A store with one table, as a project tells of it: each run changes and removes records."""

    newest: int = 0
    rows: dict[str, int] = field(factory=dict)
    removed: dict[str, int] = field(factory=dict)
    is_running: bool = False

    def run(self, changed: set[str], removed: set[str], is_running: bool) -> None:
        """A run that ends, or that goes on while changes are read."""
        self.newest += 1
        self.is_running = is_running
        for id in removed & self.rows.keys():
            del self.rows[id]
            self.removed[id] = self.newest
        self.rows |= dict.fromkeys(changed - removed, self.newest)

    def changes(self, since: int, **_: Any) -> ChangeFeed:
        """As `Project.changes` does: removals first, then the others by id."""
        gone = sorted((id, run) for id, run in self.removed.items() if id not in self.rows)
        told = [RecordChange("delete", "parties", "x", id, run) for id, run in gone if run > since]
        told += [
            RecordChange("upsert", "parties", "x", id, run, self._row(id, run))
            for id, run in sorted(self.rows.items())
            if run > since
        ]
        return ChangeFeed(since, self.newest - self.is_running, iter(told))

    def _row(self, id: str, run: int) -> dict[str, Any]:
        named = {"connection": "x", "id": id, "changed_run": run}
        return {**EMPTY, **named, "contacts": [], "links": []}

    def runs(self) -> list[StoredRun]:
        return [StoredRun(n, f"day {n}", None, "ended", None) for n in range(1, self.newest + 1)]

    @property
    def store(self) -> History:
        return self

    def store_if_any(self) -> History:
        return self


@define
class Target:
    """A target: rows by id, and the last state that it was given."""

    rows: dict[str, int] = field(factory=dict)
    state: Any = None

    def read(self, history: History, dies_after: int | None, *, is_hasty: bool = False) -> None:
        """Take what a tap says; a target that dies may have kept more than its state says."""
        changes = Replication(history, "x")  # type: ignore[arg-type]
        bookmarks = singer.state_of(self.state, "x")
        selected = {"parties": ("connection", "id", "changed_run")}
        kept: list[Any] = []
        for number, one in enumerate(singer.messages(changes.changed, selected, bookmarks)):
            if dies_after is not None and number > dies_after:
                break
            kept.append(one)
            if one["type"] == "STATE":
                self._take(kept)
                self.state = one["value"]
        if is_hasty:
            self._take(kept)

    def _take(self, messages: list[Any]) -> None:
        for one in messages:
            if one["type"] == "RECORD":
                row = one["record"]
                self.rows.pop(row["id"], None)
                if row["_sdc_deleted_at"] is None:
                    self.rows[row["id"]] = row["changed_run"]


SOME = st.sets(st.sampled_from(IDS))
STEPS = st.lists(
    st.tuples(SOME, SOME, st.booleans(), st.integers(0, 12), st.booleans()), max_size=6
)


@given(steps=STEPS, every=st.integers(1, 3))
def test_a_target_has_everything_in_the_end(steps: list[Any], every: int) -> None:
    """However often it died, and whatever changed meanwhile; then nothing is left to tell."""
    history, target = History(), Target()
    usual, singer.STATE_EVERY = singer.STATE_EVERY, every
    try:
        for changed, removed, is_running, dies_after, is_hasty in steps:
            history.run(changed, removed, is_running)
            target.read(history, dies_after, is_hasty=is_hasty)
            assert "@" not in str(target.state)  # no person stands in a state
        history.is_running = False
        target.read(history, None)
        assert target.rows == history.rows
        again = Target(state=target.state)
        again.read(history, None)
        assert again.rows == {}
    finally:
        singer.STATE_EVERY = usual


def test_a_place_that_was_reached_is_not_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A target that dies twice is not told again what it had the first time."""
    monkeypatch.setattr(singer, "STATE_EVERY", 1)
    history, target = History(), Target()
    history.run(set("abcdef"), set(), is_running=False)
    target.read(history, dies_after=10)  # five records, each with its state
    reached = target.state
    history.run(set("a"), set(), is_running=False)
    target.read(history, dies_after=2)  # that record alone
    assert (target.rows["a"], target.state) == (2, reached)
