"""How a company lives on: the events of a day, one at a time, and the turn of the day.

A day begins and ends at noon UTC, and a Sunday is as busy as a Monday. Everything is decided by
the seed, the day and the company as it was before.
"""

from __future__ import annotations

from datetime import datetime

from duetrail_sandbox.company.clock import noon
from duetrail_sandbox.company.events import Event, Kind, agenda
from duetrail_sandbox.company.ledger import Ledger
from duetrail_sandbox.company.life_billing import BILLING, grow_old
from duetrail_sandbox.company.life_credira import CREDIRA_EVENTS
from duetrail_sandbox.company.life_exante import EXANTE_EVENTS
from duetrail_sandbox.company.life_outreach import OUTREACH

__all__ = ["KINDS", "end_day", "happen", "plan"]

# Every kind of event there is, by name.
KINDS: dict[str, Kind] = {**BILLING, **OUTREACH, **CREDIRA_EVENTS, **EXANTE_EVENTS}


def plan(seed: int, day: int, invoices: int, start: datetime) -> tuple[Event, ...]:
    """Plan the day after ``day``; to a company without invoices nothing happens."""
    return agenda(KINDS, seed, day, invoices, start) if invoices else ()


def happen(books: Ledger, event: Event) -> None:
    """Let one event happen, or nothing where it finds no candidate."""
    books.turn_to(event.number, event.at)
    KINDS[event.kind].happen(books)


def end_day(books: Ledger) -> None:
    """Move the clock to the next noon, at which what has fallen due is overdue."""
    books.now = max(books.now, noon(books.day + 1))
    grow_old(books)
