"""A store: `scratch://NAME`, in the folder for what may be lost, such as a memory disk."""

from __future__ import annotations

import tempfile
from pathlib import Path

from duetrail import hookimpl
from duetrail.errors import ConfigError
from duetrail.stores import Store
from duetrail.stores.sqlite import SqliteStore


@hookimpl
def open_store(url: str, create: bool) -> Store:
    """The store of this name, one SQLite file."""
    name = url.removeprefix("scratch://")
    if not name.isidentifier():
        raise ConfigError(f"{url!r} names no scratch store", hint="Write it like scratch://tryout.")
    folder = Path(tempfile.gettempdir()) / "duetrail-scratch"
    folder.mkdir(mode=0o700, exist_ok=True)
    return SqliteStore(folder / f"{name}.db", url, create=create)
