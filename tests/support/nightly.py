"""A push proves each mechanism once; the nightly run proves the product of all mechanisms.

`DUETRAIL_NIGHTLY=1` runs everything, as `.ci/nightly` does; so does `DUETRAIL_WRITE_DOCS=1`, since
pages tell of everything that was tried. Without them tests marked `nightly` are deselected.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

NIGHTLY = "1" in (os.environ.get("DUETRAIL_NIGHTLY"), os.environ.get("DUETRAIL_WRITE_DOCS"))
"""Whether everything is to be tried."""

nightly = pytest.mark.nightly
"""The mark of a test, or of a case, that a push leaves out."""


def examples(push: int, whole: int) -> int:
    """How many examples a property test draws.

    Args:
        push: In a run before a push.
        whole: In the nightly run.
    """
    return whole if NIGHTLY else push


def product(*lists: Sequence[Any]) -> list[Any]:
    """Every combination, for `parametrize`; in a push each value of each list is in one of them.

    A push tries as many combinations as the longest list has values.
    """
    longest = max(map(len, lists))
    kept = {tuple(at % len(values) for values in lists) for at in range(longest)}
    return [
        pytest.param(
            *(values[i] for values, i in zip(lists, at, strict=True)),
            marks=() if at in kept else nightly,
        )
        for at in itertools.product(*(range(len(values)) for values in lists))
    ]


def at_push(cases: Iterable[Any], *kept: Any) -> list[Any]:
    """All cases, for `parametrize`; a push tries those that are named, and none of the others."""
    return [case if case in kept else _marked(case) for case in cases]


def first(count: int, cases: Iterable[Any]) -> list[Any]:
    """All cases, for `parametrize`; a push tries the first ones, and none of the others."""
    return [case if at < count else _marked(case) for at, case in enumerate(cases)]


def _marked(case: Any) -> Any:
    """A case of one value, or of a tuple of them."""
    return pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=nightly)
