"""Exports: asked for, looked at until they are ready, and given up in time."""

from __future__ import annotations

import pytest

from duetrail.errors import Unavailable
from duetrail.http import export


class Session:
    """Waits in no time, and remembers how long."""

    vendor = "Acme"

    def __init__(self):
        self.waits = []

    def wait(self, seconds):
        self.waits.append(seconds)


def exported(states, **more):
    """The state that is last, and the waits before it."""
    session, left = Session(), iter(states)
    found = export(
        session, lambda: next(left), lambda page: next(left), lambda page: page == "done", **more
    )
    return found, session.waits


def test_what_is_ready_is_not_waited_for():
    """The first answer may be the last."""
    assert exported(["done"]) == ("done", [])


def test_it_is_looked_at_ever_more_seldom():
    """A second at first, half a minute at last."""
    states = ["begun", *["going on"] * 6, "done"]
    assert exported(states) == ("done", [1.0, 2.0, 5.0, 10.0, 30.0, 30.0, 30.0])


def test_what_never_gets_ready_is_given_up():
    """In time, with what to do next."""
    with pytest.raises(Unavailable, match="Acme did not prepare an export within 48 s"):
        exported(["going on"] * 99, longest=60.0)


def test_what_failed_is_an_error_at_once():
    """Whoever looks at an answer may raise."""

    def is_ready(page):
        raise ValueError(page)

    with pytest.raises(ValueError, match="failed"):
        export(Session(), lambda: "failed", lambda page: page, is_ready)


def test_a_session_waits_with_its_run(clock, session):
    """The waits of a session are those of its rate limit: injected here, ended by a stop."""
    before = len(clock.waits)
    session.wait(3.0)
    assert sum(clock.waits[before:]) == pytest.approx(3.0)


def test_a_session_waits_as_long_as_an_answer_says(clock, session, vendor):
    """A number with a point in an answer is a `Decimal`, and may be given as it is."""
    vendor.then(200, b'{"again_in":2.5}')
    before = len(clock.waits)
    session.wait(session.get("/exports/1").data["again_in"])
    assert sum(clock.waits[before:]) == pytest.approx(2.5)
