"""The sync: plan, read, map, commit. The heart of Duetrail."""

from duetrail.pipeline.digest import digest
from duetrail.pipeline.run import WORKERS, Observer, Progress, sync
from duetrail.pipeline.summary import (
    Halted,
    Interrupted,
    Problem,
    ResourceSummary,
    Summary,
    summary_of,
)

__all__ = [
    "WORKERS",
    "Halted",
    "Interrupted",
    "Observer",
    "Problem",
    "Progress",
    "ResourceSummary",
    "Summary",
    "digest",
    "summary_of",
    "sync",
]
