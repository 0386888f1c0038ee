"""Watched: pages and items that notice whether a mapping looks beyond the document.

What is made then depends on more than the document's bytes, which cannot be recognised by them.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType
from typing import Any

from duetrail.errors import BadItem
from duetrail.model.making import fast_init
from duetrail.source import Item, Page

_PAGE = frozenset(name for name in dir(Page) if not name.startswith("__")) | {"__dict__"}


class WatchedPage(Page):
    """A page that notices who looks at it.

    Once somebody has looked, what was seen may be remembered for all that is mapped after it.

    Attributes:
        looked: Whether somebody did.
    """

    __slots__ = ("looked",)

    looked: bool

    @classmethod
    def of(cls, page: Page) -> WatchedPage:
        """The same page, watched."""
        watched = cls(
            url=page.url,
            status=page.status,
            headers=page.headers,
            body=page.body,
            data=page._data,
            notices=page.notices,
        )
        object.__setattr__(watched, "looked", False)
        return watched

    def __getattribute__(self, name: str) -> Any:
        if name in _PAGE:
            object.__setattr__(self, "looked", True)
        return object.__getattribute__(self, name)


@fast_init
class WatchedItem(Item):
    """An item that tells its page who asks where it stood: the same document may move."""

    __slots__ = ()

    @property
    def path(self) -> str:
        """Where on the page it stood."""
        object.__setattr__(self.page, "looked", True)
        path: str = _path.__get__(self)
        return path

    @path.setter
    def path(self, path: str) -> None:
        _path.__set__(self, path)


@fast_init
class LateItem(WatchedItem):
    """An item that nobody had to decode, around another one: it is decoded when somebody looks.

    It is made with the method that decodes it in place of its `wire`.
    """

    __slots__ = ()

    @property
    def wire(self) -> Any:
        """The object; None where it does not fit."""
        wire = _wire.__get__(self)
        if wire.__class__ is MethodType:
            try:
                wire = wire()
            except BadItem:
                wire = None
            _wire.__set__(self, wire)
        return wire

    @wire.setter
    def wire(self, wire: Any) -> None:
        _wire.__set__(self, wire)


has_looked: Callable[[WatchedPage], bool] = WatchedPage.__dict__["looked"].__get__
"""Whether somebody looked at a page; quicker than to ask it by name."""

_path: Any = Item.path
_wire: Any = Item.wire
