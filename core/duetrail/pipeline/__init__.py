"""The sync: plan, read, map, commit. The heart of Duetrail."""

from duetrail.pipeline.digest import digest
from duetrail.pipeline.run import WORKERS, Observer, Progress, sync
from duetrail.pipeline.stopped import Halted, Interrupted, summary_of
from duetrail.pipeline.summary import Problem, ResourceSummary, Summary

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
