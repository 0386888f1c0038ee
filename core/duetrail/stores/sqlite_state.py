"""What is noted of syncs, in SQLite."""

from __future__ import annotations

import attrs

from duetrail.stores.database import columns_of, marks
from duetrail.stores.observations import Observations
from duetrail.stores.sync_state import StateChanges, SyncState
from duetrail.stores.values import Fingerprint

_FINGERPRINT = columns_of(Fingerprint)


class SqliteSyncState(Observations):
    """See `duetrail.stores.base.Store`."""

    def sync_state(self) -> SyncState:
        found = self._read(f"SELECT {_FINGERPRINT} FROM fingerprints")
        return SyncState(fingerprints={row[0]: Fingerprint(*row) for row in found})

    def put_sync_state(self, changes: StateChanges) -> None:
        self._db.executemany(
            f"INSERT OR REPLACE INTO fingerprints ({_FINGERPRINT}) VALUES ({marks(6)})",
            map(attrs.astuple, changes.fingerprints),
        )
        for query in changes.dropped_checkpoints:
            self._drop_checkpoints(query)
        self._drop_pages(changes.dropped_pages)
        self._forget_documents(changes.unrecognised)
