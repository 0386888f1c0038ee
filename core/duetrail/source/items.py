"""What passes between `map_item` and the core."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from duetrail.model.making import fast_init
from duetrail.source.declaring import Shape
from duetrail.source.pages import Key, Page


@fast_init
@frozen(kw_only=True, eq=False)
class Item:
    """One vendor object that becomes a record: what `map_item` is given.

    Attributes:
        shape: The form it was shown in.
        wire: The object as `shape.wire`.
        id: Its id, as text.
        path: Where on the page it stood, such as `$.data[3].calls[0]`.
        page: The page, for vendors that put beside their objects what belongs to them.
        parent: The item it stood inside; its `wire` is None where that could not be decoded.
            None at the top of a page, unless its mapping takes something of an object around that
            has no shape (see `duetrail.declared.parent`): then that object, without shape and id,
            and with what is taken as its `wire`.
        key: The key its page was asked with, of a keyed resource.
    """

    shape: Shape
    wire: Any = field(repr=False)
    id: str
    path: str
    page: Page
    parent: Item | None = None
    key: Key | None = None


@frozen
class Skip:
    """Yielded by `map_item` instead of a record: the item is left out on purpose.

    A record that was made of it before counts as one that is not listed any more.

    Attributes:
        reason: Why, in a few words; counted in the summary.
    """

    reason: str
