"""Errors: what happened, what to do next, and how a command ends."""

import inspect

import pytest

from duetrail import errors
from duetrail.errors import (
    BadItem,
    DuetrailError,
    FetchError,
    RateLimited,
    StoreError,
    Unavailable,
    UsageError,
    did_you_mean,
)

EVERY = [one for _, one in inspect.getmembers(errors, inspect.isclass)]


def test_an_error_reads_as_what_happened_and_what_to_do():
    """An error reads as what happened, and in the next line what to do."""
    assert str(StoreError("it is full", hint="Free some space.")) == (
        "it is full\n  Free some space."
    )
    assert str(StoreError("it is full")) == "it is full"


@pytest.mark.parametrize("error", EVERY)
def test_one_root(error):
    """Whoever catches the root catches everything, and gets message and hint."""
    one = error("what")
    assert isinstance(one, DuetrailError)
    assert (one.message.split(" at ")[0], one.hint) == ("what", "")


@pytest.mark.parametrize("error", EVERY)
def test_exit_codes(error):
    """Wrong usage, configuration and secrets end with 2, everything else with 1."""
    assert error.exit_code == (2 if issubclass(error, UsageError) else 1)


@pytest.mark.parametrize("error", EVERY)
def test_the_tree_is_drawn(error):
    """The module's drawing of the tree has every error, below its parent."""
    drawn = [line.split()[0] for line in errors.__doc__.splitlines() if line.startswith("    ")]
    places = {name: i for i, name in reversed(list(enumerate(drawn)))}
    parent = error.__mro__[1].__name__
    assert parent == "Exception" or places[parent] < places[error.__name__]


def test_an_error_of_a_request_carries_facts_for_support():
    """An error of a request carries the facts its vendor's support will ask for."""
    one = FetchError("no", status=500, code="E7", request_id="r-1")
    assert (one.status, one.code, one.request_id) == (500, "E7", "r-1")


def test_rate_limited():
    """A refusal for haste says how long to wait, and is one of those that pass."""
    one = RateLimited("slower", retry_after=2.5, status=429, hint="Wait.")
    assert isinstance(one, Unavailable)
    assert (one.retry_after, one.status, one.hint) == (2.5, 429, "Wait.")


def test_bad_item():
    """A bad item says what is wrong and where in it."""
    one = BadItem("expected text, got null", path="$.id")
    assert (one.reason, one.path) == ("expected text, got null", "$.id")
    assert str(one) == "expected text, got null at $.id"


@pytest.mark.parametrize(
    ("word", "hint"),
    [("invoises", "Did you mean 'invoices'?"), ("x", "There are two."), ("", "There are two.")],
)
def test_the_nearest_word_is_offered(word: str, hint: str) -> None:
    """A misspelt word is answered with the one that was meant, any other with what there is."""
    assert did_you_mean(word, iter(["calls", "invoices"]), "There are two.") == hint
