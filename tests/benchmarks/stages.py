"""Where the time of a first sync goes: the stages of one page after the other, in one thread.

    python tests/benchmarks/stages.py [PAGES]

Prints the microseconds of processor time that each stage takes for a lean and for a full invoice:
the least of all pages, each of 200 invoices.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import documents
from attrs import define, field, frozen

from duetrail.config import read_config
from duetrail.http.answer import Answer
from duetrail.http.body import read
from duetrail.pipeline.commit import Committer
from duetrail.pipeline.item_hash import item_hash
from duetrail.pipeline.mapping import map_page
from duetrail.plugins import Plugin
from duetrail.secrets import remember_login
from duetrail.source import Connection, Page, Resource, Shard
from duetrail.stores import Store, open_store
from duetrail.stores.packing import pack
from duetrail_stuut.incremental import TIMES

T = TypeVar("T")

_SIZE = 200
_AT = "2026-01-01T00:00:00.000000Z"
_TOKEN = "bench-token-of-24-letters"
_CONFIG = f"""
[connections.stuut]
base_url = "http://127.0.0.1:1"
token = "{_TOKEN}"
amounts = "major"
"""
# What Stuut's plugin looks at while it walks the list.
_WALKED = ("$.current_page", "$.total_records", "$.next_page", "$.data[*].id", "$.data[*].currency")
_WALKED += tuple(f"$.data[*].{time}" for time in TIMES)

STAGES = {
    "check": "JSON is known to be JSON",
    "tokens": "no credential is kept",
    "cut": "what is never stored is cut out",
    "walk": "the proof that the list was whole",
    "recognise": "what is unchanged costs nothing",
    "map": "strict types, exact values, all columns",
    "hash": "what differs is noticed, in whatever order it comes",
    "read": "what is stored of these records",
    "decide": "precedence, merging, absence, links",
    "keep": "the page is kept",
    "write": "rows, children, observations, links",
    "commit": "all of a page and its checkpoint, or nothing",
}
"""The stages in their order, and what each is for."""

# What is timed as a part of another stage, in the order in which it is taken away.
_WITHIN = {
    "decide": ("read", "write", "commit"),
    "write": ("keep",),
    "map": ("recognise", "hash"),
    "cut": ("tokens",),
    "tokens": ("check",),
}


@frozen
class Subject:
    """Whose pages are measured, and into which store they go."""

    plugin: Plugin
    connection: Connection
    resource: Resource
    store: Store


@define
class Clock:
    """Adds up the processor time of this thread by stage."""

    seconds: dict[str, float] = field(factory=dict)

    def of(self, stage: str, work: Callable[[], T]) -> T:
        """Do something, as a part of a stage."""
        begin = time.thread_time()
        done = work()
        self.add(stage, time.thread_time() - begin)
        return done

    def add(self, stage: str, seconds: float) -> None:
        """Add to a stage."""
        self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds


def measured(kind: str, pages: int) -> dict[str, float]:
    """The least microseconds an invoice of each stage."""
    with TemporaryDirectory() as folder:
        subject = _subject(Path(folder))
        committer = Committer(
            subject.store, subject.store.begin_run(_AT), {"stuut": subject.plugin}, _AT
        )
        clocks = []
        for number in range(pages):
            clocks.append(Clock())
            body = documents.page(kind, _SIZE * pages, number, _SIZE)
            _one(subject, committer, body, clocks[-1])
        subject.store.close()
    least = {one: 1e6 * min(c.seconds[one] for c in clocks) / _SIZE for one in clocks[0].seconds}
    for one, parts in _WITHIN.items():
        least[one] -= sum(least[part] for part in parts)
    return least


def _subject(folder: Path) -> Subject:
    file = folder / "duetrail.toml"
    file.write_text(_CONFIG)
    connection, plugin = read_config(file).connection("stuut")
    remember_login((), [_TOKEN])
    store = open_store("sqlite:///stages.db", folder=folder, create=True)
    return Subject(plugin, connection, connection.source.resource("invoices"), store)


def _one(subject: Subject, committer: Committer, body: bytes, clock: Clock) -> None:
    answer = Answer(url="https://stuut.example", status=200, headers={}, body=body)
    names = subject.resource.never_stored
    clock.of("check", lambda: read(answer, (), keep_tokens=True))
    clock.of("tokens", lambda: read(answer, ()))
    page: Page = clock.of("cut", lambda: read(answer, names))
    clock.of("walk", lambda: page.only(*_WALKED))
    place = (subject.plugin, subject.connection, subject.resource, Shard("invoices"), page)
    clock.of("recognise", lambda: map_page(*place, known=set, rows_only=True))
    batch = clock.of("map", lambda: map_page(*place, rows_only=True))
    clock.of("hash", lambda: [item_hash(one.shape, one.version, one.rows) for one in batch.mapped])
    with _timed(subject.store, clock):
        clock.of("decide", lambda: committer.commit((batch, None)))
    clock.of("keep", lambda: pack(page.body))


@contextmanager
def _timed(store: Any, clock: Clock) -> Iterator[None]:
    """Have a store's part in a commit counted by itself."""
    situation, apply, transaction = store.situation, store.apply, store.transaction

    @contextmanager
    def committed() -> Iterator[None]:
        begin = time.thread_time()
        with transaction():
            clock.add("commit", time.thread_time() - begin)
            yield
            begin = time.thread_time()
        clock.add("commit", time.thread_time() - begin)

    store.situation = lambda question: clock.of("read", lambda: situation(question))
    store.apply = lambda changes: clock.of("write", lambda: apply(changes))
    store.transaction = committed
    yield
    store.situation, store.apply, store.transaction = situation, apply, transaction


def main(pages: int) -> None:
    """Measure both kinds."""
    gc.set_threshold(200_000, 20, 100)  # as a sync does
    lean, full = measured("lean", 2 * pages), measured("full", pages)
    for stage, why in STAGES.items():
        _say([stage, why, f"{lean[stage]:.1f}", f"{full[stage]:.1f}"])


def _say(cells: Sequence[str]) -> None:
    sys.stdout.write(f"| {' | '.join(cells)} |\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 12)
