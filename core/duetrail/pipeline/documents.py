"""Documents: the top-level objects of a page, each with a hash that knows it again.

A document that was stored with the same hash needs no second look: the same bytes, mapped in the
same way for the same key, are the same records.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, TypeGuard

import msgspec
from msgspec import Struct

from duetrail.http.body import decode as parse
from duetrail.http.cutting import cut_bytes
from duetrail.source import Connection, Resource, Shard
from duetrail.stores.situation import CONTENT
from duetrail.wire import UnrepresentableNumber

Known = Callable[[Sequence[bytes]], set[bytes]]
"""Of some hashes of documents those that are known, so that nothing has to be done for them."""

# Bytes of a hash for how a document is mapped; those for what was received come before them.
_MAPPING = 4


class Document(Struct, eq=False):
    """One top-level object of a page, with everything inside it.

    Attributes:
        path: Its JSON path on the page, such as `$.data[3]`.
        hash: Two hashes in one. The first part is over what was received: its bytes without
            volatile keys, what its mapping takes of an object around it that is no item, whose it
            is and where it was listed. The end is over all else that its records depend on: the
            mapping, and what its key stands for. The end is left out of a document that must be
            mapped each time: something in it was rejected, skipped or has no id, or its mapping
            looked at the page around it. None where its bytes or its mapping have no hash.
        items: How many items stand in it.
    """

    path: str
    hash: bytes | None
    items: int


def is_other_content(before: bytes | None, now: bytes | None) -> bool:
    """Whether two hashes of a document say that its bytes changed; not where there is no hash."""
    return before is not None and now is not None and before[:CONTENT] != now[:CONTENT]


def content_hash(hash: bytes | None) -> bytes | None:
    """Of a document's hash what tells its bytes, by which it is not recognised."""
    return None if hash is None else hash[:CONTENT]


def is_recognised(hash: bytes | None) -> TypeGuard[bytes]:
    """Whether a document's hash is one that it is recognised by."""
    return hash is not None and len(hash) > CONTENT


def knows_none(hashes: Sequence[bytes]) -> set[bytes]:
    """What a reader without a store knows."""
    return set()


class Hasher:
    """Hashes the documents of one page.

    Args:
        fingerprint: Of the mapping (see `duetrail.pipeline.fingerprint`); None where it has none,
            and nothing is known again.
        connection: Whose page it is.
        resource: The resource it was fetched for.
        shard: The shard it belongs to.
    """

    def __init__(
        self, fingerprint: bytes | None, connection: Connection, resource: Resource, shard: Shard
    ) -> None:
        self._fingerprint = fingerprint
        self._volatile = resource.volatile
        place = (connection.name, resource.name, shard.name, shard.key and shard.key.value)
        self._begin = _encode(place)
        key = shard.key and (shard.key.invoices, shard.key.rows)
        self._end = sha256((fingerprint or b"") + _encode(key)).digest()[:_MAPPING]
        self._places: dict[str, Any] = {}

    def of_bytes(self, place: str, body: msgspec.Raw, around: Any = None) -> bytes | None:
        """The hash of a document.

        Args:
            place: The path of its shape, such as `$.data[*]`.
            body: Its bytes, valid JSON.
            around: What its mapping takes of the object around it; None where it takes nothing.

        Returns:
            None where it cannot be known again.
        """
        if self._fingerprint is None:
            return None
        if not self._volatile:
            return self._hash(place, body, around)
        kept = cut_bytes(bytes(body), self._volatile)
        if kept is None:
            return self.of_tree(place, parse(bytes(body)), around)
        return self._hash(place, kept, around)

    def of_tree(self, place: str, raw: Any, around: Any = None) -> bytes | None:
        """The hash of a document, as of parsed JSON."""
        if self._fingerprint is None:
            return None
        try:
            body = _encode(steady(raw, self._volatile))
        except (ArithmeticError, RecursionError, TypeError, ValueError):
            return None
        return self._hash(place, body, around)

    def _hash(self, place: str, body: bytes | msgspec.Raw, around: Any) -> bytes | None:
        begin = self._places.get(place)
        if begin is None:
            begin = self._places[place] = sha256(self._begin + place.encode() + b"\0")
        digest = begin.copy()
        digest.update(body)
        if around is not None:
            try:
                digest.update(_encode(steady(around, self._volatile)))
            except (ArithmeticError, RecursionError, TypeError, ValueError):
                return None
        return digest.digest()[:CONTENT] + self._end


def steady(raw: Any, volatile: frozenset[str]) -> Any:
    """Parsed JSON without its volatile keys."""
    if not volatile:
        return raw
    if type(raw) is dict:
        return {k: steady(v, volatile) for k, v in raw.items() if k not in volatile}
    if type(raw) is list:
        return [steady(element, volatile) for element in raw]
    return raw


def _refuse(value: Any) -> Any:
    """Numbers that nothing holds are kept as their text, and would look like one."""
    raise TypeError(type(value).__name__ if isinstance(value, UnrepresentableNumber) else "no JSON")


_encode = msgspec.json.Encoder(
    decimal_format="number", order="deterministic", enc_hook=_refuse
).encode
