"""History: what each record was, from when to when, as a store keeps it.

A state of a record is valid from the beginning of the run that found it to the beginning of the run
that found another one, or removed the record. So `valid_from` and `valid_to` are transaction time:
when the store knew it, not when it was true at the vendor.

Until history is built, a state is kept when another one takes its place (`Records._keep_past`), so
that a record which never changes costs nothing. To build it is to add what is stored now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from attrs import frozen

from duetrail.model import BY_TABLE, Link, Ref
from duetrail.stores.codecs import from_json, to_json
from duetrail.stores.logical import LINKS, logical_link
from duetrail.stores.rows import Row, table_of
from duetrail.stores.runs import Runs
from duetrail.stores.situation import Past

# Long texts of touches do not change once they are there, and would double the store.
_LEFT_OUT = {"transcript", "transcript_parts", "html", "text", "preview"}


@frozen
class State:
    """What a record was at some time.

    Attributes:
        ref: The record.
        valid_from: When the run began that found this state, as the store writes times.
        run: That run.
        content: Its columns, children and links, as JSON.
    """

    ref: Ref
    valid_from: str
    run: int
    content: str


@frozen
class HistoryState:
    """How far history goes.

    Attributes:
        since: From when on the store can be asked what it was, as the store writes times.
        run: The last run that was followed.
    """

    since: str
    run: int


@runtime_checkable
class KeepsHistory(Protocol):
    """A store that can keep what records were; one of a plugin need not."""

    def history_state(self) -> HistoryState | None:
        """How far history goes; None where it was not built."""

    def note_history(self, state: HistoryState) -> None:
        """Note how far history goes, in a transaction."""

    def kept_since(self) -> int:
        """The run from which on it is kept what records were; 0 for the first."""

    def drop_history(self) -> None:
        """Forget all of it, in a transaction: it is kept from the last change on."""

    def put_states(self, states: Sequence[State]) -> None:
        """Add states that differ from those before, which end with them, in a transaction."""

    def end_states(self, ends: Iterable[tuple[Ref, str]]) -> None:
        """End the states of records that are not stored any more, each at a time."""


def content_of(row: Row, links: Iterable[Link]) -> str:
    """A record as the content of a state.

    Columns stand under their names, with the values that SQLite has; children under the names of
    their tables.
    """
    table = table_of(row.table)
    state: dict[str, Any] = {
        "connection": row.connection,
        "id": row.id,
        **_named((column.name for column in table.columns), row.values),
        "absent_since": row.absent_since,
    }
    for child in table.children.values():
        names = [column.name for column in child.columns]
        state[child.name] = [_named(names, values) for values in row.children.get(child.name, ())]
    state[LINKS] = [logical_link(link) for link in sorted(links)]
    return to_json({"record": row.table, **state}).decode()


def states_of(past: Iterable[Past], begun: Mapping[int, str]) -> list[State]:
    """The states that some records are in, by when each run began."""
    past = list(past)
    times = {run: time_of(run, begun) for run in {row.changed_run for row, _ in past}}
    return [
        State(row.ref, times[row.changed_run], row.changed_run, content_of(row, links))
        for row, links in past
    ]


def _named(names: Iterable[str], values: Sequence[Any]) -> dict[str, Any]:
    found = zip(names, values, strict=True)
    return {name: one for name, one in found if one is not None and name not in _LEFT_OUT}


def parts_of(content: str) -> dict[str, Any]:
    """The content of a state as a mapping."""
    found: dict[str, Any] = from_json(content)
    return found


def time_of(run: int, begun: Mapping[int, str]) -> str:
    """When a run began; for one that is not noted, when that before it did, or the first."""
    if run not in begun:
        run = max((one for one in begun if one < run), default=min(begun, default=0))
    return begun.get(run, "")


class History(Runs):
    """See `KeepsHistory`."""

    _begun_of: tuple[int, Mapping[int, str]] | None = None

    def begin_run(self, now: str) -> int:
        """See `duetrail.stores.base.Store`."""
        self._begun_of = None
        return super().begin_run(now)

    def history_state(self) -> HistoryState | None:
        """See `KeepsHistory`."""
        return next((HistoryState(*row) for row in self._read(_STATE)), None)

    def note_history(self, state: HistoryState) -> None:
        """See `KeepsHistory`."""
        self._begun_of = None
        self._read("DELETE FROM history_state")
        self._write(_NOTE, [(1, state.since, state.run)])

    def kept_since(self) -> int:
        """See `KeepsHistory`."""
        return next((int(run) for (run,) in self._read("SELECT run FROM history_since")), 0)

    def drop_history(self) -> None:
        """See `KeepsHistory`."""
        self._begun_of = None
        for table in ("history", "history_state", "history_since"):
            self._read(f"DELETE FROM {table}")
        self._read(SINCE_LAST_CHANGE)

    def put_states(self, states: Sequence[State]) -> None:
        """See `KeepsHistory`."""
        kept = [(*one.ref, one.valid_from, one.run, self._json(one.content)) for one in states]
        same = [(run, content, *key, at) for *key, at, run, content in kept]
        self._write(_REPLACE, same)
        self._write(_END, [(at, *key, at, content) for *key, at, run, content in kept])
        self._write(_ADD, [(*key, at, run, content, *key) for *key, at, run, content in kept])

    def end_states(self, ends: Iterable[tuple[Ref, str]]) -> None:
        """See `KeepsHistory`."""
        self._write(_GONE, ((at, *ref) for ref, at in ends))

    def _begun(self, run: int) -> Mapping[int, str]:
        """When each run began, to keep what a run changes; empty where that is not to be kept.

        Where history is built, it follows the run at its end. Neither changes within a run, so it
        is read once for each.
        """
        if self._begun_of is None or self._begun_of[0] != run:
            self._begun_of = run, dict(self._read(_BEGUN))
        return self._begun_of[1]

    def _json(self, text: str) -> str:
        """JSON as the database takes it."""
        return text


_OPEN = "connection = ? AND record = ? AND id = ? AND valid_to IS NULL"
_STATE = "SELECT since, run FROM history_state"
_NOTE = "INSERT INTO history_state (built, since, run) VALUES (?, ?, ?)"
# A run that goes on may find a record otherwise than it had found it before.
_REPLACE = f"UPDATE history SET run = ?, content = ? WHERE {_OPEN} AND valid_from = ?"
_END = f"UPDATE history SET valid_to = ? WHERE {_OPEN} AND valid_from < ? AND content <> ?"
_GONE = f"UPDATE history SET valid_to = ? WHERE {_OPEN}"
_ADD = (
    "INSERT INTO history (connection, record, id, valid_from, run, content) "
    f"SELECT ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM history WHERE {_OPEN}) "
    # It was removed and found again within one moment.
    "ON CONFLICT (connection, record, id, valid_from) DO UPDATE "
    "SET valid_to = NULL, run = excluded.run, content = excluded.content"
)
# A clock may be set back, but no run is over before an earlier one began.
_BEGUN = (
    "SELECT run, max(started_at) OVER (ORDER BY run) FROM runs "
    "WHERE NOT EXISTS (SELECT 1 FROM history_state)"
)

_CHANGES = " UNION ALL ".join(
    ["SELECT run FROM removals", *(f"SELECT changed_run FROM {table}" for table in BY_TABLE)]
)
SINCE_LAST_CHANGE = (
    "INSERT INTO history_since (kept, run) SELECT 1, run FROM ("
    f"SELECT max(run) AS run FROM ({_CHANGES}) AS every_change) AS last_change WHERE run > 0"
)
"""Notes that what records were is kept from the last run on that changed anything."""
