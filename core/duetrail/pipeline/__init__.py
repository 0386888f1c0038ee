"""The sync: plan, read, map, commit. The heart of Duetrail."""

from duetrail.pipeline.digest import digest
from duetrail.pipeline.run import WORKERS, Observer, Progress, sync
from duetrail.pipeline.summary import Problem, ResourceSummary, Summary

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
