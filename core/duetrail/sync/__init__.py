"""The sync: plan, read, map, commit. The heart of Duetrail."""

from duetrail.sync.digest import digest
from duetrail.sync.run import WORKERS, Observer, Progress, sync
from duetrail.sync.summary import Problem, ResourceSummary, Summary

__all__ = [
    "WORKERS",
    "Observer",
    "Problem",
    "Progress",
    "ResourceSummary",
    "Summary",
    "digest",
    "sync",
]
