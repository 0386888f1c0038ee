"""Moved to `duetrail.recording`; this path goes with the next minor version.

`play` is now `replay_requests`, and `tape` is `record_requests`.
"""

import warnings

from duetrail.recording import record_requests as tape
from duetrail.recording import replay_requests as play

__all__ = ["play", "tape"]

warnings.warn(
    "duetrail.testing.cassettes is now duetrail.recording", DeprecationWarning, stacklevel=2
)
