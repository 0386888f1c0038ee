"""A recording that was limited, replayed as by a vendor that has no more than was recorded.

`duetrail record --limit` ends a listing with the page that fills it. The last page still says that
more follow, and every page that there are more in all. What says so is set to what was recorded;
what is asked for beyond is answered with an empty page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from attrs import evolve, frozen

from duetrail.errors import DuetrailError
from duetrail.http.body import decode
from duetrail.json_tree import at
from duetrail.pipeline.plan import shards
from duetrail.pipeline.read import Reader, Task
from duetrail.pipeline.scope import Scope
from duetrail.recording.cassettes import RecordedExchange, RequestKey, request_key
from duetrail.recording.limited_sync import limited
from duetrail.source import Page, Resource
from duetrail.streams import Stream
from duetrail.testing.answers import Answer
from duetrail.testing.contract.edits import (
    counts,
    encoded,
    heads,
    totals,
    without_next,
    without_rows,
)
from duetrail.testing.contract.owners import request_of, unlikeness
from duetrail.testing.contract.replay_harness import ReplayHarness
from duetrail.testing.leaves import put
from duetrail.testing.replay_server import Otherwise
from duetrail.testing.samples import Sample

# Keys under which vendors say how many pages there are.
_PAGES = re.compile(
    r"(?i)^((total|num|number[-_]?of|last)[-_]?pages?|pages?[-_]?(total|count)|pages)$"
)


@frozen(eq=False)
class Cut:
    """A listing that was cut off while it was recorded.

    Attributes:
        samples: The pages that were recorded of it, in order.
    """

    samples: tuple[Sample, ...]

    @property
    def count(self) -> int:
        """How many rows stand on them, each counted once."""
        return len({item.key for sample in self.samples for item in heads(sample)})

    def ended(self, exchange: RecordedExchange) -> RecordedExchange:
        """An answer, which says that there is no more than was recorded."""
        own = [one for one in self.samples if request_of(one) == exchange.key]
        if not own or exchange.status != 200:
            return exchange
        data = self._data(own[-1], decode(exchange.body))
        if request_of(self.samples[-1]) != exchange.key:
            return evolve(exchange, body=encoded(data))
        headers = {name: v for name, v in exchange.headers.items() if name.lower() != "link"}
        return evolve(exchange, headers=headers, body=encoded(without_next(own[-1], data)))

    @property
    def requests(self) -> list[RequestKey]:
        """What was asked for them."""
        return [request_of(sample) for sample in self.samples]

    @property
    def beyond(self) -> Answer:
        """The answer to what is asked after the last page: a page without rows."""
        last = self.samples[-1]
        data = self._data(last, last.page.data)
        return Answer(body=encoded(without_next(last, without_rows(last, data))))

    def _data(self, sample: Sample, data: Any) -> Any:
        for steps in list(totals(sample, data)):
            data = put(data, steps, min(self.count, at(data, steps)))
        for steps in list(_pages(sample, data)):
            data = put(data, steps, min(len(self.samples), at(data, steps)))
        return data


def play_to_its_end(harness: ReplayHarness) -> None:
    """Have the vendor of a harness say that it has no more than was recorded of it."""
    limit = harness.facts.get("limit")
    if not isinstance(limit, int):
        return
    with harness.reader() as reader:
        lists = [one for one in harness.resources if one.keys is None]
        cuts = [cut for one in lists for cut in _cuts(harness, reader, one, limit)]
    for cut in cuts:
        harness.recording = harness.recording.edited(cut.ended)
    harness.beyond = _beyond(harness, cuts)


def _beyond(harness: ReplayHarness, cuts: list[Cut]) -> Otherwise:
    """Answers what is asked for after the last page that was recorded of a listing."""

    def answer(method: str, target: str) -> Answer | None:
        request = request_key(method, target)
        played = {request_key(one.method, one.target) for one in harness.proxy.asked}
        own = [
            cut
            for cut in cuts
            if cut.requests[-1] in played and cut.requests[-1][:2] == request[:2]
        ]
        return min(own, key=lambda cut: unlikeness(request, cut.requests)).beyond if own else None

    return answer


def _cuts(harness: ReplayHarness, reader: Reader, resource: Resource, limit: int) -> Iterator[Cut]:
    is_cut: set[str] = set()
    plugin = limited(harness.plugin, limit, is_cut)
    stream, connection = Stream(harness.connection(), plugin, resource), harness.connection()
    # What fails here fails a test, which says more of it.
    with suppress(DuetrailError):
        for shard in shards(stream, None, Scope(full=True, now=harness.now)):
            is_cut.clear()
            samples = tuple(
                Sample(plugin, connection, resource, shard, found, found.url)
                for found in reader.found(Task(stream, shard))
                if isinstance(found, Page)
            )
            if is_cut and samples:
                yield Cut(samples)


def _pages(sample: Sample, data: Any) -> Iterator[tuple[str | int, ...]]:
    """Where, beside its items, a page says how many pages there are."""
    return counts(sample, data, _PAGES)
