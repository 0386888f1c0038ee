"""What can happen to a living company, and what is about to happen on a day.

A kind of event is a function that draws a candidate from the books and changes it, or leaves
everything as it is where there is no candidate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random

from attrs import frozen

from duetrail_sandbox.company.ledger import Ledger

__all__ = ["Event", "Kind", "Kinds", "agenda"]

Happening = Callable[[Ledger], None]

_DAY = timedelta(days=1)


@frozen
class Kind:
    """One kind of event: at which vendor, how often, and how it happens.

    ``rate`` is how many there are a day for each invoice, one at least and ``most`` at most.
    """

    name: str
    vendor: str
    rate: float
    most: int | None
    happen: Happening

    def times(self, invoices: int) -> int:
        """How often it happens on one day of a company of so many invoices."""
        usual = max(1, round(self.rate * invoices))
        return usual if self.most is None else min(usual, self.most)


@frozen(kw_only=True)
class Event:
    """One thing that is about to happen; ``at`` is when the vendor knows of it.

    Whom it strikes is decided when it happens, by lot from ``day`` and ``number``.
    """

    kind: str
    vendor: str
    day: int
    number: int
    at: datetime


class Kinds(dict[str, Kind]):
    """The kinds of event at one vendor, by name."""

    def __init__(self, vendor: str) -> None:
        """Begin with none."""
        super().__init__()
        self.vendor = vendor

    def add(self, rate: float, most: int | None = None) -> Callable[[Happening], Happening]:
        """Register the decorated function as a kind under its own name."""

        def register(happen: Happening) -> Happening:
            name = happen.__name__
            self[name] = Kind(name, self.vendor, rate, most, happen)
            return happen

        return register


def agenda(
    kinds: Mapping[str, Kind], seed: int, day: int, invoices: int, start: datetime
) -> tuple[Event, ...]:
    """Plan the day that begins at ``start``: every kind at least once, evenly through the day."""
    coming = [kind for kind in kinds.values() for _ in range(kind.times(invoices))]
    Random(f"{seed}/agenda/{day}").shuffle(coming)
    return tuple(
        Event(
            kind=kind.name,
            vendor=kind.vendor,
            day=day,
            number=number,
            at=start + timedelta(seconds=_DAY.total_seconds() * number // (len(coming) + 1)),
        )
        for number, kind in enumerate(coming, 1)
    )
