"""What passes between `fetch` and the core: pieces of work, pages, and how far a list was read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from attrs import define, field, frozen

from duetrail.errors import PluginError
from duetrail.model import Ref
from duetrail.model.making import fast_init


@fast_init
@frozen
class Key:
    """One key a keyed resource is asked with.

    Attributes:
        value: What is sent to the vendor.
        rows: The stored records it came from; empty where the user listed the key.
        invoices: The invoices those records are or belong to.
    """

    value: str
    rows: tuple[Ref, ...] = ()
    invoices: tuple[Ref, ...] = ()


@fast_init
@frozen
class Shard:
    """A small piece of a resource's work: a page walk, or one key.

    Attributes:
        resource: The resource's name.
        name: What tells it from the resource's other shards; checkpoints go by it.
        key: The key, of a keyed resource.
        params: Whatever `plan` wants to tell `fetch`; plain values only.
        cursor: The value of the last `Cursor` that `fetch` yielded for this shard; None where
            everything is to be read.
        since: What happened before need not be read, as the user asked with `--since`; None
            otherwise. Only for a resource that declares `since`.
        until: What happened from then on need not be read, as the user asked with `--until`; None
            otherwise. Only for a resource that declares `until`.
        now: When the run began, to bound what is asked for; never put into a record.
    """

    resource: str
    name: str = "all"
    key: Key | None = None
    params: Mapping[str, Any] = field(factory=dict)
    cursor: Any = None
    since: datetime | None = None
    until: datetime | None = None
    now: datetime = field(factory=lambda: datetime.now(UTC), eq=False)


@frozen
class Cursor:
    """Yielded by `fetch` between pages: how far the listing was read, its watermark.

    It is committed together with the pages yielded before it, and given back as `shard.cursor`: in
    the next run, or in the one that goes on from an interrupted one.

    Attributes:
        value: Plain JSON values; never None, which is how a reading from the beginning starts.
    """

    value: Any

    def __attrs_post_init__(self) -> None:
        if self.value is None:
            raise PluginError(
                "a cursor of None says nothing",
                hint="Yield a Cursor only where something was read that need not be read again.",
            )


@frozen
class Notice:
    """Yielded by `fetch`: something the user should know although nothing failed.

    Attributes:
        text: What, in a sentence; no names, numbers or texts of people.
    """

    text: str


@define(eq=False)
class Unread:
    """JSON that nobody has looked at yet: it is decoded at the first look, and only once.

    Attributes:
        body: The JSON.
        decode: Makes the tree of it.
        is_read: Whether somebody has looked.
    """

    body: bytes = field(repr=False)
    decode: Callable[[bytes], Any] = field(repr=False)
    is_read: bool = field(default=False, init=False)
    _tree: Any = field(default=None, init=False, repr=False)

    @property
    def tree(self) -> Any:
        """The parsed JSON."""
        if not self.is_read:
            self._tree = self.decode(self.body)
            self.is_read = True
        return self._tree


@fast_init
@frozen(kw_only=True, eq=False)
class Page:
    """One answer of the API with what was asked.

    Attributes:
        url: What was asked, with parameters, without secrets.
        status: The HTTP status.
        headers: The answer's headers, with keys in small letters.
        body: The answer's bytes, without what is never stored.
        data: The parsed JSON; numbers with a point are `Decimal`. Parsed at the first look.
        notices: What the user should know of the answer although nothing failed, as in `Notice`.
    """

    url: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    _data: Any = field(repr=False)
    notices: tuple[str, ...] = ()

    @property
    def data(self) -> Any:
        """The parsed JSON."""
        data = self._data
        return data.tree if data.__class__ is Unread else data

    def only(self, *paths: str) -> Any:
        """The parsed JSON, of which nothing but what stands at some paths has to be there.

        Quicker by far than `data`, of which it is a part or the whole: it reads these keys and
        parses nothing else, as long as nobody has looked at `data`. What stands there is as the
        vendor sent it, of whatever type, and an absent key is absent.

        Args:
            paths: Such as `$.next_page` and `$.data[*].id`.

        Raises:
            ValueError: A path cannot be read.
        """
        from duetrail.wire.projecting import projector  # what it imports takes its time

        project = projector(paths)
        body = self.unread
        if body is None:
            return self.data
        try:
            return project(body)
        except (ValueError, ArithmeticError, RecursionError):
            return self.data

    @property
    def unread(self) -> bytes | None:
        """The bytes of the JSON, as long as nobody has looked at `data`; then None.

        Whoever has looked may have changed what is there.
        """
        data = self._data
        return None if data.__class__ is not Unread or data.is_read else data.body
