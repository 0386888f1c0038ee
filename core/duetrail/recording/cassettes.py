"""Cassettes: what a vendor answered, read from files in vcrpy's format."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from attrs import evolve, field, frozen

from duetrail.errors import UsageError
from duetrail.http.posting import question_key, question_of
from duetrail.recording.interactions import import_yaml
from duetrail.secrets import HIDDEN

RequestKey = tuple[str, str, tuple[tuple[str, str], ...]]
"""What tells one request from another: method, path and query, in any order of its parameters."""

# What a recorder may have kept of a body that is not passed on as it came.
_OF_THE_LINE = frozenset({"content-encoding", "content-length", "transfer-encoding", "connection"})

# In a key, before what tells the body of a POST.
_BODY = "#body"

_QUOTED_SLASH = re.compile("%2[Ff]")

_GZIP = b"\x1f\x8b"

# The credentials are refused, or may not read this: what a vendor says to a wrong key.
_REFUSALS = frozenset({401, 403})


def request_key(method: str, address: str) -> RequestKey:
    """What a request asks for.

    Args:
        method: Its HTTP method.
        address: Its URL, or path and query; a fragment may tell the body of a POST (see
            `duetrail.http.posting`).
    """
    parts = urlsplit(address)
    query = sorted(parse_qsl(parts.query, keep_blank_values=True))
    if question := question_of(parts.fragment):
        method, query = "POST", [*query, (_BODY, question)]
    # A slash that was quoted is part of an id, and no step of the path.
    return method, unquote(_QUOTED_SLASH.sub("%252F", parts.path)), tuple(query)


def posted_key(method: str, address: str, question: str) -> RequestKey:
    """The same for a request whose body is told by its key, if it has one."""
    key = request_key(method, address)
    return (*key[:2], (*key[2], (_BODY, question))) if question else key


@frozen(kw_only=True)
class RecordedExchange:
    """One request of a recording and its answer.

    Attributes:
        method: The HTTP method.
        address: The URL that was asked.
        status: The HTTP status of the answer.
        headers: Its headers, without those about length and encoding.
        body: Its bytes, not compressed.
        origin: The file it comes from.
        question: The key of what was posted; empty for none, or where a secret stood in it.
    """

    method: str
    address: str
    status: int = 200
    headers: Mapping[str, str] = field(factory=dict)
    body: bytes = field(default=b"", repr=False)
    origin: str = ""
    question: str = ""

    @property
    def key(self) -> RequestKey:
        """What tells this request from others."""
        return posted_key(self.method, self.address, self.question)

    @property
    def target(self) -> str:
        """Path and query of the request."""
        parts = urlsplit(self.address)
        return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


@frozen
class Cassette:
    """Answers of a vendor, in the order in which they were recorded.

    Attributes:
        exchanges: The requests with their answers; refusals (401, 403) are apart.
        refusals: What the vendor said to a key it does not accept.
    """

    exchanges: tuple[RecordedExchange, ...] = ()
    refusals: tuple[RecordedExchange, ...] = ()

    @classmethod
    def of(cls, exchanges: Iterable[RecordedExchange]) -> Cassette:
        """A cassette of these; of equal exchanges in several files one is kept."""
        good: list[RecordedExchange] = []
        refused: list[RecordedExchange] = []
        for exchange in exchanges:
            if exchange.status in _REFUSALS:
                refused.append(exchange)
            elif not _is_repeated(exchange, good):
                good.append(exchange)
        return cls(tuple(good), tuple(refused))

    @property
    def hosts(self) -> tuple[str, ...]:
        """Scheme and host of every address, such as `https://api.acme.example`."""
        every = (*self.exchanges, *self.refusals)
        return tuple(dict.fromkeys("://".join(urlsplit(one.address)[:2]) for one in every))

    def edited(self, change: Callable[[RecordedExchange], RecordedExchange]) -> Cassette:
        """The same with other answers."""
        return evolve(self, exchanges=tuple(map(change, self.exchanges)))


def read_cassettes(place: Path) -> Cassette:
    """One cassette from a file, or from all files of a folder.

    Args:
        place: A YAML file as vcrpy writes it, or a folder of such files.

    Raises:
        UsageError: There is none, or what is there is no cassette.
    """
    return Cassette.of(exchange for file in _files(place) for exchange in _exchanges(file))


def _files(place: Path) -> list[Path]:
    files = [place] if place.is_file() else sorted((*place.glob("*.yaml"), *place.glob("*.yml")))
    if not files:
        raise UsageError(
            f"there is no cassette at {place}",
            hint="`duetrail record` writes one; or name the file or the folder that holds them.",
        )
    return files


def facts_of(place: Path) -> dict[str, Any]:
    """What cassettes say of how they were recorded; of several, what the later ones say.

    Args:
        place: As for `read_cassettes`.

    Raises:
        UsageError: As `read_cassettes`.
    """
    facts: dict[str, Any] = {}
    for file in _files(place):
        try:
            facts |= (_loaded(file).get("metadata") or {}).get("duetrail") or {}
        except (TypeError, ValueError, AttributeError) as error:
            raise _no_cassette(file, error) from None
    return facts


def _exchanges(file: Path) -> Iterator[RecordedExchange]:
    try:
        for one in _loaded(file)["interactions"]:
            yield _exchange(one, file.name)
    except (TypeError, KeyError, AttributeError) as error:
        raise _no_cassette(file, error) from None


def _loaded(file: Path) -> Any:
    yaml = import_yaml()
    try:
        loaded = yaml.load(file.read_bytes(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        loaded["interactions"]
        return loaded
    except (yaml.YAMLError, TypeError, KeyError, AttributeError) as error:
        raise _no_cassette(file, error) from None


def _no_cassette(file: Path, error: Exception) -> UsageError:
    return UsageError(
        f"{file} is no cassette: {type(error).__name__}",
        hint="It must be YAML as vcrpy writes it: interactions, each with request and response.",
    )


def _exchange(one: Any, origin: str) -> RecordedExchange:
    request, response = one["request"], one["response"]
    body = response["body"]["string"]
    content = body.encode() if isinstance(body, str) else body or b""
    headers = {name: _joined(value) for name, value in (response["headers"] or {}).items()}
    return RecordedExchange(
        method=request["method"],
        address=request["uri"],
        status=response["status"]["code"],
        headers={name: v for name, v in headers.items() if name.lower() not in _OF_THE_LINE},
        body=gzip.decompress(content) if content.startswith(_GZIP) else content,
        origin=origin,
        question=question_in(request.get("body")),
    )


def question_in(body: Any) -> str:
    """What tells a posted body; empty where a login posted secrets, which nobody knows."""
    text = body.decode(errors="replace") if isinstance(body, bytes) else body
    if not text or HIDDEN in text:
        return ""
    try:
        return question_key(json.loads(text))
    except ValueError:
        return ""


def _joined(value: Any) -> str:
    """A header's value; one in several lines is one list (RFC 9110, section 5.3)."""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _is_repeated(exchange: RecordedExchange, others: list[RecordedExchange]) -> bool:
    """Whether another file has it; within one file a repetition is part of the story."""
    return any(
        other.key == exchange.key
        and other.body == exchange.body
        and other.origin != exchange.origin
        for other in others
    )
