"""What a store notes of syncs beside what they brought: small, and written apart from records."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from attrs import Factory, frozen

from duetrail.model import Ref
from duetrail.stores.queries import CheckpointQuery
from duetrail.stores.values import Fingerprint


@frozen
class SyncState:
    """What is noted.

    Attributes:
        fingerprints: The account that the data of each connection comes from, where it was noted.
    """

    fingerprints: Mapping[str, Fingerprint] = Factory(dict)


@frozen(kw_only=True)
class StateChanges:
    """What is to be noted, or forgotten.

    Attributes:
        fingerprints: Accounts that the data of connections comes from.
        dropped_checkpoints: Shards that count as never read.
        dropped_pages: Pages that go although observations refer to them, each with what no field
            has a home for, as JSON; None where that was noted. No later page gets their numbers.
        unrecognised: Records whose documents are mapped when they are seen next, whatever their
            bytes; None for all documents.
    """

    fingerprints: Collection[Fingerprint] = ()
    dropped_checkpoints: Collection[CheckpointQuery] = ()
    dropped_pages: Mapping[int, str | None] = Factory(dict)
    unrecognised: Collection[Ref] | None = ()
