"""Bad inputs: every value of every kind of item replaced by what no vendor should send.

A page is received as bytes, mapped and committed by the code of a sync.
"""

from __future__ import annotations

import random
import traceback
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import attrs
import msgspec
from attrs import field, frozen

from duetrail.errors import ProtocolError
from duetrail.http.answer import Answer
from duetrail.http.body import parse
from duetrail.json_tree import Steps, at, steps_of
from duetrail.model import Ref
from duetrail.pipeline.batch import Batch, Mapped
from duetrail.pipeline.commit import Committer
from duetrail.pipeline.items import find
from duetrail.pipeline.too_long import without_too_long
from duetrail.stores import RecordQuery, RejectQuery, Store, moment
from duetrail.testing import leaves
from duetrail.testing.samples import Sample
from support import samples as sampling

Place = tuple[str, str]  # of an item on a page: its path and its shape

# Bad values as a vendor would write them. Each is a row of the page.
VALUES: Mapping[str, str] = {
    "null": "null",
    "true": "true",
    "zero": "0",
    "a negative number": "-1",
    "a fraction": "10.9",
    "a number of 40 digits": "1" * 40,
    "a number of 5,000 digits": "1" * 5000,
    "one more than 64 bits": str(2**63),
    "a fraction of 60 places": "0." + "1" * 60,
    "a number beyond a float": "1e999",
    "a number beyond a decimal": "1e9999999999999999999",
    "NaN": "NaN",
    "-Infinity": "-Infinity",
    "an empty text": '""',
    "a blank": '" "',
    "a text of 100,000 letters": f'"{"long " * 20_000}"',
    "a word nobody knows": '"a_word_nobody_knows"',
    "the text NaN": '"NaN"',
    "the text 1,000.00": '"1,000.00"',
    "the text true": '"true"',
    "a currency nobody knows": '"QQQ"',
    "a day that is none": '"2026-02-30"',
    "a time that is none": '"2026-01-01T25:61:61Z"',
    "a time without a zone": '"2026-01-01T00:00:00"',
    "a time after the last": '"9999-12-31T23:59:59-23:59"',
    "a time before the first": '"0001-01-01T00:00:00+23:59"',
    "seconds beyond the calendar": "99999999999999999",
    "a NUL": r'"a\u0000b"',
    "half a character": r'"a\ud83d"',
    "text that runs backwards": r'"\u202egnp.exe\u2066"',
    "a line break and an escape": r'"a\r\n\u001b[2Jb"',
    "SQL": '"\'); DROP TABLE invoices; --"',
    "an empty object": "{}",
    "an object in an object": '{"id": {"id": {"id": [1]}}}',
    "an empty list": "[]",
    "a list of null": "[null]",
    "a list of lists": '[[["a"]], [], [[]]]',
    "200 lists in each other": "[" * 200 + "]" * 200,
    "100,000 lists in each other": "[" * 100_000 + "]" * 100_000,
}

# Stands in a page where the bad value will.
_MARK = "here goes the bad value"
_write = msgspec.json.Encoder(decimal_format="number", enc_hook=str).encode

# What is said of a plugin that stumbles over an item: true, and no help to whoever reads it.
_BUG = "the mapping of "

# More text than that is no reason but a report.
_LONGEST_REASON = 300


@frozen(eq=False)
class Spot:
    """A value in an item that will be replaced.

    Attributes:
        sample: The page, with as little as can be beside the item: one neighbour in each list.
        shape: The name of the item's shape.
        at: From the page to the item.
        steps: From the item to the value.
    """

    sample: Sample = field(repr=False)
    shape: str
    at: Steps
    steps: Steps

    @property
    def name(self) -> str:
        """What tells it from others."""
        return f"{self.sample.resource.name} {self.shape} {leaves.spelled(self.steps)}"

    def page(self, bad: str, *more: tuple[Spot, str]) -> bytes:
        """The page with the bad value in place, and with more of them at other spots of it."""
        data, texts = self.sample.page.data, []
        for number, (spot, text) in enumerate([(self, bad), *more]):
            mark = f"{_MARK} {number}"
            data = leaves.put(data, (*spot.at, *spot.steps), mark)
            texts.append((f'"{mark}"'.encode(), text.encode()))
        body = bytes(_write(data))
        for mark_, text_ in texts:
            body = body.replace(mark_, text_)
        return body

    def without_list(self) -> bytes:
        """The page with nothing in the list in which the item stands."""
        return bytes(_write(leaves.put(self.sample.page.data, self.at[:-1], [])))

    @property
    def item(self) -> Place:
        """The item."""
        steps = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in self.at)
        return f"${steps}", self.shape

    @cached_property
    def before(self) -> Mapping[Place, object]:
        """The items of the page as it is, with what tells whether one has changed."""
        batch = self.sample.mapped(self.sample.page.data)
        return {(one.path, one.shape.name): _said(one) for one in batch.mapped}

    def beside(self) -> list[Spot]:
        """Every other value of the item that this one neither holds nor stands in."""
        return [
            attrs.evolve(self, steps=steps)
            for steps in _values(at(self.sample.page.data, self.at))
            if steps[: len(self.steps)] != self.steps and self.steps[: len(steps)] != steps
        ]

    def touches(self, path: str) -> bool:
        """Whether the item at a path is the one with the value, or is inside it, or around it."""
        there = steps_of(path)
        return there[: len(self.at)] == self.at or self.at[: len(there)] == there

    def holds(self, path: str) -> bool:
        """Whether what stood at a path is gone with the value."""
        gone = (*self.at, *self.steps)
        return bool(steps_of(path)[: len(gone)] == gone)


@frozen
class End:
    """What came of a bad input.

    Attributes:
        word: `kept`, `set aside`, `left out`, `refused`; or `tracebacks`, which never came.
        lost: Items of which nothing was heard any more.
        changed: Items that had nothing to do with it and came out otherwise.
        wrong: What else is wrong, in words; empty where nothing is.
    """

    word: str
    lost: tuple[Place, ...] = ()
    changed: tuple[Place, ...] = ()
    wrong: str = ""


# --- spots ---------------------------------------------------------------------------------------


def spots(samples: Any, vendor: str, seed: int) -> list[Spot]:
    """One spot for every path of every shape of a vendor, each in an item drawn with the seed."""
    draw = random.Random(f"{seed} {vendor}")
    found: dict[tuple[str, str, str], list[tuple[Sample, str, Steps]]] = {}
    for name, resource, shape in sampling.shapes():
        for sample in samples.of(vendor, resource.name) if name == vendor else ():
            for one in find(resource, sample.page.data):
                if one.place.shape is shape:
                    for steps in _values(one.raw):
                        path = (resource.name, shape.name, leaves.spelled(steps))
                        found.setdefault(path, []).append((sample, one.path, steps))
    return [_spot(path[1], *draw.choice(places)) for path, places in sorted(found.items())]


def _values(value: Any, steps: Steps = ()) -> Iterator[Steps]:
    """The way to every value inside a value, to objects and lists as well as to leaves."""
    parts: Any = ()
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    for step, part in parts:
        yield (*steps, step)
        yield from _values(part, (*steps, step))


def _spot(shape: str, sample: Sample, path: str, steps: Steps) -> Spot:
    at = steps_of(path)
    data = _few(sample.page.data, (*at, *steps))
    first = [0 if isinstance(step, int) else step for step in (*at, *steps)]
    small = sample.holding(data, sample.origin)
    return Spot(small, shape, tuple(first[: len(at)]), tuple(first[len(at) :]))


def _few(value: Any, steps: Steps) -> Any:
    """A copy with no more in any list than what the path leads to, which comes first, and one."""
    if isinstance(value, dict):
        return {
            key: _few(part, steps[1:] if steps and steps[0] == key else ())
            for key, part in value.items()
        }
    if not isinstance(value, list):
        return value
    at = steps[0] if steps and isinstance(steps[0], int) else 0
    others = [*value[:at], *value[at + 1 :]]
    return [_few(value[at], steps[1:]), *(_few(one, ()) for one in others[:1])] if value else []


# --- a store that takes them ---------------------------------------------------------------------


class Desk:
    """A store that takes whatever comes of bad pages, one run, as a sync would.

    Args:
        store: A new one.
        samples: All samples there are, for their plugins.
        now: When the run begins.
    """

    def __init__(self, store: Store, samples: Any, now: Any) -> None:
        self._store = store
        plugins = {c.name: plugin for c, plugin in samples.connections.values()}
        self._committer = Committer(store, store.begin_run(moment(now)), plugins, moment(now))
        self._met: dict[Ref, str] = {}  # of each item of which sample it is first

    def tried(self, spot: Spot, body: bytes) -> End:
        """What comes of a page."""
        try:
            batch = without_too_long(self._received(spot.sample, body), self._store)
            (outcome,) = self._committer.commit((batch, None))
            return _end(spot, batch, self._not_stored(batch, outcome.items, spot.sample.origin))
        except ProtocolError as refusal:
            return End("refused", wrong=_unreadable(refusal.message))
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            return End("tracebacks", wrong=f"{error!r:.200} at {frame.filename}:{frame.lineno}")

    def _received(self, sample: Sample, body: bytes) -> Batch:
        answer = Answer(url=sample.page.url, status=200, headers={}, body=body)
        kept, data = parse(answer, sample.resource.never_stored)
        page = attrs.evolve(sample.page, body=kept)
        return attrs.evolve(sample, page=page).mapped(data)

    def _not_stored(self, batch: Batch, items: int, origin: str) -> str:
        """What of a batch the store does not have, in words."""
        ends = len(batch.mapped) + len(batch.rejected) + batch.skipped.total()
        if items != ends:
            return f"{items} items were counted and {ends} were there"
        # With a bad id an item may be one of another sample, and an older copy of it.
        refs = {
            row.ref
            for one in batch.mapped
            if self._met.setdefault(one.rows[0].ref, origin) == origin
            for row in one.rows
        }
        for table in {ref.record for ref in refs}:
            ids = [ref.id for ref in refs if ref.record == table]
            asked = RecordQuery(table, batch.connection.name, ids)
            if {row.id for row in self._store.records(asked)} != set(ids):
                return f"not all {table} are in the store"
        names = (batch.connection.name, batch.resource.name)
        for one in batch.rejected:
            key = (*names, one.shape.name, one.key)
            if not any(self._store.rejects(RejectQuery(keys=[key]))):
                return f"the reject of {one.path} is not in the store"
        return ""


def _said(one: Mapped) -> object:
    """What an item said and what was made of it."""
    return (one.version, one.rows, one.raw)


def _end(spot: Spot, batch: Batch, not_stored: str) -> End:
    after = {(one.path, one.shape.name): _said(one) for one in batch.mapped}
    aside = {(one.path, one.shape.name): one for one in batch.rejected}
    gone = [at for at in spot.before if at not in after and at not in aside]
    silent = [at for at in gone if not spot.holds(at[0])]
    lost = silent[batch.skipped.total() :]
    changed = [
        at for at, said in spot.before.items() if not spot.touches(at[0]) and after.get(at) != said
    ]
    bad = [
        one
        for one in aside.values()
        if _unreadable(one.reason) or _BUG in one.reason or one.json_path[:1] != "$"
    ]
    word = "set aside" if aside else "left out" if batch.skipped else "kept"
    wrong = not_stored or "".join(f"{one.path}: {one.reason!r} at {one.json_path}" for one in bad)
    return End(word, tuple(lost), tuple(changed), wrong)


def _unreadable(text: str) -> str:
    is_fine = text.isprintable() and 0 < len(text) <= _LONGEST_REASON
    return "" if is_fine else f"no reason for people: {text[:100]!r}"
