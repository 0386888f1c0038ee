"""What a store keeps beside records: pages, rejects, checkpoints, and whom to keep out."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
from attrs import frozen

from duetrail.model import Ref
from duetrail.model.making import fast_init


def as_line(id: str) -> str:
    """An id, or a key, as one line of an observation's `within`: one with line breaks as JSON."""
    return msgspec.json.encode(id).decode() if "\n" in id or id.startswith('"') else id


def from_line(line: str) -> str:
    """The id, or key, that `as_line` made a line of."""
    return str(msgspec.json.decode(line)) if line.startswith('"') else line


RejectKey = tuple[str, str, str, str]
"""What tells an open reject from others: connection, resource, shape and key."""


@fast_init
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
class StoredRun:
    """A sync, or another run.

    Attributes:
        run: Its number.
        started_at: When it began, as the store writes times.
        ended_at: When it ended; None if it was cut off, or goes on.
        state: `running`, `ended`, `interrupted`, `remapped`, or `read`: everything was read, and
            what is left to do after it was not.
        summary: What it came to, as JSON; None before its end.
    """

    run: int
    started_at: str
    ended_at: str | None
    state: str
    summary: str | None


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
    def identity(self) -> RejectKey:
        """What tells it from others."""
        return (self.connection, self.resource, self.shape, self.key)

    @property
    def number(self) -> str:
        """Ten hexadecimal digits that stay with it from run to run, to ask for it by."""
        return blake2b("\n".join(self.identity).encode(), digest_size=5).hexdigest()


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


class KeptPage(NamedTuple):
    """What is known of a kept page without its body.

    Attributes:
        number: Its number.
        connection: Whose answer it is.
        resource: Of which resource.
        run: The run that received it.
        received_at: When, as the store writes times.
        is_noted: Whether what only it holds is noted already.
        is_rejected: Whether an open reject refers to it.
    """

    number: int
    connection: str
    resource: str
    run: int
    received_at: str
    is_noted: bool
    is_rejected: bool


class Withheld(NamedTuple):
    """A record that a complete reading did not show, and that is not marked before another agrees.

    Attributes:
        connection: Whose.
        resource: The resource that was read.
        record: The record's table.
        id: The record's id.
        run: The last run that did not show it.
    """

    connection: str
    resource: str
    record: str
    id: str
    run: int

    @property
    def ref(self) -> Ref:
        """The record."""
        return Ref(self.connection, self.record, self.id)
