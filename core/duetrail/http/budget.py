"""The budget of a credential, shared by all processes of one user on one machine.

A small file per credential says when the next request may start and until when all wait. It holds
no secret, lives in the user's own runtime folder, and is gone when that is. Where no such folder
can be had, each process keeps the limits by itself.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, frozen

from duetrail.errors import ConfigError

if TYPE_CHECKING:
    from filelock import FileLock

# A permit is not yet an arrival: the way to the vendor takes longer for some requests than for
# others, so a window a little wider than promised keeps the promise at the other end as well.
_MARGIN = 1.05

# Seconds; a turn that lies farther ahead was written by a clock that has been set back since.
_FARTHEST = 600.0

# Bytes.
_SALT = 32


@frozen
class Turns:
    """What the file says, in seconds since 1970.

    Attributes:
        next: When the next request may start.
        paused_until: Until when everybody waits.
    """

    next: float = 0.0
    paused_until: float = 0.0


@define
class Budget:
    """The shared budget of one credential. Used under its governor's lock.

    Args:
        path: Its file.
        seconds: Seconds between two starts; None where no limit is known.
        clock: Seconds since 1970; for tests.
    """

    path: Path
    seconds: float | None
    clock: Callable[[], float] = time.time
    _seen: int = -1
    _known: Turns = Turns()

    def limit(self, requests_per_second: float) -> None:
        """Keep this limit as well: the strictest counts."""
        self.seconds = max(self.seconds or 0.0, _distance(requests_per_second) or 0.0)

    def seconds_to_go(self) -> float:
        """Zero, and a turn is taken; or how long to wait before asking again."""
        now = self.clock()
        if self.seconds is None:
            return max(0.0, self._glance().paused_until - now)
        with self._lock():
            turns = self._read(now)
            begin = max(turns.next, turns.paused_until)
            if begin > now:
                return begin - now
            self._write(Turns(now + self.seconds, turns.paused_until))
            return 0.0

    def pause(self, seconds: float) -> None:
        """Have everybody wait this long from now; of several pauses the latest end counts."""
        with self._lock():
            turns = self._read(self.clock())
            until = max(turns.paused_until, self.clock() + seconds)
            self._write(Turns(turns.next, until))

    def _glance(self) -> Turns:
        """What the file says, read only where it has changed."""
        try:
            stamp = self.path.stat().st_mtime_ns
        except OSError:
            return Turns()
        if stamp != self._seen:
            self._seen, self._known = stamp, self._read(self.clock())
        return self._known

    def _read(self, now: float) -> Turns:
        try:
            begin, until = json.loads(self.path.read_text())
            turns = Turns(float(begin), float(until))
        except (OSError, ValueError, TypeError):
            return Turns()
        # A slow rate has its turns far ahead, and rightly so.
        slowest = max(_FARTHEST, 2 * (self.seconds or 0.0))
        return Turns(
            turns.next if turns.next < now + slowest else 0.0,
            turns.paused_until if turns.paused_until < now + _FARTHEST else 0.0,
        )

    def _write(self, turns: Turns) -> None:
        # Whole or not at all: who reads without the lock must not meet half of it.
        with suppress(OSError):
            draft = self.path.with_suffix(f".{os.getpid()}")
            draft.write_text(json.dumps([turns.next, turns.paused_until]))
            draft.replace(self.path)

    def _lock(self) -> FileLock:
        from filelock import FileLock

        return FileLock(self.path.with_suffix(".lock"), mode=0o600)


def shared(owner: object, requests_per_second: float | None) -> Budget | None:
    """The budget of a credential; None where this user has no folder of their own.

    Args:
        owner: What tells the credential from others, plain in `repr`; it may hold the secret, of
            which nothing is kept but a keyed hash.
        requests_per_second: The limit in force; None where unknown.
    """
    folder = _folder()
    salt = None if folder is None else _salt(folder)
    if folder is None or salt is None:
        return None
    name = blake2b(repr(owner).encode(), key=salt, digest_size=16).hexdigest()
    return Budget(folder / name, _distance(requests_per_second))


def _distance(requests_per_second: float | None) -> float | None:
    """Seconds between two starts at this rate."""
    if requests_per_second is None:
        return None
    starts, seconds = window(requests_per_second)
    return seconds / starts


def window(requests_per_second: float) -> tuple[int, float]:
    """How many starts a window of how many seconds may hold.

    Raises:
        ConfigError: The rate is not above 0.
    """
    if not requests_per_second > 0:
        raise ConfigError(
            f"requests_per_second is {requests_per_second:g}, and must be above 0",
            hint="Leave it out where the vendor announces no limit.",
        )
    starts = max(1, floor(requests_per_second))
    return starts, max(1.0, 1 / requests_per_second) * _MARGIN


def _salt(folder: Path) -> bytes | None:
    """The key of the names in a folder, made by whoever comes first; None where it cannot be kept.

    Without it a name in a backup, a log or a listing would tell whether a guessed password is the
    right one. Whoever reads the salt is this user, who has the secret anyway; and it goes with the
    folder.
    """
    from filelock import FileLock

    file = folder / "salt"
    try:
        with FileLock(folder / "salt.lock", mode=0o600):
            if not file.exists():
                draft = folder / f"salt.{os.getpid()}"
                draft.touch(mode=0o600)
                draft.write_bytes(secrets.token_bytes(_SALT))
                draft.replace(file)
            salt = file.read_bytes()
    except OSError:
        return None
    return salt if len(salt) == _SALT else None


def _folder() -> Path | None:
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    user = os.getuid() if hasattr(os, "getuid") else "user"
    folder = Path(runtime or tempfile.gettempdir()) / f"duetrail-{user}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        facts = folder.stat(follow_symlinks=False)
    except OSError:
        return None
    # Somebody else's folder of that name could be used to slow us down, or to watch us.
    is_ours = not hasattr(os, "getuid") or (facts.st_uid == user and not facts.st_mode & 0o077)
    return folder if is_ours and not folder.is_symlink() else None
