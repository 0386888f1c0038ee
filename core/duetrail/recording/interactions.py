"""Interactions: a request and its answer, and the YAML of a cassette.

The format is vcrpy's, laid out for reading: bodies are indented, numbers are as the vendor wrote
them. Of headers only the media types are kept, and `Link`, which some vendors page with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import SplitResult, urlsplit

import msgspec
from attrs import field, frozen

from duetrail.errors import UsageError
from duetrail.http.body import decode, encode

_MEDIA = ("Accept", "Content-Type")
_VERSION = 1  # of vcrpy's format

_PORTS = {"http": 80, "https": 443}


@frozen
class Body:
    """What was sent or received.

    Attributes:
        data: The JSON; None where it is none.
        text: The text, where it is no JSON; empty for no body.
    """

    data: Any = field(default=None, repr=False)
    text: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, received: bytes | str | None) -> Body:
        """A body from its bytes; what is neither JSON nor UTF-8 is kept as far as it is text."""
        content = received.encode() if isinstance(received, str) else received or b""
        try:
            return cls(data=decode(content))
        except (ValueError, ArithmeticError, RecursionError):
            return cls(text=content.decode(errors="replace"))

    @property
    def shown(self) -> str:
        """The text, of JSON indented."""
        if self.text is not None:
            return self.text
        text = encode(self.data)
        with suppress(msgspec.DecodeError):  # such as NaN, which is kept, and is no JSON
            text = msgspec.json.format(text, indent=1)
        return text.decode()


@frozen
class Interaction:
    """One request and its answer.

    Attributes:
        method: Of the request.
        uri: What was asked, whole.
        accept: The media types of the request, by header.
        sent: What was sent.
        status: The HTTP status.
        reason: Its words.
        media: The media types of the answer, by header.
        body: What was received.
        links: The links in its header (RFC 8288), as it writes them; empty for none.
    """

    method: str
    uri: str = field(repr=False)
    accept: Mapping[str, str]
    sent: Body
    status: int
    reason: str
    media: Mapping[str, list[str]]
    body: Body
    links: str = field(default="", repr=False)

    @classmethod
    def of(cls, request: Any, response: Mapping[str, Any]) -> Interaction:
        """An interaction as vcrpy has it."""
        return cls(
            method=request.method,
            uri=request.uri,
            accept={name: _text(value) for name, value in media(request.headers).items()},
            sent=Body.of(request.body),
            status=response["status"]["code"],
            reason=response["status"]["message"] or "",
            media=media(response["headers"]),
            body=Body.of(response["body"]["string"]),
            links=_links(response["headers"]),
        )

    def as_dict(self) -> dict[str, Any]:
        """The interaction as vcrpy writes it."""
        return {
            "request": {
                "body": self.sent.shown or None,
                "headers": {name: [value] for name, value in self.accept.items()},
                "method": self.method,
                "uri": self.uri,
            },
            "response": {
                "body": {"string": self.body.shown},
                "headers": {**self.media, **({"Link": [self.links]} if self.links else {})},
                "status": {"code": self.status, "message": self.reason},
            },
        }


def media(headers: Mapping[str, Any]) -> dict[str, Any]:
    """The headers that say what kind of content is asked for or comes."""
    lower = {name.lower(): value for name, value in headers.items()}
    return {name: lower[name.lower()] for name in _MEDIA if name.lower() in lower}


def written(interactions: Iterable[Interaction], about: Mapping[str, Any]) -> str:
    """The text of a cassette.

    Args:
        interactions: What it holds, in this order.
        about: How it was recorded; plain values, which vcrpy ignores.

    Raises:
        UsageError: vcrpy is not installed, which brings YAML.
    """
    yaml = import_yaml()

    class Dumper(yaml.SafeDumper):  # type: ignore[name-defined,misc]
        """Writes texts of several lines as blocks."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

    def block(dumper: Any, text: str) -> Any:
        # A next line (U+0085) is a line break to YAML: only as an escape is it read as it was.
        style = '"' if "\x85" in text else "|" if "\n" in text else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, block)
    cassette: dict[str, Any] = {
        "interactions": [one.as_dict() for one in interactions],
        "version": _VERSION,
    }
    if about:
        cassette["metadata"] = {"duetrail": dict(about)}
    text: str = yaml.dump(cassette, Dumper=Dumper, allow_unicode=True, width=1000)
    return text


def missing_vcrpy() -> UsageError:
    """The error for whoever has not installed what cassettes are recorded and replayed with."""
    return UsageError(
        "cassettes need vcrpy, which is not installed", hint="pip install 'duetrail[test]'"
    )


def import_yaml() -> Any:
    """PyYAML, which comes with vcrpy.

    Raises:
        UsageError: vcrpy is not installed.
    """
    try:
        import yaml
    except ImportError:
        raise missing_vcrpy() from None
    return yaml


def path_below(uri: str, base_url: str) -> str | None:
    """The path of an address below a base URL, such as `/bills`; None where it is not below it.

    Host and port may be written in any way, such as in capitals, or with the port that is implied.
    """
    one, base = urlsplit(uri), urlsplit(base_url)
    path = base.path.rstrip("/")
    if _origin(one) != _origin(base) or not f"{one.path}/".startswith(f"{path}/"):
        return None
    return one.path[len(path) :]


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def _links(headers: Mapping[str, Any]) -> str:
    found = [value for name, value in headers.items() if name.lower() == "link"]
    return ", ".join(_text(part) for value in found for part in _several(value))


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: bytes | str) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
