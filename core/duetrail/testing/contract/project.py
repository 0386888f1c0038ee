"""One store that is synced from the vendor under test, and what it holds afterwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from attrs import field, frozen

from duetrail import api
from duetrail.config import Config
from duetrail.model import RECORDS, Record
from duetrail.pipeline import digest
from duetrail.pipeline.summary import Summary
from duetrail.stores import LinkQuery, RecordQuery, Store, from_row, open_store


@frozen
class Done:
    """A sync that ended.

    Attributes:
        summary: What it read and wrote, and what went wrong.
        asked: The requests it made, as method and target, in order.
        said: What was printed meanwhile.
    """

    summary: Summary
    asked: tuple[str, ...]
    said: str = field(repr=False)

    @property
    def problems(self) -> list[str]:
        """What went wrong, resource by resource."""
        return [
            f"{one.name}: {problem.message} {problem.hint}".rstrip()
            for one in self.summary.resources
            for problem in one.problems
        ]


@frozen
class Project:
    """A configuration with one connection, and a store.

    Attributes:
        config: The configuration.
        file: The store's file.
    """

    config: Config
    file: Path

    @property
    def url(self) -> str:
        """The store's URL."""
        return f"sqlite:///{self.file}"

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The store, open."""
        with closing(open_store(self.url)) as one:
            yield one

    def run(self, **more: Any) -> tuple[Summary, str]:
        """Sync; the summary and what was printed."""
        said = StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            summary = api.sync(config=self.config, store=self.url, **more)
        return summary, said.getvalue()

    def replay(self) -> Summary:
        """Map the rejects again."""
        return api.replay(config=self.config, store=self.url)

    @property
    def digest(self) -> str:
        """One number for what the store says."""
        with self.store() as store:
            return digest(store)

    def records(self) -> list[Record]:
        """Every record, without those that are absent."""
        with self.store() as store:
            return [
                from_row(row)
                for record in RECORDS
                for row in store.records(RecordQuery(record.table, is_present=True))
            ]

    def linked(self) -> dict[tuple[str, str], list[str]]:
        """The ids of the invoices that each touch belongs to, by its table and id."""
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        with self.store() as store:
            for link in store.links(LinkQuery(is_present=True)):
                found[link.touch.record, link.touch.id].add(link.invoice.id)
        return {touch: sorted(ids) for touch, ids in found.items()}

    def rejects(self) -> list[Any]:
        """Every open reject."""
        with self.store() as store:
            return list(store.rejects())

    def cursors(self) -> dict[str, str]:
        """The cursor of each shard that has one, by resource and shard."""
        with self.store() as store:
            return {
                f"{point.resource} {point.shard}": point.cursor
                for point in store.checkpoints()
                if point.cursor is not None
            }

    def everything(self) -> Iterator[tuple[str, bytes]]:
        """All that is kept, by what it is: the files as they are, and each page unpacked."""
        for file in sorted(self.file.parent.glob(f"{self.file.name}*")):
            yield f"the file {file.suffix}", file.read_bytes()
        with self.store() as store:
            for kept in store.pages():
                page = store.page(kept.number)
                yield f"the page {kept.number}", page.body + page.url.encode()
