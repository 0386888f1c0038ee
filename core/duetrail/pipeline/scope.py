"""Scope: how much a run is to read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from msgspec import Struct, field

from duetrail.errors import UsageError
from duetrail.stores import Checkpoint, moment


def _now() -> datetime:
    return datetime.now(UTC)


_stored = lru_cache(maxsize=1)(moment)  # it is asked for each key


class Scope(Struct, frozen=True, kw_only=True):
    """How much a run is to read.

    Attributes:
        full: Everything, whatever was read before.
        since: What happened from then on, where a vendor can be asked so; None for no such bound.
        until: What happened before then, likewise; None for no such bound.
        limit: Items of each resource after which it stops; None for all.
        now: When the run began.
        resumed: The interrupted run this one goes on from; None for none.
        accept_absences: Whether to mark as absent what a complete reading misses, however much.
    """

    full: bool = False
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None
    now: datetime = field(default_factory=_now)
    resumed: int | None = None
    accept_absences: bool = False

    @property
    def is_window(self) -> bool:
        """Whether only a stretch of time is to be read."""
        return self.since is not None or self.until is not None

    def days_ago(self, days: float) -> datetime:
        """So many days before the run began; of more days than there are, the first of all."""
        try:
            return self.now - timedelta(days=days)
        except OverflowError:
            return datetime.min.replace(tzinfo=UTC)

    def is_ahead(self, point: Checkpoint) -> bool:
        """Whether it was noted under a clock that was ahead: how old it is cannot be known."""
        return point.at > _stored(self.now)


def scope_of(
    full: bool,
    since: datetime | None,
    limit: int | None,
    now: datetime | None,
    until: datetime | None = None,
) -> Scope:
    """How much a run is to read, by what the user said.

    Raises:
        UsageError: It contradicts itself, or lies in the future.
    """
    if full and (since is not None or until is not None):
        raise UsageError("to read everything, and only a stretch of time, exclude each other")
    if limit is not None and limit < 1:
        raise UsageError("a limit is at least 1 item")
    for name, given in (("since", since), ("until", until), ("now", now)):
        if given is not None and given.tzinfo is None:
            raise UsageError(f"`{name}` must be a time with a zone")
    now = now or datetime.now(UTC)
    if since is not None and since > now:
        raise UsageError(
            f"nothing can have happened since {since.isoformat()}, a time in the future",
            hint=f"Give one before {now.isoformat(timespec='seconds')}, the time of this machine.",
        )
    if since is not None and until is not None and since >= until:
        raise UsageError(
            f"nothing lies between {since.isoformat()} and {until.isoformat()}",
            hint="What happened from the first on is read, up to the second, which is excluded.",
        )
    return Scope(full=full, since=since, until=until, limit=limit, now=now)
