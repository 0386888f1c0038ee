"""Moved to `duetrail.recording`; this path goes with the next minor version."""

import warnings

from duetrail.recording import Body, Interaction

__all__ = ["Body", "Interaction"]

warnings.warn(
    "duetrail.testing.interactions is now duetrail.recording", DeprecationWarning, stacklevel=2
)
