"""What the tests of engines share: a made-up company, and changes that need no store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from duetrail.engines.bookmarks import Bookmark, Place
from duetrail.engines.replication import TableChange, TableFeed

AT = "2026-11-20T08:00:00.000000Z"
END = Bookmark("acme", 7, AT)


@pytest.fixture
def change() -> Callable[..., TableChange]:
    """Makes what has become of an invoice of the connection `acme`; deleted unless told more."""

    def make(id: str, **row: Any) -> TableChange:
        named = {"connection": "acme", "id": id, **row} if row else None
        here = Bookmark("acme", 0, AT, 7, Place(row is not None, id))
        return TableChange("invoices", "acme", id, 7, AT, named, here)

    return make


@pytest.fixture
def feed() -> Callable[..., Callable[..., TableFeed]]:
    """Makes what gives these changes for every table that is asked for, since any bookmark."""

    def make(*changes: TableChange) -> Callable[..., TableFeed]:
        def changed(table: str, since: Bookmark | None) -> TableFeed:
            found: Iterator[TableChange] = (one for one in changes if one.table == table)
            return TableFeed(END, found)

        return changed

    return make
