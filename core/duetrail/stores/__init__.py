"""Stores: where records, links, rejects, pages and checkpoints live."""

from __future__ import annotations

from pathlib import Path

from duetrail.errors import ConfigError
from duetrail.stores.base import (
    Checkpoint,
    Copy,
    Known,
    Store,
    StoredPage,
    StoredReject,
    Suppressed,
    as_line,
    from_line,
)
from duetrail.stores.rows import Row, from_row, moment, table_of, to_row
from duetrail.stores.sqlite import SqliteStore

__all__ = [
    "Checkpoint",
    "Copy",
    "Known",
    "Row",
    "Store",
    "StoredPage",
    "StoredReject",
    "Suppressed",
    "as_line",
    "from_line",
    "from_row",
    "moment",
    "open_store",
    "table_of",
    "to_row",
]

_SCHEME = "sqlite:///"


def _without_user(url: str) -> str:
    scheme, separator, rest = url.rpartition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"


def open_store(url: str, *, folder: Path | None = None, create: bool = False) -> Store:
    """Open the store at a URL.

    Args:
        url: `sqlite:///relative.db` or `sqlite:////absolute.db`.
        folder: What a relative path is relative to; the working directory if None.
        create: Whether to make the store where there is none.

    Raises:
        ConfigError: The URL is none of these.
        StoreError: The store cannot be used.
    """
    if not url.startswith(_SCHEME) or len(url) == len(_SCHEME):
        # A URL of a server may hold a password.
        raise ConfigError(
            f"{_without_user(url)!r} is not a store URL",
            hint="Use sqlite:///relative.db or sqlite:////absolute.db.",
        )
    return SqliteStore((folder or Path()) / url[len(_SCHEME) :], url, create=create)
