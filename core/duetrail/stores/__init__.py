"""Stores: where records, links, rejects, pages and checkpoints live."""

from __future__ import annotations

import warnings
from pathlib import Path

from duetrail.errors import ConfigError, PluginError, StoreError
from duetrail.installed import names
from duetrail.plugins import Plugin, load, plugin_errors
from duetrail.stores.base import Store
from duetrail.stores.codecs import moment
from duetrail.stores.queries import (
    CheckpointQuery,
    CountQuery,
    DerivationQuery,
    LinkQuery,
    Loss,
    ObservationQuery,
    PageQuery,
    RecordQuery,
    RejectQuery,
    ValueQuery,
)
from duetrail.stores.rows import Row, from_row, table_of, to_row
from duetrail.stores.situation import (
    Changes,
    Observation,
    OpenReject,
    Place,
    Question,
    Situation,
    StoredDocument,
)
from duetrail.stores.sqlite import SqliteStore
from duetrail.stores.sync_state import StateChanges, SyncState
from duetrail.stores.values import (
    Checkpoint,
    Fingerprint,
    KeptPage,
    RejectKey,
    StoredPage,
    StoredReject,
    StoredRun,
    Suppressed,
    Withheld,
    as_line,
    from_line,
)

__all__ = [
    "Changes",
    "Checkpoint",
    "CheckpointQuery",
    "CountQuery",
    "DerivationQuery",
    "Fingerprint",
    "KeptPage",
    "LinkQuery",
    "Loss",
    "Observation",
    "ObservationQuery",
    "OpenReject",
    "PageQuery",
    "Place",
    "Question",
    "RecordQuery",
    "RejectKey",
    "RejectQuery",
    "Row",
    "Situation",
    "StateChanges",
    "Store",
    "StoredDocument",
    "StoredPage",
    "StoredReject",
    "StoredRun",
    "Suppressed",
    "SyncState",
    "ValueQuery",
    "Withheld",
    "as_line",
    "from_line",
    "from_row",
    "is_held",
    "moment",
    "open_store",
    "table_of",
    "to_row",
]

_SCHEME = "sqlite:///"
_SERVERS = ("postgresql://", "postgres://")


def _without_user(url: str) -> str:
    scheme, separator, rest = url.rpartition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"


def open_store(url: str, *, folder: Path | None = None, create: bool = False) -> Store:
    """Open the store at a URL.

    Args:
        url: `sqlite:///relative.db` or `sqlite:////absolute.db`; `postgresql://…`; or one that
            begins with the name of a plugin that brings a store, and `://`.
        folder: What a relative path is relative to; the working directory if None.
        create: Whether to make the store where there is none.

    Raises:
        ConfigError: The URL is none of these.
        PluginError: The plugin does not load, or fails.
        StoreError: The store cannot be used.
    """
    if url.startswith(_SCHEME) and len(url) > len(_SCHEME):
        _refuse_no_file(url)
        return SqliteStore((folder or Path()) / url[len(_SCHEME) :], url, create=create)
    if url.startswith(_SERVERS):
        from duetrail.stores.postgres.store import open_postgres

        return open_postgres(url, create=create)
    name, separator, _ = url.partition("://")
    if not separator or name not in names():
        # A URL of a server may hold a password.
        raise ConfigError(
            f"{_without_user(url)!r} is not a store URL",
            hint="Use sqlite:///relative.db or sqlite:////absolute.db, or postgresql://HOST/DATABASE.",
        )
    return _of_plugin(load(name), url, folder or Path(), create=create)


def _refuse_no_file(url: str) -> None:
    """Refuse what SQLite would take for something else than the name of a file."""
    name = url[len(_SCHEME) :]
    if Path(name).name == ":memory:" or "mode=memory" in name:
        raise ConfigError(
            f"{url!r} keeps nothing: a store in memory ends with the command",
            hint="Name a file: sqlite:///duetrail.db.",
        )
    if name.startswith("file:") or "?" in Path(name).name:
        raise ConfigError(
            f"{url!r} is not a store URL: after sqlite:/// the name of a file is written plainly",
            hint="Use sqlite:///relative.db or sqlite:////absolute.db; there are no options.",
        )


def is_held(store: Store) -> bool:
    """Whether somebody writes to a store just now, so that a run without an end goes on."""
    look = getattr(store, "is_held", None)
    if look is not None:
        return bool(look())
    try:
        with store.exclusive():
            return False
    except StoreError:
        return True


def _of_plugin(plugin: Plugin, url: str, folder: Path, *, create: bool) -> Store:
    if "open_store" not in plugin.implementations:
        raise ConfigError(f"plugin {plugin.name!r} brings no store: it has no open_store hook")
    with plugin_errors(f"plugin {plugin.name!r} cannot open its store"):
        store = plugin.implementations["open_store"](url=url, folder=folder, create=create)
    if not hasattr(store, "exclusive") and hasattr(store, "alone"):
        warnings.warn("Store.alone is now exclusive", DeprecationWarning, stacklevel=2)
        store.exclusive = store.alone
    if not isinstance(store, Store):
        raise PluginError(
            f"plugin {plugin.name!r} opened {type(store).__name__}, which is no store"
        )
    return store
