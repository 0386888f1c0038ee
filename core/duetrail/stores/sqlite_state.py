"""What is noted of syncs, in SQLite."""

from __future__ import annotations

import attrs

from duetrail.stores.database import columns_of
from duetrail.stores.observations import Observations
from duetrail.stores.schema.statements import insert_new, upsert
from duetrail.stores.sync_state import StateChanges, SyncState
from duetrail.stores.values import Fingerprint, Suppressed, Withheld

_FINGERPRINT = columns_of(Fingerprint)
_SUPPRESSED = columns_of(Suppressed)
_WITHHELD = columns_of(Withheld)


class SyncStates(Observations):
    """See `duetrail.stores.base.Store`."""

    def sync_state(self) -> SyncState:
        fingerprints = self._read(f"SELECT {_FINGERPRINT} FROM fingerprints")
        withheld = self._read(f"SELECT {_WITHHELD} FROM withheld ORDER BY {_WITHHELD}")
        suppressed = self._read(f"SELECT {_SUPPRESSED} FROM suppressed ORDER BY kind, size, hash")
        return SyncState(
            fingerprints={row[0]: Fingerprint(*row) for row in fingerprints},
            withheld=[Withheld(*row) for row in withheld],
            suppressed=[Suppressed(*row) for row in suppressed],
            is_erasing=bool(self._read("SELECT pending FROM erasures")),
        )

    def put_sync_state(self, changes: StateChanges) -> None:
        fingerprints = map(attrs.astuple, changes.fingerprints)
        self._write(upsert("fingerprints", _FINGERPRINT), fingerprints)
        self._write(
            "DELETE FROM withheld "
            "WHERE connection = ? AND resource = ? AND record = ? AND id = ? AND run = ?",
            changes.released,
        )
        self._write(upsert("withheld", _WITHHELD), changes.withheld)
        for query in changes.dropped_checkpoints:
            self._drop_checkpoints(query)
        self._drop_pages(changes.dropped_pages)
        self._forget_documents(changes.unrecognised)
        suppressed = map(attrs.astuple, changes.suppressed)
        self._write(insert_new("suppressed", _SUPPRESSED), suppressed)
        if changes.is_erasing is not None:
            self._read("DELETE FROM erasures")
        if changes.is_erasing:
            self._read("INSERT INTO erasures (pending) VALUES (1)")
        for table, column in changes.indexes:
            self._put_index(table, column)

    def _put_index(self, table: str, column: str) -> None:
        """Make an index unless there is one that begins so, whatever it is called."""
        listed = (
            f"SELECT count(*) FROM pragma_index_list('{table}') AS known WHERE "
            + " AND ".join(
                f"(SELECT name FROM pragma_index_info(known.name) WHERE seqno = {at}) = ?"
                for at in range(2)
            )
        )
        ((count,),) = self._read(listed, ("connection", column))
        if not count:
            self._read(f"CREATE INDEX {table}_by_{column}_too ON {table} (connection, {column})")
