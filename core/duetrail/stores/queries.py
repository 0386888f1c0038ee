"""What a store is asked: small values, each a table's rows and which of them.

What is not given does not count, so a query without arguments means everything. An empty list is
something else than none: nothing is in it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from duetrail.stores.values import RejectKey


class RejectQuery(NamedTuple):
    """Open rejects.

    Attributes:
        connection: Whose.
        resource: Of which resource.
        shards: Those that came with one of these shards.
        keys: Those that are told from others so.
        unseen_since: Those that no run from this one on has met.
        is_answered: Those whose key was answered in a later run without them.
    """

    connection: str | None = None
    resource: str | None = None
    shards: Collection[str] | None = None
    keys: Collection[RejectKey] | None = None
    unseen_since: int | None = None
    is_answered: bool = False


EVERY_REJECT = RejectQuery()
