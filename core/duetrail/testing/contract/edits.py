"""A vendor that says something else: recordings with items changed, taken out, or none at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

import msgspec
from attrs import evolve, frozen
from msgspec.structs import replace

from duetrail.http.body import decode
from duetrail.json_tree import EACH, Steps, along, at, leaves, steps_of
from duetrail.pipeline.items import Found, Place, find, places
from duetrail.recording.cassettes import Cassette, RecordedExchange, RequestKey, request_key
from duetrail.source import Resource, Shape
from duetrail.testing.answers import Answer
from duetrail.testing.contract.harness import Harness
from duetrail.testing.contract.owners import request_of, samples_like
from duetrail.testing.leaves import leads_into, put
from duetrail.testing.replay_server import Otherwise
from duetrail.testing.samples import Sample

encoded = msgspec.json.Encoder(decimal_format="number", enc_hook=str).encode
"""JSON with every digit of its decimals."""

Change = Callable[[Any], Any]

# Keys under which vendors say how many there are on all pages.
_TOTAL = re.compile(
    r"(?i)^(total|count|(total|record|row|item|result)s?[-_]?(count|records|items|rows|results)"
    r"|num[-_]?(records|items|rows|results))$"
)

# Keys under which they say where the next page is.
_NEXT = re.compile(r"(?i)next|cursor|more|after")


@frozen(eq=False)
class Item:
    """One object of the vendor, wherever it is shown.

    Attributes:
        sample: A page it stands on.
        found: Where on that page.
    """

    sample: Sample
    found: Found

    @property
    def shape(self) -> Shape:
        """The form it is shown in."""
        return self.found.place.shape

    @property
    def id(self) -> Any:
        """Its id."""
        return self.found.raw.get(self.shape.id)

    @property
    def key(self) -> tuple[str, str | None]:
        """The name of its shape, and its id as text: what it is, whatever page shows it."""
        return self.shape.name, self.found.id

    @property
    def row(self) -> Steps:
        """The steps to the row of a list that it is, or stands in; none where it is in no list."""
        steps = steps_of(self.found.path)
        numbers = [n for n, step in enumerate(steps) if isinstance(step, int)]
        return steps[: numbers[-1] + 1] if numbers else ()

    def __str__(self) -> str:
        return f"{self.sample.resource.name}, {self.shape.name}: {self.found.path}"


def items(harness: Harness) -> Iterator[Item]:
    """Every item of the recording, in the order of its pages."""
    for sample in harness.samples:
        for found in find(sample.resource, sample.page.data):
            if not found.wrong and found.raw.get(found.place.shape.id) is not None:
                yield Item(sample, found)


def rows_of(place: Place) -> tuple[str, ...]:
    """The steps of a place as far as its rows; in each of those it may stand deeper."""
    steps = place.steps
    return steps[: len(steps) - steps[::-1].index(EACH)] if EACH in steps else ()


def heads(sample: Sample) -> list[Item]:
    """The first item of every row of the lists at the top of a page.

    A row may be the item, or hold several: `{"invoice": {...}, "customer": {...}}`.
    """
    firsts: dict[Steps, Item] = {}
    for found in find(sample.resource, sample.page.data):
        item = Item(sample, found)
        if found.parent is None and found.id is not None and item.row:
            firsts.setdefault(item.row, item)
    return list(firsts.values())


def ids_on(
    resource: Resource, data: Any, among: Collection[Shape] | None = None
) -> set[tuple[str, str]]:
    """The items on a page that have an id, with the name of their shape; of some shapes, or all."""
    found = [one for one in find(resource, data) if not one.wrong]
    ids = [(one.place.shape, one.raw.get(one.place.shape.id)) for one in found]
    return {
        (shape.name, str(id))
        for shape, id in ids
        if id is not None and (among is None or shape in among)
    }


def one_of_each(harness: Harness) -> Iterator[Item]:
    """The first item of every shape."""
    seen: set[Shape] = set()
    for item in items(harness):
        if item.shape not in seen:
            seen.add(item.shape)
            yield item


def with_item(harness: Harness, item: Item, change: Change) -> Cassette:
    """The recording with an item changed wherever its resource shows it in this form."""
    edits: dict[RequestKey, list[Steps]] = {}
    for other in items(harness):
        if other.shape is item.shape and other.id == item.id:
            edits.setdefault(request_of(other.sample), []).append(steps_of(other.found.path))

    def changed(exchange: RecordedExchange) -> RecordedExchange:
        data = _data(exchange)
        for steps in edits.get(exchange.key, ()) if data is not None else ():
            try:
                data = put(data, steps, change(at(data, steps)))
            except (KeyError, IndexError, TypeError):
                continue  # another answer to the same request, without it
        return _holding(exchange, data) if exchange.key in edits and data is not None else exchange

    return harness.recording.edited(changed)


def without_last(harness: Harness, item: Item) -> Cassette:
    """The recording as it was before the last item of a list came, with totals to match.

    Where the rows of the list hold the items, the whole row goes.
    """
    rows, row = item.row[:-1], item.row[-1]
    samples = [one for one in harness.samples if one.resource is item.sample.resource]
    own = {request_of(sample) for sample in samples}
    place = rows_of(item.found.place)
    in_list = [one for s in samples for one in heads(s) if rows_of(one.found.place) == place]
    total = len({one.key for one in in_list})

    def changed(exchange: RecordedExchange) -> RecordedExchange:
        data = _data(exchange)
        if data is None or exchange.key not in own:
            return exchange
        if exchange.key == request_of(item.sample):
            others = [one for n, one in enumerate(at(data, rows)) if n != row]
            data = put(data, rows, others)
        for way in list(totals(item.sample, data)):
            if at(data, way) == total:
                data = put(data, way, total - 1)
        return _holding(exchange, data)

    return harness.recording.edited(changed)


def totals(sample: Sample, data: Any) -> Iterator[Steps]:
    """Where, beside the items of a page, the vendor says how many there are on all pages."""
    return counts(sample, data, _TOTAL)


def counts(sample: Sample, data: Any, key: re.Pattern[str]) -> Iterator[Steps]:
    """The whole numbers beside the items of a page that stand under keys of this form."""
    for steps, value in leaves(data):
        is_count = bool(steps) and type(value) is int and key.match(str(steps[-1]))
        if is_count and _is_beside(sample, steps):
            yield steps


def _is_beside(sample: Sample, steps: Steps) -> bool:
    """Whether a path leads to none of the rows of a page, and to no item."""
    tops = places(sample.resource)
    rows = tuple(replace(one, steps=rows_of(one)) for one in tops if EACH in one.steps)
    return not leads_into(tops, steps) and not leads_into(rows, steps)


def emptied(harness: Harness, keep: int = 0) -> Cassette:
    """A vendor that has nothing, or so many items a list: every list is cut short."""
    forms = {request_of(sample): sample for sample in harness.samples}

    def changed(exchange: RecordedExchange) -> RecordedExchange:
        sample, data = forms.get(exchange.key), _data(exchange)
        if sample is None or data is None:
            return exchange
        return _holding(exchange, cut_short(sample, data, keep))

    return harness.recording.edited(changed)


def cut_short(sample: Sample, data: Any, keep: int) -> Any:
    """A page with so many items in each of its lists, no next page, and totals to match."""
    for place in places(sample.resource):
        data = along(data, place.steps, pick=lambda rows: rows[:keep])
    for steps in list(totals(sample, data)):
        data = put(data, steps, min(keep, at(data, steps)))
    return without_next(sample, data)


def without_rows(sample: Sample, data: Any) -> Any:
    """A page with nothing in its lists; what else it says stays."""
    for place in places(sample.resource):
        data = along(data, place.steps, pick=lambda rows: ())
    return data


def without_next(sample: Sample, data: Any) -> Any:
    """A page that says of no other that it follows."""
    for steps, value in list(leaves(data)):
        names = [step for step in steps if isinstance(step, str)]
        if names and _is_beside(sample, steps) and any(map(_NEXT.search, names[-2:])):
            data = put(data, steps, False if isinstance(value, bool) else None)
    return data


def nothing_new(harness: Harness) -> Otherwise:
    """Answers what was never recorded as a vendor does that has nothing new."""

    def answer(method: str, target: str) -> Answer | None:
        for sample in samples_like(harness, request_key(method, target)):
            return Answer(body=encoded(cut_short(sample, sample.page.data, 0)))
        return None

    return answer


def _data(exchange: RecordedExchange) -> Any:
    try:
        return decode(exchange.body) if exchange.status == 200 else None
    except ValueError:
        return None


def _holding(exchange: RecordedExchange, data: Any) -> RecordedExchange:
    return evolve(exchange, body=encoded(data))
