"""What every store offers the sync, the trail and the commands.

A store knows tables, rows and transactions. What a copy is worth, which record comes out of it and
when a checkpoint may move is decided above, in `duetrail.pipeline`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from hashlib import blake2b
from typing import Any, Protocol, runtime_checkable

import msgspec
from attrs import frozen

from duetrail.model import Link, Ref
from duetrail.stores.protocols import Reading, Rules, Sightings
from duetrail.stores.rows import Row


def as_line(id: str) -> str:
    """An id, or a key, as one line of a copy's `within`: one with line breaks as JSON."""
    return msgspec.json.encode(id).decode() if "\n" in id or id.startswith('"') else id


def from_line(line: str) -> str:
    """The id, or key, that `as_line` made a line of."""
    return str(msgspec.json.decode(line)) if line.startswith('"') else line


@frozen
class Copy:
    """The newest sight of one record in one place.

    Attributes:
        ref: The record.
        resource: The resource it was seen in.
        shape: The shape it was seen in.
        within: What it stood in: the key it was asked with, the items around it, each `as_line`;
            empty at the top of a list.
        version: The vendor's version of it, as text that compares; empty for none.
        hash: Over what the vendor sent and what was made of it.
        page: The page it stood on.
        path: Where on that page.
        run: The last run that saw it just so.
        lost: 0, or the first run that proved it is not there any more.
    """

    ref: Ref
    resource: str
    shape: str
    within: str
    version: str
    hash: bytes
    page: int
    path: str
    run: int
    lost: int = 0


@frozen
class Known:
    """What a store remembers of a copy, to judge the next sight of it by.

    Attributes:
        id: The record's id.
        within: Where it stood.
        version: The vendor's version.
        hash: Over what was sent and what was made of it.
        run: The last run that saw it just so.
        lost: As of a `Copy`.
    """

    id: str
    within: str
    version: str
    hash: bytes
    run: int
    lost: int


@frozen
class Checkpoint:
    """How far a shard, or a whole table or resource, has come.

    Attributes:
        connection: Whose.
        resource: Of which resource.
        shard: The shard's name.
        run: The run that came so far.
        at: When that run began, as the store writes times.
        state: `begun`, `done`, `unknown` (the vendor does not know the key), `failed`,
            `incomplete` or `limited` (as much as was asked for).
        cursor: The last cursor of its listing, as JSON; None for none.
    """

    connection: str
    resource: str
    shard: str
    run: int
    at: str
    state: str
    cursor: str | None = None


@frozen
class StoredReject:
    """An item that was set aside.

    Attributes:
        connection: Whose item it is.
        resource: Where it was seen.
        shape: In which form.
        key: What tells it from others: a hash over where it stood, its id and its content.
        within: What it stood in, as of a copy.
        shard: The shard it came with.
        item: Its id, if it has one.
        path: Where on the page it stood.
        json_path: What in the item is wrong.
        reason: Why, for people.
        plugin: The plugin and version that refused it, as `stuut 0.1.0`.
        page: The page it stood on.
        run: The run that saw it last.
        raw: The whole item as received, as JSON.
    """

    connection: str
    resource: str
    shape: str
    key: str
    within: str
    shard: str
    item: str | None
    path: str
    json_path: str
    reason: str
    plugin: str
    page: int
    run: int
    raw: str

    @property
    def number(self) -> str:
        """Ten hexadecimal digits that stay with it from run to run, to ask for it by."""
        identity = "\n".join((self.connection, self.resource, self.shape, self.key))
        return blake2b(identity.encode(), digest_size=5).hexdigest()


Change = Callable[[Any], Any]
"""What becomes of a value that is not NULL."""


@frozen
class Suppressed:
    """One form of a contact that must not be written any more.

    Attributes:
        kind: `address`, `number` or `name`.
        size: The digits of a number, the words of a name; 0 for an address.
        salt: The store's own, the same in all of them.
        hash: Over the form, keyed with the salt.
    """

    kind: str
    size: int
    salt: bytes
    hash: bytes


@frozen
class Fingerprint:
    """The account that the stored data of a connection comes from.

    Attributes:
        connection: The connection.
        plugin: The plugin that speaks for it.
        base_url: Where it was read from, normalised.
        salt: Its own.
        account: A salted hash of what the vendor calls the account; None where it does not say.
        credential: A salted hash of the configured secrets; None where there are none.
    """

    connection: str
    plugin: str
    base_url: str
    salt: bytes
    account: bytes | None = None
    credential: bytes | None = None


@frozen
class StoredPage:
    """A page as it is kept: who was asked what, and the answer.

    Attributes:
        connection: Who asked.
        resource: For which resource.
        shard: In which shard.
        run: In which run.
        url: What was asked, without secrets.
        status: The HTTP status.
        received_at: When the answer came, ISO 8601 in UTC.
        body: The answer, without what is never stored.
    """

    connection: str
    resource: str
    shard: str
    run: int
    url: str
    status: int
    received_at: str
    body: bytes


@runtime_checkable
class Store(Reading, Rules, Sightings, Protocol):
    """Where records, links, rejects, pages and checkpoints live. Used by one thread."""

    url: str

    def close(self) -> None:
        """Release the store."""

    def alone(self) -> AbstractContextManager[None]:
        """One sync at a time: a second one, in whatever process, is refused while this is held.

        Raises:
            StoreError: Another sync holds it.
        """

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing: what is written inside is durable after it, or never was."""

    # records and their copies

    def rows(self, table: str, connection: str, ids: Iterable[str]) -> dict[str, Row]:
        """The rows of these ids that exist, by id."""

    def all_rows(self, table: str, *, present: bool = False) -> Iterator[Row]:
        """Every row of a record table, ordered by identity; with `present`, none that is absent."""

    def put_rows(self, rows: Sequence[Row]) -> None:
        """Insert or replace records with their children and native links."""

    def drop_rows(self, refs: Iterable[Ref]) -> None:
        """Remove records with their children and links."""

    def copies(
        self,
        connection: str,
        table: str,
        resource: str,
        shape: str,
        places: Iterable[tuple[str, str]],
    ) -> list[Known]:
        """What is known of the copies of these (id, within) pairs."""

    def put_copies(self, copies: Iterable[Copy]) -> None:
        """Insert or replace copies."""

    def see_copies(self, copies: Iterable[Copy]) -> None:
        """Note for stored copies the run that saw them again."""

    def holds(self, copy: Copy) -> bool:
        """Whether a copy of this content stands in the same shape, in whatever place."""

    def other_hash(self, copy: Copy) -> bytes | None:
        """The hash of some copy of the same record in another place; None if there is none."""

    def best_copy(self, ref: Ref, resource: str, shape: str) -> Copy | None:
        """The copy in a shape that counts; None if there is none.

        One that is there before one that is lost, then the greatest version, then hash.
        """

    def differing(self, refs: Iterable[Ref]) -> list[Ref]:
        """Those of some records of which copies differ."""

    def drop_stale(self, connection: str, resource: str, since: int) -> list[Ref]:
        """Forget differing copies that no run since has seen, if one in the same shape was.

        Returns:
            The records they were copies of.
        """

    def body(self, hash: bytes) -> str | None:
        """The content of copies that differ from others; None where it is not kept."""

    def put_body(self, hash: bytes, body: str) -> None:
        """Keep the content of differing copies."""

    def lose_unlisted(
        self, connection: str, resource: str, shapes: Iterable[str], since: int, run: int
    ) -> list[Ref]:
        """Lose the copies in these shapes that no run since has met; their records."""

    def lose_unanswered(
        self, connection: str, resource: str, shapes: Iterable[str], run: int
    ) -> list[Ref]:
        """Lose the copies whose key was answered in a later run without them; their records."""

    def lose_inner(
        self,
        connection: str,
        resource: str,
        shape: str,
        depth: int,
        places: Iterable[str],
        run: int,
    ) -> list[Ref]:
        """Lose the copies in a shape that stood in these places; their records.

        Args:
            connection: Whose.
            resource: The resource.
            shape: The shape.
            depth: Which line of `within` names the place: 0 the first.
            places: A key, or the ids of the items around.
            run: The run that proved it.
        """

    def mark_absent(
        self, refs: Iterable[Ref], since: str, beside: Iterable[tuple[str, str]]
    ) -> list[Ref]:
        """Mark the records of which every copy is lost, with what is derived from them.

        Args:
            refs: Records that lost a copy.
            since: The time to mark them with.
            beside: (resource, shape) whose copies have no say: details of the record itself.

        Returns:
            The records that were marked now, without derived ones.
        """

    def mark_present(self, refs: Iterable[Ref]) -> int:
        """Take the mark from records that were met again, and from what is derived from them."""

    def derivations(self, connection: str, table: str, ids: Iterable[str]) -> list[tuple[Ref, Ref]]:
        """Each of these records with each record derived from it, in order."""

    def put_derived(self, ref: Ref, derived: Iterable[Ref]) -> None:
        """Note which records are derived from a record."""

    def links(self, table: str, connection: str, ids: Iterable[str]) -> set[Link]:
        """Every link of these touches, or of these invoices to others that are the same."""

    def put_links(self, links: Iterable[Link]) -> None:
        """Add links that are not there yet."""

    def drop_links(self, links: Iterable[Link]) -> None:
        """Remove links."""

    # what is not there any more, perhaps

    def withheld(self, connection: str, resource: str) -> list[Ref]:
        """The records whose absence the next reading of a resource has to confirm."""

    def withhold(self, connection: str, resource: str, refs: Iterable[Ref], run: int) -> None:
        """Note records that the reading of a run did not show, without marking them."""

    def is_withheld_met(self, connection: str, resource: str) -> bool:
        """Whether a later run has met a withheld record in this resource."""

    def release_withheld(self, connection: str, resource: str) -> None:
        """Forget the withheld records that were met in a later run, or are lost by now."""

    def count_shown(
        self,
        connection: str,
        resource: str,
        shapes: Iterable[str],
        run: int,
        answered: int | None,
    ) -> dict[str, int]:
        """The records by table that a resource had shown until a run, those it loses included.

        Args:
            connection: Whose.
            resource: The resource.
            shapes: The shapes that count.
            run: The run.
            answered: Of a keyed resource: only what stands under keys that were answered in this
                run or later, or after what stands there; None for all.
        """

    def shown(self, connection: str, resource: str, refs: Iterable[Ref]) -> set[Ref]:
        """Those of some records that a resource shows in some place."""

    def keys_of(self, connection: str, resource: str, refs: Iterable[Ref]) -> list[str]:
        """The keys whose answers showed these records."""

    # pages and rejects

    def put_page(self, page: StoredPage) -> int:
        """Keep a page; its number."""

    def page(self, number: int) -> StoredPage:
        """A kept page."""

    def drop_superseded(self) -> None:
        """Forget pages and contents that no copy and no reject refers to any more."""

    def put_extras(self, number: int, extras: str) -> None:
        """Note what of a page no field has a home for, as JSON, for when the page is dropped."""

    def drop_page(self, number: int, extras: str | None = None) -> None:
        """Drop a page that copies refer to, and keep of it what no field had a home for, as JSON.

        No later page gets its number.

        Args:
            number: Its number.
            extras: What is kept; None where that was noted.
        """

    def extras(self, number: int) -> str | None:
        """What is kept of a page that was dropped, as JSON; None of any other."""

    def rejects(self, connection: str | None = None) -> list[StoredReject]:
        """Every open reject, in order."""

    def reject_reasons(
        self, keys: Iterable[tuple[str, str, str, str]]
    ) -> dict[tuple[str, str, str, str], tuple[str, str]]:
        """Of those of some rejects (connection, resource, shape, key) that are open what is wrong.

        Returns:
            The reason and the JSON path, by reject.
        """

    def mapped_rejects(
        self, connection: str, resource: str, spots: Iterable[tuple[str, str, str]], run: int
    ) -> list[tuple[str, str, str, str]]:
        """The open rejects of some items (shape, within, id) that no run since this one has met."""

    def unseen_rejects(
        self, connection: str, resource: str, shards: Iterable[str], run: int
    ) -> list[tuple[str, str, str, str]]:
        """The open rejects of some shards that no run since this one has met."""

    def unanswered_rejects(self, connection: str, resource: str) -> list[tuple[str, str, str, str]]:
        """The open rejects whose key was answered in a later run without them."""

    def shards_of_rejects(self, keys: Iterable[tuple[str, str, str, str]]) -> set[str]:
        """The shards that open rejects (connection, resource, shape, key) came with."""

    def see_rejects(self, keys: Iterable[tuple[str, str, str, str]], run: int) -> None:
        """Note for open rejects (connection, resource, shape, key) the run that saw them again."""

    def put_rejects(self, rejects: Iterable[StoredReject]) -> None:
        """Insert or replace rejects."""

    def drop_rejects(self, keys: Iterable[tuple[str, str, str, str]]) -> int:
        """Close rejects (connection, resource, shape, key); how many were open."""

    # runs and checkpoints

    def begin_run(self, now: str) -> int:
        """Open a run; its number."""

    def end_run(self, run: int, now: str, state: str, summary: str) -> None:
        """Close a run with its outcome and summary as JSON.

        The outcome is `ended`, `interrupted`, `remapped`, or `read`: everything was read, and what
        is left to do after it was not.
        """

    def runs(self, most: int) -> list[dict[str, Any]]:
        """The latest runs, newest first."""

    def first_unfinished_run(self, since: str = "", until: str = "9999") -> int | None:
        """The first run since the last whose reading ended that was cut off in its reading.

        Args:
            since: The time before which it must not have begun, as the store writes times.
            until: The time after which it must not have begun.
        """

    def put_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Note how far a shard has come.

        Without a cursor it keeps the one it had, unless that was noted at a later time.
        """

    def drop_checkpoints(
        self, connection: str, resource: str | None = None, shards: Iterable[str] = ()
    ) -> None:
        """Forget how far these shards of a resource had come; without one, all of a connection."""

    def checkpoints(
        self, connection: str, resource: str, shards: Iterable[str]
    ) -> dict[str, Checkpoint]:
        """The checkpoints of these shards that exist, by the shard's name."""

    def fingerprint(self, connection: str) -> Fingerprint | None:
        """The account that a connection's data comes from; None where that was never noted."""

    def put_fingerprint(self, fingerprint: Fingerprint) -> None:
        """Note the account that a connection's data comes from."""

    # erasing

    def suppressed(self) -> list[Suppressed]:
        """Whom to keep out."""

    def put_suppressed(self, forms: Iterable[Suppressed]) -> None:
        """Add to them."""

    def erasing(self) -> bool:
        """Whether an erasure was begun that did not come to its end."""

    def note_erasing(self, is_pending: bool) -> None:
        """Note that one begins, or that it came to its end."""

    def rewrite(self, table: str, changes: Mapping[str, Change], *, dry_run: bool = False) -> int:
        """Change values of some columns throughout a table; in how many rows.

        What is kept compressed is given, and taken, as it was before. With `dry_run` it only
        counts.
        """

    def remove(
        self,
        table: str,
        columns: Sequence[str],
        matches: Callable[[str], bool],
        *,
        dry_run: bool = False,
    ) -> int:
        """Remove the rows in which one of these columns matches; how many."""

    def shrink(self) -> None:
        """Give space back where much of the store is empty."""

    def scrub(self) -> None:
        """Rewrite the files, so that nothing that was removed or changed is left in them.

        Raises:
            StoreError: Somebody reads the store, so that its files cannot be rewritten.
        """

    # reading

    def keys(
        self,
        table: str,
        column: str,
        connection: str,
        after: str,
        most: int,
        *,
        present: bool = False,
    ) -> list[tuple[str, list[str]]]:
        """Distinct values of a column in order, after a value, each with the ids that hold it.

        With `present`, records that are marked absent hold none.
        """

    def put_index(self, table: str, column: str) -> None:
        """Keep a column in order within each connection, for `keys`."""

    def count(self, table: str, connection: str | None = None, *, without: str = "") -> int:
        """Rows of a table; with `without`, those whose column of that name is empty."""

    def select(self, sql: str, values: Sequence[Any] = ()) -> Iterator[dict[str, Any]]:
        """Rows of a query, for the trail; standard SQL with `?` for values."""
