"""Rate limits that the processes of a user share through their private folder.

It has a file per credential, without a secret in it; see `duetrail.http.slots`.
"""

from __future__ import annotations

import os
import secrets
import time
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from duetrail.http.private_folder import possible_folders, private_folders
from duetrail.http.slots import SharedRateLimit, Slots, warn_unshared

# Bytes.
_SALT = 32
# Seconds; each start of the machine leaves some files of a few bytes.
_OLD = 30 * 86_400.0


def shared(owner: object, requests_per_second: float | None) -> Slots:
    """The start times of a credential: for all processes of this user, or else for this one.

    Args:
        owner: What tells the credential from others, plain in `repr`; it may hold the secret, of
            which nothing is kept but a keyed hash.
        requests_per_second: The limit in force; None where unknown.

    Raises:
        ConfigError: The rate is not above 0.
    """
    for folder in private_folders():
        with suppress(OSError):
            return SharedRateLimit(folder / _name(folder, owner), requests_per_second)
    folders = list(possible_folders())
    if folders and requests_per_second is not None:  # without a limit there is little to share
        warn_unshared(
            f"none of {', '.join(map(str, folders))} is a private folder that can be written"
        )
    return Slots(requests_per_second)


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
