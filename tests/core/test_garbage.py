"""Garbage is looked for seldom while a sync reads, and as often as before afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import suppress

import pytest

from duetrail.garbage import collect_seldom, collected_seldom


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_after_the_block_it_is_as_before() -> None:
    """Whoever calls Duetrail from a program of theirs keeps their own thresholds, errors or not."""
    gc.set_threshold(500, 5, 5)
    with suppress(ZeroDivisionError), collected_seldom():
        assert gc.get_threshold()[0] > 500
        raise ZeroDivisionError
    assert gc.get_threshold() == (500, 5, 5)


@pytest.mark.parametrize("young", [0, 10**6])
def test_it_is_never_made_more_often(young: int) -> None:
    """Who has turned it off, or has it look more seldom, is left alone."""
    gc.set_threshold(young, 7, 7)
    collect_seldom()
    assert gc.get_threshold() == (young, 7, 7)
