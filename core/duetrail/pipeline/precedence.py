"""Precedence: which of the copies of a record has the word.

One rule, for what a record becomes (merging), what is kept of a page that is dropped (keeping) and
where a value came from (explain): of the copies in one shape the one that still stands, then the
one with the greatest version, then with the greater hash; of the shapes the one of the highest
rank, then of the greatest version. A copy that is lost has no word while another stands.
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
    """The copies of a record that have a word in it, one a shape, the first word first.

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
