"""Choosing: of the candidates on a page those that their shapes are for (see `Shape.where`)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Protocol, TypeVar

from duetrail.declared.where import Where
from duetrail.pipeline.places import Place
from duetrail.source import Shape
from duetrail.wire.projecting import projector


class Candidate(Protocol):
    """What is asked of a candidate (see `duetrail.pipeline.items.Found`)."""

    place: Place
    path: str
    wrong: str

    @property
    def parent(self) -> Any:
        """The candidate around it."""

    @property
    def raw(self) -> Any:
        """What stands there, as parsed JSON."""

    def parts(self, read: Callable[[Any], Any]) -> Any:
        """What is read of its bytes; None where that cannot be had."""


C = TypeVar("C", bound=Candidate)


def chosen(founds: list[C]) -> tuple[list[C], int]:
    """The candidates that their shapes are for, and how many objects no shape is for.

    What stands inside an object that a shape is not for is none of that shape's, either.

    Args:
        founds: All of them, outer ones before those inside them.
    """
    if not any(found.place.shape.where for found in founds):
        return founds, 0
    kept: list[C] = []
    others: set[C] = set()
    left: set[str] = set()
    for found in founds:
        if found.parent in others:
            others.add(found)
        elif _is_meant(found):
            kept.append(found)
        else:
            others.add(found)
            left.add(found.path)
    return kept, len(left.difference(found.path for found in kept))


def _is_meant(found: Candidate) -> bool:
    shape = found.place.shape
    if not shape.where or found.wrong:
        return True
    where, read = _asked(shape)
    try:
        seen = found.parts(read)
    except Exception:  # there is something to judge about its keys
        seen = None
    return where.holds_in(found.raw if seen is None else seen)


@cache
def _asked(shape: Shape) -> tuple[Where, Callable[[Any], Any]]:
    """What a shape asks for, and what reads no more than that of an object's bytes."""
    where = Where.of(shape.where)
    try:
        return where, projector(tuple(f"$.{key}" for key in where.wanted))
    except ValueError:  # a key with a blank, say
        return where, lambda body: None
