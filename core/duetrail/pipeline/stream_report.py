"""What one process knows of a stream that several read: kept until the last has read its part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct, field

from duetrail.pipeline.summary import ResourceSummary


class StreamReport(Struct):
    """What the reading of a stream, or of a part of it, came to.

    Attributes:
        entry: Its summary.
        ended: The shards of a list that were read from beginning to end.
        is_partly: Whether something was left out, or not read from its beginning.
        new: Items that were not in their places before, by shape.
        is_early: Whether it began before all that gives it keys was read.
        inner_lists: As of a batch (see `Batch.inner_lists`), of all its batches.
    """

    entry: ResourceSummary
    ended: list[str] = field(default_factory=list)
    is_partly: bool = False
    new: dict[str, int] = field(default_factory=dict)
    is_early: bool = False
    inner_lists: dict[str, bool] = field(default_factory=dict)


def together(reports: Iterable[StreamReport]) -> StreamReport:
    """The report of a whole stream, from those of its parts."""
    first, *others = reports
    whole = copied(first)
    new = Counter(whole.new)
    for one in others:
        whole.entry.join(one.entry)
        whole.ended += one.ended
        whole.is_partly |= one.is_partly
        whole.is_early |= one.is_early
        new.update(one.new)
        for name, is_there in one.inner_lists.items():
            whole.inner_lists[name] = whole.inner_lists.get(name, False) or is_there
    whole.new = dict(new)
    return whole


def copied(report: StreamReport) -> StreamReport:
    """A report with numbers of its own."""
    return msgspec.convert(msgspec.to_builtins(report), StreamReport, dec_hook=decoded)


def decoded(kind: type, value: Any) -> Any:
    """Counters, for msgspec, which decodes what else reports have."""
    if kind is Counter or getattr(kind, "__origin__", None) is Counter:
        return Counter(value)
    raise NotImplementedError(kind)
