"""The private folder through which the processes of a user share rate limits.

It has a file per credential, without a secret in it; see `duetrail.http.slots`.
"""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path

from duetrail.http.slots import SharedRateLimit, Slots, warn_unshared

# Bytes.
_SALT = 32
# Seconds; each start of the machine leaves some files of a few bytes.
_OLD = 30 * 86_400.0

_log = logging.getLogger(__name__)


def shared(owner: object, requests_per_second: float | None) -> Slots:
    """The start times of a credential: for all processes of this user, or else for this one.

    Args:
        owner: What tells the credential from others, plain in `repr`; it may hold the secret, of
            which nothing is kept but a keyed hash.
        requests_per_second: The limit in force; None where unknown.

    Raises:
        ConfigError: The rate is not above 0.
    """
    folders = list(_folders())
    for folder in folders:
        with suppress(OSError):
            if _is_private(folder):
                return SharedRateLimit(folder / _name(folder, owner), requests_per_second)
    if folders and requests_per_second is not None:  # without a limit there is little to share
        warn_unshared(
            f"none of {', '.join(map(str, folders))} is a private folder that can be written"
        )
    return Slots(requests_per_second)


def private_folder() -> Path | None:
    """The folder that the processes of this user share; None where there is none."""
    for folder in _folders():
        with suppress(OSError):
            if _is_private(folder):
                return folder
    return None


def _folders() -> Iterator[Path]:
    """Possible folders, best first; a process from cron and one from a shell get the same."""
    if find_spec("fcntl") is None or find_spec("pwd") is None:
        return
    chosen = os.environ.get("DUETRAIL_LIMITS_DIR")
    if chosen is not None:
        if chosen:  # empty: each process by itself
            yield Path(chosen)
        return
    import pwd

    with suppress(KeyError):  # a container's user may have no name
        home = Path(pwd.getpwuid(os.getuid()).pw_dir)
        if home.is_dir():
            yield home / ".local" / "state" / "duetrail" / "limits"
    for place in ("/var/tmp", "/dev/shm"):
        yield Path(place, f"duetrail-{os.getuid()}")


def _is_private(folder: Path) -> bool:
    """Make the folder; whether no other user may read or write there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    facts = folder.stat(follow_symlinks=False)
    return facts.st_uid == os.getuid() and not facts.st_mode & 0o077 and not folder.is_symlink()


def _name(folder: Path, owner: object) -> str:
    """The name of a credential's file, of this start of the machine."""
    key = _salt(folder / "salt")
    name = blake2b(repr((owner, _boot())).encode(), key=key, digest_size=16).hexdigest()
    if not (folder / name).exists():  # only where one is added: each look costs a moment
        _tidy(folder)
    return name


def _salt(file: Path) -> bytes:
    """The key of the names in a folder, made by whoever comes first.

    Without it a name in a backup, a log or a listing would tell whether a guessed password is the
    right one. Whoever reads the salt is this user, who has the secret anyway.

    Raises:
        OSError: It cannot be kept.
    """
    if not file.exists():
        draft = file.with_suffix(f".{os.getpid()}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        try:
            draft.write_bytes(secrets.token_bytes(_SALT))
            with suppress(FileExistsError):
                file.hardlink_to(draft)  # whole or not at all, and only the first
        finally:
            draft.unlink()
    salt = file.read_bytes()
    if len(salt) != _SALT:
        raise OSError(f"{file} is damaged")
    return salt


def _boot() -> str:
    """What tells this start of this machine from others; times of other starts mean nothing."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _tidy(folder: Path) -> None:
    for file in folder.iterdir():
        with suppress(OSError):
            if file.name != "salt" and file.stat().st_mtime < time.time() - _OLD:
                file.unlink()
