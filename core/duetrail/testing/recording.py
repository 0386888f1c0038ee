"""Moved to `duetrail.recording`; this path goes with the next minor version."""

import warnings

from duetrail.recording import LIMIT, Recording, record, replay

__all__ = ["LIMIT", "Recording", "record", "replay"]

warnings.warn(
    "duetrail.testing.recording is now duetrail.recording", DeprecationWarning, stacklevel=2
)
