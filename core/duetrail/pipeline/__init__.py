"""The sync: plan, read, map, commit. The heart of Duetrail."""

from duetrail.pipeline.digest import digest
from duetrail.pipeline.run import WORKERS, Observer, Progress, sync
from duetrail.pipeline.summary import Interrupted, Problem, ResourceSummary, Summary

__all__ = [
    "WORKERS",
    "Interrupted",
    "Observer",
    "Problem",
    "Progress",
    "ResourceSummary",
    "Summary",
    "digest",
    "sync",
]
