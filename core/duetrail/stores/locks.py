"""The lock of a store: taking it for a sync, and looking whether a sync holds it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

# Seconds between attempts to take a lock that somebody holds.
_POLL = 0.02


def take_lock(file: Path, patience: float) -> Callable[[], None]:
    """Take a lock; the system lets go of it even of a process that was killed.

    Args:
        file: The file that is locked; it is made, for this user only, and stays.
        patience: For how many seconds it may be another's.

    Returns:
        What releases it.

    Raises:
        TimeoutError: Another process held it all the time.
        OSError: The file cannot be made, or is a link.
    """
    end = time.monotonic() + patience
    try:
        while (descriptor := _locked(file)) is None and time.monotonic() < end:
            time.sleep(_POLL)
    except (ImportError, OSError):  # Windows, or a file system with other locks
        return _take_elsewhere(file, patience)
    if descriptor is None:
        raise TimeoutError(f"{file} is locked")
    return partial(os.close, descriptor)


def _locked(file: Path) -> int | None:
    """The descriptor of a file that this process has locked now; None where another has it."""
    import fcntl

    # A link in a folder that others may write to would lead to a file that is none of ours.
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever deletes the file lets others lock a new one of that name.
        if os.fstat(descriptor).st_nlink:
            return descriptor
    except BlockingIOError:
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def _take_elsewhere(file: Path, patience: float) -> Callable[[], None]:
    """The same by a package that knows other systems, too; it takes longer to import."""
    from filelock import FileLock, Timeout

    lock = FileLock(file, timeout=patience, mode=0o600)
    try:
        lock.acquire(poll_interval=_POLL)
    except Timeout:
        raise TimeoutError(f"{file} is locked") from None
    return lock.release


def is_locked(file: Path) -> bool:
    """Whether a process holds this lock; where that cannot be seen, one might.

    The lock is shared for a moment, which needs no permission to write; whoever takes it just then
    waits for so long.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        return file.exists()
    try:
        descriptor = os.open(file, os.O_RDONLY)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
