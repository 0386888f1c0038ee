"""Exports: a vendor is asked to prepare something, and asked again until it is ready."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, repeat
from typing import Protocol

from duetrail.errors import Unavailable
from duetrail.source import Page

# Seconds between two looks; the last one again and again.
_PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)


class Waits(Protocol):
    """What is waited with: a session."""

    @property
    def vendor(self) -> str:
        """The vendor's name, for messages."""

    def wait(self, seconds: float) -> None:
        """Wait so long."""


def export(
    session: Waits,
    ask: Callable[[], Page],
    look: Callable[[Page], Page],
    is_ready: Callable[[Page], bool],
    *,
    longest: float = 3600.0,
) -> Page:
    """The answer that says that an export is ready; download it then with the session.

        page = export(
            session,
            ask=lambda: session.post("/exports", {"of": "invoices"}),
            look=lambda page: session.get(f"/exports/{segment(page.data['id'])}"),
            is_ready=lambda page: page.data["state"] == "done",
        )
        yield session.get_linked(page.data["url"])

    Args:
        session: The session, which waits between two looks: a second at first, half a minute at
            last. It ends early when the run is stopped.
        ask: Asks for the export.
        look: Asks how it goes, given the last answer.
        is_ready: Whether an answer says that it is ready. Raise `ProtocolError` where it says that
            the export failed.
        longest: Seconds after which it is given up.

    Raises:
        Unavailable: It was not ready in time.
    """
    page, waited = ask(), 0.0
    for pause in _pauses():
        if is_ready(page):
            return page
        if waited + pause > longest:
            break
        session.wait(pause)
        waited += pause
        page = look(page)
    raise Unavailable(
        f"{session.vendor} did not prepare an export within {waited:.0f} s",
        hint="The next run asks again; if this stays, ask for less at once.",
    )


def _pauses() -> Iterator[float]:
    return chain(_PAUSES, repeat(_PAUSES[-1]))
