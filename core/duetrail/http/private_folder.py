"""The private folder that the processes of a user share: for rate limits, and for locks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path


def private_folders() -> Iterator[Path]:
    """The folders that no other user may read or write, best first; each is made if need be."""
    for folder in possible_folders():
        with suppress(OSError):
            if _is_private(folder):
                yield folder


def possible_folders() -> Iterator[Path]:
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
