"""Whether anything was ever stored of a connection, or of a part of it."""

from __future__ import annotations

from duetrail.stores import ObservationQuery, Store


def was_seen(
    store: Store, connection: str, resource: str | None = None, shape: str | None = None
) -> bool:
    """Whether anything of a connection, of a resource or of a shape was ever stored.

    What is missing by now was seen all the same.
    """
    shapes = None if shape is None else [shape]
    asked = ObservationQuery(connection=connection, resource=resource, shapes=shapes, most=1)
    return any(True for _ in store.observations(asked))
