"""Kept pages, and what is kept of pages that were dropped, in SQLite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import Any

import attrs
from attrs import evolve

from duetrail.errors import StoreError
from duetrail.stores.database import Database, columns_of
from duetrail.stores.packing import pack, packer, unpack
from duetrail.stores.queries import EVERY_PAGE, PageQuery
from duetrail.stores.schema.statements import upsert
from duetrail.stores.sqlite_dialect import marks
from duetrail.stores.values import KeptPage, StoredPage

_PAGE = columns_of(StoredPage)
_values = attrgetter(*(one.name for one in attrs.fields(StoredPage)))


def page_rows(pages: Mapping[int, StoredPage]) -> list[tuple[Any, ...]]:
    """The rows of pages, each with its number and compressed."""
    packed = packer()
    rows = []
    for number, page in pages.items():
        *values, body = _values(page)
        rows.append((number, *values, packed(body)))
    return rows


class Pages(Database):
    """See `duetrail.stores.base.Store`."""

    def pages(self, query: PageQuery = EVERY_PAGE) -> Iterator[KeptPage]:
        where = self._where()
        where.among("connections", query.connections, "connection")
        found = self._stream(
            "SELECT number, connection, resource, run, received_at, "
            "number IN (SELECT page FROM extras), number IN (SELECT page FROM rejects) "
            f"FROM pages {where} ORDER BY number",
            where.values,
        )
        return (KeptPage._make((*row[:5], bool(row[5]), bool(row[6]))) for row in found)

    def page(self, number: int) -> StoredPage:
        rows = self._read(f"SELECT {_PAGE} FROM pages WHERE number = :page", {"page": number})
        if not rows:
            raise StoreError(f"page {number} is no longer kept")
        page = StoredPage(*rows[0])
        return evolve(page, body=unpack(page.body))

    def extras(self, number: int) -> str | None:
        found = self._read(
            "SELECT extras FROM extras WHERE page = :page "
            "AND NOT EXISTS (SELECT 1 FROM pages WHERE number = :page)",
            {"page": number},
        )
        return unpack(found[0][0]).decode() if found else None

    def _drop_pages(self, dropped: Mapping[int, str | None]) -> None:
        for number, extras in dropped.items():
            self._read("DELETE FROM pages WHERE number = :page", {"page": number})
            if extras is not None:
                self._put_extras(number, extras)

    def _put_pages(self, pages: Mapping[int, StoredPage]) -> None:
        """Keep pages, compressed."""
        self._write(
            f"INSERT INTO pages (number, {_PAGE}) VALUES ({marks(9)})",
            page_rows(pages),
        )

    def _put_extras(self, number: int, extras: str) -> None:
        """Note what of a page no field has a home for, as JSON, for when the page is dropped."""
        self._read(upsert("extras", "page, extras"), (number, pack(extras.encode())))
