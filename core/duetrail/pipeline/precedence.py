"""Precedence: which of several differing observations of a record counts.

The same rule for merging, for what is kept of a dropped page, and for `explain`. Within a shape: an
observation that is not missing, then the greatest version, then the greater hash. Between shapes:
the highest rank, then the greatest version. A missing one counts only if no other is there.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from duetrail.model import BY_TABLE, Ref
from duetrail.source import Connection, Resource, Shape
from duetrail.stores import Observation


class Candidate(Struct, frozen=True):
    """The best observation of a record in one shape.

    Attributes:
        resource: The resource it was seen in.
        shape: The shape it was seen in.
        observation: The observation.
    """

    resource: Resource
    shape: Shape
    observation: Observation


def ranked(
    connection: Connection, ref: Ref, observations: Iterable[Observation]
) -> list[Candidate]:
    """The observations of a record that count, at most one for each shape, in order of precedence.

    Args:
        connection: The record's own.
        ref: The record.
        observations: All of them.
    """
    best: dict[tuple[str, str], Observation] = {}
    for one in observations:
        place = (one.resource, one.shape)
        best[place] = max(best.get(place, one), one, key=_worth)
    found = [
        Candidate(resource, shape, best[resource.name, shape.name])
        for resource, shape in connection.source.shapes_of(BY_TABLE[ref.record])
        if (resource.name, shape.name) in best
    ]
    standing = [one for one in found if not one.observation.missing] or found
    return sorted(standing, key=lambda one: (one.shape.rank, one.observation.version), reverse=True)


def carries(shape: Shape, field: str) -> bool:
    """Whether a shape says anything about a field."""
    return shape.carries is None or field in shape.carries


def _worth(one: Observation) -> tuple[bool, str, bytes]:
    return (not one.missing, one.version, one.hash)
