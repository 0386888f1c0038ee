"""Memory of the process: what a page took goes back to the system when the page is done with."""

from __future__ import annotations

import sys
from contextlib import suppress

# `M_MMAP_THRESHOLD` of <malloc.h>.
_THRESHOLD = -3

# Bytes. Smaller blocks come from the heap, where they are had faster.
_LARGE = 1024 * 1024


def return_large_blocks() -> None:
    """Have the allocator of Linux map each large block by itself, and unmap it when it is freed.

    Left alone, glibc learns from the first large block it frees to take the next from the heap.
    There bodies of some MB lie between what stays, and holes of their size are left: a tenth of
    the memory of a sync whose pages are that large. Elsewhere nothing happens.
    """
    if sys.platform != "linux":
        return
    import ctypes

    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_THRESHOLD, _LARGE)
