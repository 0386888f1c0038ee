"""Open rejects by their numbers, as people type them: enough of the first digits will do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from duetrail.errors import UsageError
from duetrail.stores import CountQuery, Store, StoredReject


def find_rejects(store: Store, numbers: Sequence[str]) -> list[StoredReject]:
    """The open rejects of these numbers, or of enough of their first digits; all without any.

    Raises:
        UsageError: No reject has such a number, or several have.
    """
    every = list(store.rejects())
    return [_one(every, number) for number in numbers] if numbers else every


def count_rejects(store: Store, connections: Iterable[str]) -> int:
    """How many rejects of some connections are open."""
    counts = store.counts(CountQuery("rejects"))
    return sum(counts.get(name, 0) for name in connections)


def _one(every: Sequence[StoredReject], number: str) -> StoredReject:
    # Every number begins with the empty text, which names none of them.
    found = [reject for reject in every if number and reject.number.startswith(number)]
    if len(found) != 1:
        raise UsageError(
            f"{'no reject has' if not found else 'several rejects have'} the number {number!r}",
            hint="`duetrail rejects list` shows the numbers.",
        )
    return found[0]
