"""Looking at a lock without taking it from anybody: does a sync hold it?"""

from __future__ import annotations

import os
from pathlib import Path


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
