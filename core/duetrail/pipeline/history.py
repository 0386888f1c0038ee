"""History: what records were, from the first sync on.

Until it is built, the store keeps what a record was when that changes. To build it adds what is
stored now; from then on each run is followed at its end: it is read what changed since the run that
was followed before (`changed_run`, removals).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import accumulate, islice

from attrs import frozen
from msgspec import Struct

from duetrail.errors import StoreError
from duetrail.model import BY_TABLE, Link, Ref
from duetrail.pipeline.steps import Tell, untold
from duetrail.stores import LinkQuery, RecordQuery, Row, Store, moment
from duetrail.stores.history import HistoryState, KeepsHistory, states_of, time_of
from duetrail.stores.queries import RemovalQuery

# Records in memory at once.
_PORTION = 500


@frozen
class BuiltHistory:
    """What building history came to.

    Attributes:
        since: From when on the store can be asked what it was, as it writes times.
        records: How many records were looked at.
    """

    since: str
    records: int


def build(store: Store, now: datetime, tell: Tell = untold) -> BuiltHistory:
    """Put history together, and keep it: what each record was, and what it is.

    The store can be asked from its first run on; one that was written before it was kept what
    records were, from then on. Where history was built already, it is brought up to date.

    Args:
        store: The store; nobody else may be writing to it (`Store.exclusive`).
        now: Aware; from when on a store that had no run yet can be asked.
        tell: Is told of each table, in order, how many more of its records are kept.

    Raises:
        StoreError: The store keeps no history.
    """
    history = _history_of(store)
    state = history.history_state()
    begun = _Runs.of(store)
    since = (begun.time(history.kept_since()) or moment(now)) if state is None else state.since
    with store.transaction():
        records = _follow(store, history, 0 if state is None else state.run, begun, tell)
        history.note_history(HistoryState(since, begun.last))
    return BuiltHistory(since, records)


def drop(store: Store) -> None:
    """Forget what records were: history begins anew with what is stored.

    Args:
        store: The store; nobody else may be writing to it (`Store.exclusive`).

    Raises:
        StoreError: The store keeps no history.
    """
    history = _history_of(store)
    with store.transaction():
        history.drop_history()
    store.compact()


def _history_of(store: Store) -> KeepsHistory:
    if not isinstance(store, KeepsHistory):
        raise StoreError(
            f"{type(store).__name__} keeps no history",
            hint="History needs a SQLite or PostgreSQL store.",
        )
    return store


def follow(store: Store) -> None:
    """Keep what runs have changed since history was followed last; nothing where it was not built.

    Args:
        store: The store; nobody else may be writing to it (`Store.exclusive`).
    """
    if not isinstance(store, KeepsHistory) or (state := store.history_state()) is None:
        return
    begun = _Runs.of(store)
    with store.transaction():
        _follow(store, store, state.run, begun)
        store.note_history(HistoryState(state.since, begun.last))


class _Runs(Struct, frozen=True):
    """When each run began.

    Attributes:
        began: The times by run.
        last: The last run; 0 where there was none.
    """

    began: Mapping[int, str]
    last: int

    @classmethod
    def of(cls, store: Store) -> _Runs:
        runs = sorted((run.run, run.started_at) for run in store.runs())
        # A clock may be set back, but no run is over before an earlier one began.
        times = accumulate((at for _, at in runs), max)
        began = {run: at for (run, _), at in zip(runs, times, strict=True)}
        return cls(began, max(began, default=0))

    def time(self, run: int) -> str:
        """When a run began; what is noted for a run to come, as an erasure is, is of the last."""
        return time_of(run, self.began)


def _follow(
    store: Store, history: KeepsHistory, since: int, begun: _Runs, tell: Tell = untold
) -> int:
    """Keep what later runs than one have changed; how many records that were."""
    count = 0
    for table in BY_TABLE:
        gone = store.removals(RemovalQuery(table, since, None))
        history.end_states(
            (Ref(one.connection, table, one.id), begun.time(one.run)) for one in gone
        )
        rows = store.records(RecordQuery(table, changed_since=since or None))
        for portion in _portions(rows):
            links = _links(store, portion)
            past = ((row, links.get(row.ref, ())) for row in portion)
            history.put_states(states_of(past, begun.began))
            count += len(portion)
            tell(table, len(portion))
    return count


def _links(store: Store, rows: list[Row]) -> dict[Ref, list[Link]]:
    found: dict[Ref, list[Link]] = {}
    for link in store.links(LinkQuery(touches=[row.ref for row in rows])):
        found.setdefault(link.touch, []).append(link)
    return found


def _portions(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while some := list(islice(rows, _PORTION)):
        yield some
