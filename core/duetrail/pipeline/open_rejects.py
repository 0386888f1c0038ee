"""Open rejects by their numbers, as people type them: enough of the first digits will do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from duetrail.errors import UsageError
from duetrail.stores import CountQuery, Store, StoredReject


def find_rejects(store: Store, numbers: Sequence[str]) -> list[StoredReject]:
    """The open rejects of these numbers, or of enough of their first digits.

    Raises:
        UsageError: No reject has such a number, or several have.
    """
    found: dict[str, list[StoredReject]] = {number: [] for number in numbers}
    # Not by the way of a list of all: each has its item with it.
    for reject in store.rejects() if numbers else ():
        digits = reject.number
        for number, those in found.items():
            # Every number begins with the empty text, which names none of them.
            if number and digits.startswith(number) and len(those) < 2:
                those.append(reject)
    return [_one(number, found[number]) for number in numbers]


def count_rejects(store: Store, connections: Iterable[str]) -> int:
    """How many rejects of some connections are open."""
    counts = store.counts(CountQuery("rejects"))
    return sum(counts.get(name, 0) for name in connections)


def _one(number: str, found: Sequence[StoredReject]) -> StoredReject:
    if len(found) != 1:
        raise UsageError(
            f"{'no reject has' if not found else 'several rejects have'} the number {number!r}",
            hint="`duetrail rejects list` shows the numbers.",
        )
    return found[0]
