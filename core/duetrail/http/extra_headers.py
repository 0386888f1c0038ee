"""Headers that a source declares for every request, checked before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping

from duetrail.errors import PluginError
from duetrail.secrets import redact
from duetrail.source import Connection

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")

# Credentials are `auth`'s to put on a request, the rest is the core's.
_OTHERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "cookie",
        "host",
        "if-none-match",
        "proxy-authorization",
        "transfer-encoding",
    }
)


def extra_headers(connection: Connection) -> Mapping[str, str]:
    """The headers that the source of a connection declares.

    Raises:
        PluginError: One cannot be sent, is not the source's to set, or holds a secret.
    """
    source = connection.source
    declared = source.headers
    headers = declared(connection.options) if callable(declared) else declared
    for name, value in headers.items():
        if what := _wrong(name, value):
            raise PluginError(
                f"the header {name[:40]!r} that plugin {source.name!r} declares {what}",
                hint="Source(headers=...) is for what is no credential, such as the version of "
                "the API; credentials are put on requests by Source(auth=...).",
            )
    return headers


def _wrong(name: str, value: object) -> str:
    if not _NAME.fullmatch(name):
        return "is no name of a header"
    if name.lower() in _OTHERS:
        return "is not for a source to set"
    if not isinstance(value, str) or not value.isprintable() or not value.isascii():
        return "has a value that cannot stand in a header"
    return "holds a secret" if redact(value) != value else ""
