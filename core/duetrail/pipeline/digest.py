"""The digest: one number for what a store says, however it came to say it.

Over the sorted rows of records and their children, links and open rejects. Left out are runs,
pages, checkpoints, our own times and plugin versions, so that one worker and sixteen, a full and an
incremental run, an interrupted and an uninterrupted one can be compared. So are records that are
absent: a store that began later would never have seen them.
"""

from __future__ import annotations

from hashlib import sha256

import msgspec

from duetrail.stores import Store


def digest(store: Store) -> str:
    """The SHA-256 of a store's content, as hexadecimal digits."""
    total = sha256()
    for line in store.content():
        total.update(msgspec.json.encode(line))
        total.update(b"\n")
    return total.hexdigest()
