"""What a decision is made from, and what it comes to: one batched read, one batched write.

The pipeline asks (`Question`), the store answers with everything it knows (`Situation`), a pure
function decides, and the store writes the result (`Changes`). No step asks back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from msgspec import Struct

from duetrail.model import Link, Ref
from duetrail.stores.rows import Row
from duetrail.stores.values import Checkpoint, RejectKey, StoredPage, StoredReject

Place = tuple[str, str, str]  # resource, shape, within

CONTENT = 12
"""Bytes of a document's hash that tell what was received. It is recognised by the whole hash."""


class Observation(NamedTuple):
    """The newest sight of one record in one place; a row of the table `observations`.

    Attributes:
        connection: Whose record.
        record: The record's table.
        id: The record's id.
        resource: The resource it was seen in.
        shape: The shape it was seen in.
        within: What it stood in: the key it was asked with, the items around it, each `as_line`;
            empty at the top of a list.
        version: The vendor's version of it, as text that compares; empty for none.
        hash: Over what was made of it.
        document: The document it stands in; 0 where that is not known.
        page: The page it stood on.
        path: Where on that page.
        run: The last run that saw it so, unless its document knows better (`Situation.seen`).
        missing: 0, or the first run that proved it is not there any more.
    """

    connection: str
    record: str
    id: str
    resource: str
    shape: str
    within: str
    version: str
    hash: bytes
    document: int
    page: int
    path: str
    run: int
    missing: int = 0

    @property
    def ref(self) -> Ref:
        """The record."""
        return Ref(self.connection, self.record, self.id)

    @property
    def place(self) -> Place:
        """Where it was seen."""
        return (self.resource, self.shape, self.within)


class StoredDocument(NamedTuple):
    """A document as the store knows it; a row of the table `documents`.

    Attributes:
        number: Its number.
        hash: Over its bytes and its mapping; where it is to be mapped when it is seen next, its
            first `CONTENT` bytes; None where it is mapped whenever it is seen.
        page: The page it stood on when it was new or changed last. An observation of the same
            page is part of what the document shows now; one of another page was, once.
        run: The last run that saw it.
        items: How many observations are part of what it shows now.
    """

    number: int
    hash: bytes | None
    page: int
    run: int
    items: int


class OpenReject(NamedTuple):
    """What is known of an open reject, to judge the next sight of its item by."""

    reason: str
    json_path: str
    spot: tuple[str, str, str | None]  # shape, within, item
    run: int


Past = tuple[Row, Collection[Link]]
"""What a record is before it changes: its row and all its links."""

Sights = Collection[tuple[Place, bytes | None]]
"""Where a record is shown now, with the hash of what is shown there; None for a reject."""


class Question(Struct, frozen=True):
    """What a decision has to know.

    Attributes:
        sights: The sights of records that may change.
        rows: Further records of which only the rows and links count.
        rejects: Rejects that are seen again.
        mapped: The ids of items that may have been rejects, by connection and resource.
        merged: Records that are merged again.
    """

    sights: Mapping[Ref, Sights] = {}
    rows: frozenset[Ref] = frozenset()
    rejects: frozenset[RejectKey] = frozenset()
    mapped: Mapping[tuple[str, str], Collection[str]] = {}
    merged: frozenset[Ref] = frozenset()


class Situation(Struct):
    """What the store knows of some records. A decision carries it forward while it decides.

    Attributes:
        observations: The observations that may change, by record and place.
        others: Of the other observations of a record those that count: the best of each shape, or
            one where all say the same.
        documents: The documents they stand in, by number.
        rows: The rows that exist.
        absent: Those of them that are marked absent.
        derived: Which records are derived from a record.
        links: All links of each touch, and of each record whose row is there.
        variants: The contents of observations that differ, by hash.
        rejects: The open rejects in question.
        next_document: The number of the next new document.
        next_page: The number of the next page.
    """

    observations: dict[Ref, dict[Place, Observation]] = {}
    others: dict[Ref, list[Observation]] = {}
    documents: dict[int, StoredDocument] = {}
    rows: dict[Ref, Row] = {}
    absent: set[Ref] = set()
    derived: dict[Ref, frozenset[Ref]] = {}
    links: dict[Ref, set[Link]] = {}
    variants: dict[bytes, str] = {}
    rejects: dict[RejectKey, OpenReject] = {}
    next_document: int = 1
    next_page: int = 1

    def is_only(self, ref: Ref) -> bool:
        """Whether a record was observed in one place and in no other."""
        return len(self.observations[ref]) == 1 and ref not in self.others

    def observed(self, ref: Ref, *, but: Place | None = None) -> list[Observation]:
        """The observations of a record that count, but for that in one place."""
        here = self.observations.get(ref)
        found = [one for place, one in here.items() if place != but] if here else []
        return found + self.others[ref] if ref in self.others else found

    def is_attached(self, one: Observation) -> bool:
        """Whether an observation is part of what its document shows now."""
        document = self.documents.get(one.document)
        return document is not None and document.page == one.page

    def seen(self, one: Observation) -> int:
        """The last run that saw an observation."""
        return self.documents[one.document].run if self.is_attached(one) else one.run


class Changes(Struct):
    """What a decision comes to; the store writes it all or nothing.

    Attributes:
        run: The run that changes records; 0 where that is not known.
        rows: Rows that are new or differ, by record.
        known: Those of them that the store has in another form.
        removed: Records that are derived from nothing any more.
        past: What records of both were, as far as the situation told; the store reads the rest.
        observations: Observations that are new or differ.
        documents: Documents that are new or differ.
        rehashed: The new hash of all observations of a record that have some hash.
        left: Documents that show something else now, each with the page it stood on before and
            the run that saw it there last: what it does not show any more keeps that run.
        variants: Contents of differing observations to keep.
        derived: What is derived from a record, where that changed.
        links: Links to add.
        dropped_links: Links to remove.
        present: Records that were absent and are not any more.
        pages: Pages to keep, by number.
        extras: What no field has a home for, as JSON, by page.
        rejects: Rejects that are new or changed.
        seen_rejects: Rejects that were met again, each with the run.
        closed_rejects: Rejects that are none any more.
        checkpoints: How far shards have come.
    """

    run: int = 0
    rows: dict[Ref, Row] = {}
    known: set[Ref] = set()
    removed: set[Ref] = set()
    past: dict[Ref, Past] = {}
    observations: dict[tuple[Ref, Place], Observation] = {}
    documents: dict[int, StoredDocument] = {}
    rehashed: dict[tuple[Ref, bytes], bytes] = {}
    left: dict[int, tuple[int, int]] = {}
    variants: dict[bytes, str] = {}
    derived: dict[Ref, frozenset[Ref]] = {}
    links: set[Link] = set()
    dropped_links: set[Link] = set()
    present: set[Ref] = set()
    pages: dict[int, StoredPage] = {}
    extras: dict[int, str] = {}
    rejects: dict[RejectKey, StoredReject] = {}
    seen_rejects: dict[RejectKey, int] = {}
    closed_rejects: set[RejectKey] = set()
    checkpoints: list[Checkpoint] = []

    @property
    def relinked(self) -> set[Ref]:
        """Records that stay as they are, but for their links."""
        touches = {link.touch for link in (*self.links, *self.dropped_links)}
        return touches - self.rows.keys() - self.present - self.removed

    @property
    def replaced(self) -> set[Ref]:
        """Records that may be stored, and are not any more what they were."""
        return (self.known & self.rows.keys()) | self.removed | self.present | self.relinked
