"""Coverage, which measures every process that a test starts unless it is told not to."""

from __future__ import annotations

import os


def unmeasured() -> dict[str, str]:
    """The environment of this process, without coverage: for a process that gets signals, too.

    A signal that strikes inside coverage leaves a lock of it held, and the process waits for good.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
