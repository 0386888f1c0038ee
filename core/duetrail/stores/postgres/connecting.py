"""Connections to a PostgreSQL server, and its errors in words that say what to do."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from attrs import field, frozen

from duetrail.errors import ConfigError, StoreError
from duetrail.stores.postgres.texts import of_jsonb, unescaped

if TYPE_CHECKING:
    import psycopg

_SECONDS = 15

# Results as the store writes values; memory to compare large tables by hashing; plans that fit
# tables which grow while they are used.
_SETTINGS = {
    "TimeZone": "UTC",
    "DateStyle": "ISO",
    "bytea_output": "hex",
    "work_mem": "64MB",
    "client_encoding": "UTF8",
    "client_min_messages": "warning",
}
# What is kept compressed takes far less time so, where the server knows how.
_FAST_TOAST = (
    "SELECT set_config(name, 'lz4', false) FROM pg_settings "
    "WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)"
)


@frozen
class Place:
    """Where a store is.

    Attributes:
        dsn: What psycopg connects by.
        schema: The schema that holds its tables; empty for the user's own.
        name: Its name for messages: without user, password or parameters.
    """

    dsn: str = field(repr=False)
    schema: str
    name: str

    @classmethod
    def of(cls, url: str) -> Place:
        """The place a URL names.

        Raises:
            ConfigError: It is no URL of a server.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "localhost", parts.port
        except ValueError:
            raise ConfigError(
                "the URL of the PostgreSQL store cannot be read",
                hint="Use postgresql://USER@HOST:PORT/DATABASE; write other characters of its "
                "parts as %XX.",
            ) from None
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        schema = options.pop("schema", "")
        dsn = urlunsplit(
            parts._replace(scheme="postgresql", query=urlencode(options, quote_via=quote))
        )
        where = f"{host}:{port}" if port else host
        name = f"postgresql://{where}{parts.path}{f' (schema {schema})' if schema else ''}"
        return cls(dsn, schema, name)


def driver() -> Any:
    """The module psycopg.

    Raises:
        ConfigError: It is not installed.
    """
    try:
        import psycopg
    except ImportError as error:
        raise ConfigError(
            "a PostgreSQL store needs psycopg, which is not installed",
            hint="pip install 'duetrail[postgres]'",
        ) from error
    return psycopg


def connect(place: Place) -> psycopg.Connection[Any]:
    """A connection that is in no transaction unless it is told to begin one.

    Raises:
        ConfigError: psycopg is not installed, or the URL has a part that it does not know.
        StoreError: The server cannot be reached, or lets nobody in.
    """
    psycopg = driver()
    holder = f"duetrail: process {os.getpid()} on {socket.gethostname()}"
    try:
        db = psycopg.connect(
            place.dsn, autocommit=True, connect_timeout=_SECONDS, application_name=holder[:63]
        )
    except psycopg.ProgrammingError:  # its words hold parts of the URL, and so of a password
        raise ConfigError(
            f"the URL of the store {place.name} has a part that PostgreSQL does not know",
            hint="Use postgresql://USER@HOST:PORT/DATABASE, and ?schema=NAME if you like.",
        ) from None
    except psycopg.Error as error:
        raise explained(error, place) from None
    try:
        db.prepare_threshold = None
        settings = _SETTINGS | ({"search_path": _quoted(place.schema)} if place.schema else {})
        with errors_of(place):
            parts = ", ".join(["set_config(%s, %s, false)"] * len(settings))
            words = [word for pair in settings.items() for word in pair]
            db.execute(f"SELECT {parts}, ({_FAST_TOAST})", words)
        _Loader.format = psycopg.pq.Format.TEXT
        for name, loader in _LOADERS.items():
            db.adapters.register_loader(name, loader)
    except BaseException:
        db.close()
        raise
    return db


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def errors_of(place: Place) -> Iterator[None]:
    """Turn errors of psycopg into a `StoreError` that says what to do."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        raise explained(error, place) from error


# By the beginning of a code of PostgreSQL; the first that fits.
_HINTS = {
    "28": "Check user and password: libpq reads PGPASSWORD and ~/.pgpass, too.",
    "3D": "Create the database first: createdb NAME.",
    "3F": "Create the schema, or let the user create it: GRANT CREATE ON DATABASE.",
    "25006": "The server takes no changes now, as a standby does: use the primary's address.",
    "42501": "The user lacks a right: the schema's owner has all that are needed.",
    "53": "The server lacks space, memory or connections; everything committed so far is kept.",
    "57": "The server was stopped or started anew: run again; everything committed is kept.",
    "54000": "A text that is looked up, such as an invoice's number, is longer than an index of "
    "PostgreSQL takes (some 2,700 bytes); nothing of its page was written.",
}
_UNREACHABLE = (
    "Check that the server runs and can be reached, then run again; everything committed is kept."
)


def explained(error: psycopg.Error, place: Place) -> StoreError:
    """An error of psycopg, with what to do."""
    code = error.sqlstate or ""
    if "password authentication failed" in str(error) or "no password supplied" in str(error):
        code = "28P01"
    elif "does not exist" in str(error) and not code:
        code = "3D000"
    hint = next((hint for begin, hint in _HINTS.items() if code.startswith(begin)), None)
    if hint is None and (not code or code.startswith("08")):
        hint = _UNREACHABLE
    text = " ".join((error.diag.message_primary or str(error)).split())
    return StoreError(f"the store {place.name} cannot be used: {text}", hint=hint or "Run again.")


# --- values as the store writes them ------------------------------------------------------------


class _Loader:
    """Makes a value of what the server sends as text."""

    format: Any

    def __init__(self, oid: int, context: Any = None) -> None:
        """See psycopg."""


class _Text(_Loader):
    def load(self, data: Any) -> str:
        return unescaped(str(data, "utf-8"))


class _Plain(_Loader):
    def load(self, data: Any) -> str:
        return str(data, "utf-8")


class _Flag(_Loader):
    def load(self, data: Any) -> int:
        return int(bytes(data) == b"t")


class _Time(_Loader):
    def load(self, data: Any) -> str:
        return moment_of(str(data, "ascii"))


class _Json(_Loader):
    def load(self, data: Any) -> str:
        return of_jsonb(str(data, "utf-8"))


_LOADERS: dict[str, Any] = {
    "text": _Text,
    "varchar": _Text,
    "date": _Plain,
    "numeric": _Plain,
    "bool": _Flag,
    "timestamptz": _Time,
    "jsonb": _Json,
}


def moment_of(text: str) -> str:
    """A time of PostgreSQL in UTC, `2026-01-02 03:04:05.5+00`, as the store writes times."""
    day, _, clock = text[:-3].partition(" ")
    second, _, fraction = clock.partition(".")
    return f"{day}T{second}.{fraction:0<6}Z"
