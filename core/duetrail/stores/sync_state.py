"""What a store notes of syncs beside what they brought: small, and written apart from records."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from duetrail.model import Ref
from duetrail.stores.queries import CheckpointQuery
from duetrail.stores.values import Fingerprint, Suppressed, Withheld


class SyncState(Struct, frozen=True):
    """What is noted.

    Attributes:
        fingerprints: The account that the data of each connection comes from, where it was noted.
        withheld: Records whose absence the next reading of their resource has to confirm, sorted.
        suppressed: Whom to keep out, in order.
        is_erasing: Whether an erasure was begun that did not come to its end.
    """

    fingerprints: Mapping[str, Fingerprint] = {}
    withheld: Sequence[Withheld] = ()
    suppressed: Sequence[Suppressed] = ()
    is_erasing: bool = False


class StateChanges(Struct, frozen=True, kw_only=True):
    """What is to be noted, or forgotten.

    Attributes:
        fingerprints: Accounts that the data of connections comes from.
        dropped_checkpoints: Shards that count as never read.
        dropped_pages: Pages that go although observations refer to them, each with what no field
            has a home for, as JSON; None where that was noted. No later page gets their numbers.
        unrecognised: Records whose documents are mapped when they are seen next, whatever their
            bytes; None for all documents.
        withheld: Records that a reading did not show, without marking them.
        released: Withheld records that are that no more.
        suppressed: Whom else to keep out.
        is_erasing: Whether an erasure begins, or came to its end; None where that is as before.
        indexes: Columns of record tables, as (table, column), that are kept in order within each
            connection from now on, so that their values are read without a search.
    """

    fingerprints: Collection[Fingerprint] = ()
    dropped_checkpoints: Collection[CheckpointQuery] = ()
    dropped_pages: Mapping[int, str | None] = {}
    unrecognised: Collection[Ref] | None = ()
    withheld: Collection[Withheld] = ()
    released: Collection[Withheld] = ()
    suppressed: Collection[Suppressed] = ()
    is_erasing: bool | None = None
    indexes: Collection[tuple[str, str]] = ()
