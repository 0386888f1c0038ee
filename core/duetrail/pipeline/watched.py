"""Watched: pages and items that notice whether a mapping looks beyond the document.

What is made then depends on more than the document's bytes, which cannot be recognised by them.
"""

from __future__ import annotations

from typing import Any

from attrs import fields

from duetrail.source import Item, Page

_PAGE = frozenset({"only", "unread", *(one.alias for one in fields(Page))})


class WatchedPage(Page):
    """A page that notices who looks at it.

    Attributes:
        looked: Whether somebody did since `forget`.
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
        watched.forget()
        return watched

    def forget(self) -> None:
        """Begin anew: nobody has looked."""
        object.__setattr__(self, "looked", False)

    def __getattribute__(self, name: str) -> Any:
        if name in _PAGE:
            object.__setattr__(self, "looked", True)
        return object.__getattribute__(self, name)


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


_path: Any = Item.path
