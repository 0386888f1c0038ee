"""Rate limits in a PostgreSQL store: one bucket a credential, for all machines that use the store.

Whoever wants to send takes the next start time by one statement, by the server's clock, and sleeps
until then. Nothing is held meanwhile, so a process that dies blocks nobody. The rules are those of
`duetrail.http.slots`.
"""

from __future__ import annotations

import threading
from hashlib import pbkdf2_hmac
from secrets import token_bytes
from typing import TYPE_CHECKING, Any

from duetrail.http.slots import LATE, boot_clock, interval_of
from duetrail.stores.postgres.connecting import Place, connect, errors_of

if TYPE_CHECKING:
    import psycopg

# Whoever reads the store should not find out by a few guesses whether a password is the right one.
_ROUNDS = 100_000
_SALT = 16

_TABLE = (
    "CREATE TABLE IF NOT EXISTS duetrail_rates (owner bytea PRIMARY KEY, salt bytea, "
    "taken float8 NOT NULL DEFAULT 0, start float8 NOT NULL DEFAULT 0, "
    "next float8 NOT NULL DEFAULT 0, paused_until float8 NOT NULL DEFAULT 0, "
    "strict float8 NOT NULL DEFAULT 0, strict_until float8 NOT NULL DEFAULT 0)"
)
_NOW = "CAST(extract(epoch FROM clock_timestamp()) AS float8)"

# `strict` is the largest distance of starts that a process asked for, until its last start is a
# minute ago. A time that lies too far ahead comes from a clock that was set back.
_TAKE = f"""
UPDATE duetrail_rates AS r SET (taken, start, next, strict, strict_until) = (
  SELECT f.now, f.start, f.start + greatest(f.gap, %(gap)s), f.gap,
    CASE WHEN f.gap = %(own)s THEN greatest(f.start, f.now) + greatest(60, f.gap)
      ELSE r.strict_until END
  FROM (
    SELECT w.now, w.gap, greatest(
      w.now - {LATE},
      CASE WHEN r.next < w.now + greatest(60, 100 * w.gap) THEN r.next ELSE 0 END,
      CASE WHEN r.paused_until < w.now + 600 THEN r.paused_until ELSE 0 END
    ) AS start
    FROM (
      SELECT c.now, greatest(%(own)s, CASE WHEN c.now < r.strict_until THEN r.strict ELSE 0 END)
        AS gap
      FROM (SELECT {_NOW} AS now OFFSET 0) AS c OFFSET 0
    ) AS w OFFSET 0
  ) AS f
) WHERE owner = %(owner)s RETURNING start - taken, next - taken, start, next
"""
_NEW = "INSERT INTO duetrail_rates (owner) VALUES (%(owner)s) ON CONFLICT DO NOTHING"
_LOOK = (
    f"SELECT CASE WHEN now < strict_until THEN strict ELSE 0 END, paused_until - now "
    f"FROM duetrail_rates, (SELECT {_NOW} AS now) AS clock WHERE owner = %(owner)s"
)
_PAUSE = (
    f"UPDATE duetrail_rates SET paused_until = greatest(paused_until, {_NOW} + %(seconds)s) "
    "WHERE owner = %(owner)s"
)
_GIVE_BACK = (
    "UPDATE duetrail_rates SET next = %(start)s WHERE owner = %(owner)s AND next = %(behind)s"
)


class StoreBudgets:
    """Makes the budgets of credentials (see `duetrail.http.budget.MakesBudget`).

    They share one connection to the server, which is opened when the first is made.

    Args:
        place: Where the store is.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._db: psycopg.Connection[Any] | None = None
        self._lock = threading.Lock()
        self._salt = b""

    def __call__(self, owner: object, requests_per_second: float | None) -> StoreBudget:
        """The budget of a credential, of which nothing is kept but a keyed hash."""
        interval = interval_of(requests_per_second)
        if not self._salt:
            self._make_table()
        key = pbkdf2_hmac("sha256", repr(owner).encode(), self._salt, _ROUNDS)
        return StoreBudget(self, key, interval)

    def run(self, sql: str, **values: Any) -> list[Any]:
        """Run one statement; its rows. Any thread may.

        Raises:
            StoreError: The server cannot be used.
        """
        with self._lock, errors_of(self._place):
            if self._db is None:
                self._db = connect(self._place)
            cursor = self._db.execute(sql, values)
            return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            if self._db is not None:
                self._db.close()

    def _make_table(self) -> None:
        if self.run("SELECT to_regclass('duetrail_rates') IS NULL")[0][0]:
            # In one transaction, one process at a time.
            self.run(
                "DO $$ BEGIN PERFORM pg_advisory_xact_lock(hashtext('duetrail: opening')); "
                f"{_TABLE}; END $$"
            )
        self.run(
            "INSERT INTO duetrail_rates (owner, salt) VALUES ('', %(salt)s) ON CONFLICT DO NOTHING",
            salt=token_bytes(_SALT),
        )
        self._salt = self.run("SELECT salt FROM duetrail_rates WHERE owner = ''")[0][0]


class StoreBudget:
    """The start times of one credential (see `duetrail.http.budget.RateBudget`).

    Times are those of this machine's clock since boot; only distances come from the server's.

    Args:
        budgets: Asks the store.
        owner: The credential's hash.
        interval: Seconds between two starts; 0 where no limit is known.
    """

    def __init__(self, budgets: StoreBudgets, owner: bytes, interval: float) -> None:
        self._budgets = budgets
        self._owner = owner
        self._interval = interval
        self._taken: tuple[float, float, float] | None = None

    def limit(self, requests_per_second: float) -> None:
        """See `RateBudget`."""
        self._interval = max(self._interval, interval_of(requests_per_second))

    def take(self, now: float, gap: float = 0.0) -> tuple[float, float]:
        """See `RateBudget`."""
        if not (self._interval or gap):
            (strict, paused), asked = self._ask(_LOOK)
            if not strict:
                return max(now, asked + paused), 0.0
        (wait, more, start, behind), asked = self._ask(_TAKE, own=self._interval, gap=gap)
        self._taken = (asked + more, start, behind)
        return asked + wait, asked + more

    def give_back(self, now: float, start: float, behind: float) -> None:
        """See `RateBudget`."""
        if behind and self._taken is not None and self._taken[0] == behind:
            _, first, second = self._taken
            self._budgets.run(_GIVE_BACK, owner=self._owner, start=first, behind=second)

    def pause(self, now: float, seconds: float) -> None:
        """See `RateBudget`."""
        self._ask(_LOOK)  # there is a row
        self._budgets.run(_PAUSE, owner=self._owner, seconds=seconds)

    def paused_until(self, now: float) -> float:
        """See `RateBudget`."""
        (_, paused), asked = self._ask(_LOOK)
        return asked + paused if paused < 600 else now

    def _ask(self, sql: str, **values: float) -> tuple[Any, float]:
        """A row, and when by this machine's clock the server made it: in the middle, about."""
        while True:
            before = boot_clock()
            rows = self._budgets.run(sql, owner=self._owner, **values)
            if rows:
                return rows[0], (before + boot_clock()) / 2
            self._budgets.run(_NEW, owner=self._owner)  # the first time, or somebody tidied up
