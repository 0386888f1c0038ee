"""Precedence: which of several differing copies of a record counts.

The same rule for merging copies, for what is kept of a dropped page, and for `explain`. Within a
shape: a copy that is still there, then the greatest version, then the greater hash. Between shapes:
the highest rank, then the greatest version. A lost copy counts only if no other is there.
"""

from __future__ import annotations

from attrs import frozen

from duetrail.model import BY_TABLE, Ref
from duetrail.source import Connection, Resource, Shape
from duetrail.stores import Copy, Store


@frozen
class Candidate:
    """The best copy of a record in one shape.

    Attributes:
        resource: The resource it was seen in.
        shape: The shape it was seen in.
        copy: The copy.
    """

    resource: Resource
    shape: Shape
    copy: Copy


def ranked(store: Store, connection: Connection, ref: Ref) -> list[Candidate]:
    """The copies of a record that count, at most one for each shape, in order of precedence.

    Args:
        store: Where they are.
        connection: The record's own.
        ref: The record.
    """
    found = [
        Candidate(resource, shape, copy)
        for resource, shape in connection.source.shapes_of(BY_TABLE[ref.record])
        if (copy := store.best_copy(ref, resource.name, shape.name)) is not None
    ]
    standing = [one for one in found if not one.copy.lost] or found
    return sorted(standing, key=lambda one: (one.shape.rank, one.copy.version), reverse=True)


def carries(shape: Shape, field: str) -> bool:
    """Whether a shape says anything about a field."""
    return shape.carries is None or field in shape.carries
