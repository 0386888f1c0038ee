"""Addresses: below the connection's base URL, and nowhere else.

Every request carries credentials, so a path from a plugin, or an id from a vendor inside one,
must never lead to another host, to another part of the host, or over plain http.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, unquote, urlencode, urlsplit

from msgspec import Struct

from duetrail.errors import ConfigError, PluginError, ProtocolError

# Characters of an id in a message.
_SHOWN = 100

Scalar = str | int | bool | None
Params = Mapping[str, Scalar | Sequence[Scalar]]


class Address(Struct, frozen=True):
    """A base URL that was found fit to receive credentials.

    Attributes:
        base: Scheme, host, port and base path, without a slash at the end.
        host: The host alone.
        port: The port, given or implied.
        is_loopback: Whether the host is this machine.
    """

    base: str
    host: str
    port: int
    is_loopback: bool

    @classmethod
    def of(cls, base_url: str, connection: str, what: str = "base_url") -> Address:
        """Check a base URL.

        Args:
            base_url: From the configuration.
            connection: Whose, for the message.
            what: What it is called there, for the message.

        Raises:
            ConfigError: It is no https URL of a host and perhaps a path.
        """
        whose = f"{what} of connection {connection!r}"
        parts, port = _split(base_url, whose)
        host = parts.hostname or ""
        loopback = is_loopback(host)
        _refuse_unfit(parts, whose, loopback)
        name = f"[{host}]" if ":" in host else host
        netloc = name if parts.port is None else f"{name}:{port}"
        return cls(f"{parts.scheme}://{netloc}{parts.path.rstrip('/')}", host, port, loopback)

    def url(self, path: str, params: Params) -> str:
        """The full URL of a path below the base.

        Args:
            path: Such as `/invoices`; ids inside quoted with `segment`.
            params: The query; None is left out, booleans become `true` and `false`, a sequence
                repeats its key.

        Raises:
            ProtocolError: The path leads elsewhere.
            PluginError: A parameter is of no such type.
        """
        _refuse_escape(path)
        query = urlencode(list(_pairs(params)), quote_via=quote)
        tail = f"/{path.lstrip('/')}" if path else ""
        return f"{self.base}{tail}{'?' if query else ''}{query}"

    def linked(self, address: str) -> str:
        """The URL of a page that an answer links to; its query as the vendor wrote it.

        Of the address only path and query count, so that credentials go to no other host and
        never over plain http, whatever stands before them.

        Args:
            address: A whole one.

        Raises:
            ProtocolError: It leads to another host or port, or out of the base URL.
        """
        base = urlsplit(self.base)
        try:
            parts = urlsplit(address)
            is_same = parts.hostname == base.hostname and parts.port in (None, self.port)
        except ValueError:
            raise _astray("is no address") from None
        if not is_same or parts.username is not None or parts.password is not None:
            raise _astray("leads to another host")
        path = parts.path.removeprefix(base.path)
        if not parts.path.startswith(base.path) or path[:1] not in ("", "/"):
            raise _astray("leads out of base_url")
        if not parts.query.isprintable() or " " in parts.query:
            raise _astray("has a blank or a control character in its query")
        return self.url(path, {}) + (f"?{parts.query}" if parts.query else "")


def _astray(why: str) -> ProtocolError:
    return ProtocolError(
        f"a link to the next page {why}; only what is below base_url is asked for",
        hint="Compare base_url with the vendor's documentation; if it is right, tell the vendor.",
    )


def segment(value: str) -> str:
    """A vendor's id, quoted to stand as one segment of a path.

    Raises:
        ProtocolError: It is empty, or has `.` or `..` between slashes, which some servers read
            even where it is quoted, and which would ask for something else.
    """
    if not value or {".", ".."} & set(value.replace("\\", "/").split("/")):
        raise ProtocolError(
            f"an id is {value[:_SHOWN]!r}, which cannot be asked for",
            hint="Look at the record the id came from; the vendor's answer, or its mapping, is "
            "at fault.",
        )
    return quote(value, safe="")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: 127.0.0.0/8, ::1 or localhost."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _split(base_url: str, whose: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(base_url)
        port = parts.port or (80 if parts.scheme == "http" else 443)
    except ValueError:
        raise ConfigError(f"the {whose} is no URL", hint=_EXAMPLE) from None
    # A backslash ends the host for some readers of URLs and not for others.
    if not parts.hostname or any(c in "\\%" or c <= " " for c in base_url.partition("//")[2]):
        raise ConfigError(f"the {whose} is no URL with a host", hint=_EXAMPLE)
    return parts, port


def _refuse_unfit(parts: SplitResult, whose: str, loopback: bool) -> None:
    if parts.username is not None or parts.password is not None:
        raise ConfigError(
            f"the {whose} holds a user name or password",
            hint="Take it out, and set it in the connection's options as env:NAME.",
        )
    if parts.query or parts.fragment:
        raise ConfigError(f"the {whose} has a query or a fragment", hint=_EXAMPLE)
    if parts.scheme == "http" and not loopback:
        raise ConfigError(
            f"the {whose} is plain http, which would send its credentials in clear",
            hint="Write https://; plain http is only for servers on this machine.",
        )
    if parts.scheme not in ("http", "https"):
        raise ConfigError(f"the {whose} does not begin with https://", hint=_EXAMPLE)


def _refuse_escape(path: str) -> None:
    raw = path.strip("/").split("/") if path.strip("/") else []
    # Some servers take %2F and a backslash for slashes.
    read = unquote(path).replace("\\", "/").split("/")
    if path.startswith("//") or urlsplit(path).scheme:
        what = "is an address of its own"
    elif any(c in "?#" or not c.isprintable() for c in path):
        what = "holds a `?`, a `#` or a control character"
    elif "" in raw or "." in read or ".." in read:
        what = "holds an empty, `.` or `..` segment"
    else:
        return
    raise ProtocolError(
        f"a path to ask for {what}; only paths below base_url are asked for",
        hint="In the plugin, quote ids with segment() and give the query as params.",
    )


def _pairs(params: Params) -> Iterator[tuple[str, str]]:
    for name, value in params.items():
        several = isinstance(value, Sequence) and not isinstance(value, str | bytes)
        for one in value if several else [value]:  # type: ignore[union-attr]
            if one is not None:
                yield name, _text(name, one)


def _text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int):
        raise PluginError(
            f"the parameter {name!r} is a {type(value).__name__}",
            hint="Give text, whole numbers, booleans, None or sequences of these.",
        )
    return str(value)


_EXAMPLE = "Write it like https://api.vendor.example/v1."
