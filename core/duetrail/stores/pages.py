"""Kept pages, and what is kept of pages that were dropped, in SQLite."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
from attrs import evolve

from duetrail.errors import StoreError
from duetrail.stores.database import Database, columns_of, marks
from duetrail.stores.packing import pack, unpack
from duetrail.stores.values import StoredPage

_PAGE = columns_of(StoredPage)


class Pages(Database):
    """Pages by their numbers. No number is given twice."""

    def page(self, number: int) -> StoredPage:
        """A kept page.

        Raises:
            StoreError: It is no longer kept.
        """
        rows = self._read(f"SELECT {_PAGE} FROM pages WHERE number = ?", (number,))
        if not rows:
            raise StoreError(f"page {number} is no longer kept")
        page = StoredPage(*rows[0])
        return evolve(page, body=unpack(page.body))

    def drop_page(self, number: int, extras: str | None = None) -> None:
        """Drop a page that observations refer to, and keep what no field of them had a home for.

        Args:
            number: Its number.
            extras: What is kept, as JSON; None where that was noted.
        """
        self._db.execute("DELETE FROM pages WHERE number = ?", (number,))
        if extras is not None:
            self._put_extras(number, extras)

    def extras(self, number: int) -> str | None:
        """What is kept of a page that was dropped, as JSON; None of any other."""
        found = self._read(
            "SELECT extras FROM extras WHERE page = :page "
            "AND NOT EXISTS (SELECT 1 FROM pages WHERE number = :page)",
            {"page": number},
        )
        return unpack(found[0][0]).decode() if found else None

    def _put_pages(self, pages: Mapping[int, StoredPage]) -> None:
        """Keep pages, compressed."""
        self._db.executemany(
            f"INSERT INTO pages (number, {_PAGE}) VALUES ({marks(9)})",
            [
                (number, *attrs.astuple(evolve(page, body=pack(page.body))))
                for number, page in pages.items()
            ],
        )

    def _put_extras(self, number: int, extras: str) -> None:
        """Note what of a page no field has a home for, as JSON, for when the page is dropped."""
        self._db.execute(
            "INSERT OR REPLACE INTO extras (page, extras) VALUES (?, ?)",
            (number, pack(extras.encode())),
        )
