"""Items for a plugin to map: each is decoded, and knows the items around it."""

from __future__ import annotations

from duetrail.errors import BadItem
from duetrail.pipeline.items import Found
from duetrail.pipeline.outer_objects import OuterObjects
from duetrail.pipeline.rejecting import is_usable
from duetrail.pipeline.watched import LateItem, WatchedItem, WatchedPage
from duetrail.source import Item, Page, Shard


def make_item(found: Found, parent: Item | None, shard: Shard, page: Page) -> Item:
    """An item, decoded.

    Args:
        found: What stands there.
        parent: The item around it.
        shard: The shard its page belongs to.
        page: The page.

    Raises:
        BadItem: It is none, or does not fit its wire class.
    """
    if found.wrong:
        raise BadItem(f"expected an item, found {found.wrong}")
    id = checked_id(found)
    return _item(found, id, found.decode(), parent, shard, page)


def undecoded(found: Found, parent: Item | None, shard: Shard, page: Page) -> Item:
    """An item that was rejected, for the items inside it to see around them."""
    return _item(found, found.id or "", None, parent, shard, page)


def late_item(found: Found, parent: Item | None, shard: Shard, page: Page) -> Item:
    """A good item that is decoded only if a mapping of what stands inside it looks at it."""
    return LateItem(
        shape=found.place.shape,
        wire=found.decode,
        id=found.id or "",
        path=found.path,
        page=page,
        parent=parent,
        key=shard.key,
    )


def with_parents(found: Found, shard: Shard, page: Page, outer: OuterObjects) -> Item:
    """An item, decoded, and those around it.

    Args:
        found: What stands there.
        shard: The shard its page belongs to.
        page: The page.
        outer: The objects around its items that are none.

    Raises:
        BadItem: It is none, or does not fit its wire class; those around it may be bad.
    """
    around = found.parent
    if around is None:
        return make_item(found, outer.around(found, shard, page), shard, page)
    try:
        parent = with_parents(around, shard, page, outer)
    except BadItem:
        parent = undecoded(around, None, shard, page)
    return make_item(found, parent, shard, page)


def checked_id(found: Found) -> str:
    """The id of an item.

    Raises:
        BadItem: It has none that can be kept.
    """
    id = found.id
    if id is None:
        raise BadItem("the item has no id", path=f"$.{found.place.shape.id}")
    if not is_usable(id):
        path = f"$.{found.place.shape.id}"
        raise BadItem("the id is too long, or holds a NUL, to be one", path=path)
    return id


def _item(
    found: Found, id: str, wire: object, parent: Item | None, shard: Shard, page: Page
) -> Item:
    kind = WatchedItem if page.__class__ is WatchedPage else Item
    return kind(
        shape=found.place.shape,
        wire=wire,
        id=id,
        path=found.path,
        page=page,
        parent=parent,
        key=shard.key,
    )
