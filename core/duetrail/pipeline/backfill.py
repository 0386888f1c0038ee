"""Backfill: a stretch of time, read window by window, and gone on with after an interrupt.

What was read is known from the runs that the store notes: each says of which time it was, and of
each resource whether it was read completely.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence

from duetrail.errors import UsageError
from duetrail.pipeline.plan import feeders
from duetrail.pipeline.windows import Window, windows
from duetrail.stores import StoredRun, moment
from duetrail.streams import BoundSources, Stream

__all__ = ["left", "windows"]

_Part = tuple[str, str, str]
"""Since, until, and the name of a stream."""


def left(
    sources: BoundSources,
    select: Sequence[str],
    wanted: Iterable[Window],
    runs: Iterable[StoredRun],
) -> Iterator[tuple[Window, list[Stream]]]:
    """The windows that are still to be read, each with the streams to read of it.

    Args:
        sources: The connections, by name.
        select: Names of resources or record tables; empty for everything that can be asked so.
        wanted: All windows of the backfill.
        runs: The runs so far, newest first.

    Raises:
        UsageError: None of the streams can be asked from a time on and up to one.
    """
    streams = [one for one in feeders(sources, [*sources], select) if _takes_windows(one)]
    if not streams:
        raise UsageError(
            "nothing of this can be asked window by window",
            hint="A resource has to know both --since and --until; read the others by "
            "`duetrail sync`.",
        )
    every = list(wanted)
    done = _done({_part(window, one) for window in every for one in streams}, runs)
    for window in every:
        open_ = [one for one in streams if _part(window, one) not in done]
        if open_:
            yield window, open_


def _takes_windows(stream: Stream) -> bool:
    resource = stream.resource
    return bool(resource.since and resource.until) and resource.keys is None


def _part(window: Window, stream: Stream) -> _Part:
    return moment(window[0]), moment(window[1]), stream.name


def _done(every: Collection[_Part], runs: Iterable[StoredRun]) -> set[_Part]:
    """What was read since all of it was last read."""
    done: set[_Part] = set()
    for run in reversed([*runs]):
        done.update(part for part in _read(run) if part in every)
        if len(done) == len(every):
            done.clear()  # that backfill was finished, and another may begin
    return done


def _read(run: StoredRun) -> Iterator[_Part]:
    """What a run read completely of a window."""
    summary = json.loads(run.summary) if run.summary else {}
    since, until = summary.get("since"), summary.get("until")
    if since and until:
        for one in summary["resources"]:
            if one["state"] == "complete":
                yield since, until, f"{one['connection']}.{one['resource']}"
