"""What a failed test says: what is wrong, where, what to do, and which page explains it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NoReturn

import pytest

from duetrail.model import Money

GUIDE = {
    "absence": ("docs/contract-suite.md", "What the class takes"),
    "auth": ("docs/contract.md", "Authentication"),
    "cassettes": ("docs/contract-suite.md", "The recording"),
    "cursor": ("docs/guide.md", "Only what is new"),
    "declaration": ("docs/guide.md", "The declaration"),
    "errors": ("docs/guide.md", "Errors to raise"),
    "faults": ("docs/testing.md", "Faults"),
    "fetch": ("docs/guide.md", "The pages"),
    "hooks": ("docs/guide.md", "The hooks"),
    "install": ("docs/guide.md", "Try it"),
    "known": ("docs/contract-suite.md", "What nobody but you knows"),
    "links": ("docs/contract.md", "link"),
    "money": ("docs/contract.md", "Money.from_minor"),
    "network": ("docs/contract-suite.md", "Where the network is blocked"),
    "oauth2": ("docs/guide.md", "OAuth2"),
    "numbers": ("docs/contract.md", "Paginators"),
    "records": ("docs/guide.md", "The records"),
    "wire": ("docs/guide.md", "The vendor's objects"),
    "words": ("docs/contract.md", "canonical"),
}
"""Where the guide explains a subject: the page and the heading on it."""

# More places are a number: the first ones tell an author where to look.
_MOST = 8


def fail(what: str, subject: str, *, where: Iterable[str] = (), do: str = "") -> NoReturn:
    """Fail the test.

    Args:
        what: What is wrong, as a sentence.
        subject: What the guide is to be read about, of `GUIDE`.
        where: The places: resource, item, JSON path.
        do: What to do next.
    """
    places = list(where)
    lines = [what, *(f"  at {place}" for place in places[:_MOST])]
    if len(places) > _MOST:
        lines.append(f"  and at {len(places) - _MOST} more")
    if do:
        lines.append(f"To do: {do}")
    page, heading = GUIDE[subject]
    lines.append(f"To read: {page}, {heading!r}")
    pytest.fail("\n".join(lines), pytrace=False)


def expect_none(where: Collection[str], what: str, subject: str, *, do: str = "") -> None:
    """Fail the test if there is any place at which something is wrong; as for `fail`."""
    if where:
        fail(what, subject, where=where, do=do)


def skip(why: str) -> NoReturn:
    """Say that a test does not apply, and why."""
    pytest.skip(why)


def money_text(money: Money) -> str:
    """An amount as it is shown in a message; minor units where it has no others."""
    return f"{money.amount if money.amount is not None else money.minor} {money.currency or ''}"
