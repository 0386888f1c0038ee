"""What SQLite says in its own way, and how blobs are bound in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec


class SqliteDialect:
    """See `duetrail.stores.dialect.Dialect`."""

    each = "(SELECT value FROM json_each(?))"
    each_number = each
    each_pair = (
        "(SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?))"
    )
    # Without it SQLite reads all rejects of a resource rather than those of some items.
    by_item = "INDEXED BY rejects_by_item"
    key = (
        """CASE WHEN o.within LIKE '"%' AND json_valid(o.within) """
        "THEN json_extract(o.within, '$') ELSE o.within END"
    )

    def bound(self, values: Iterable[Any]) -> str:
        return msgspec.json.encode(list(values)).decode()

    def listed(self, name: str, width: int = 1) -> str:
        if width == 1:
            return f"(SELECT value FROM json_each(:{name}))"
        columns = ", ".join(f"json_extract(value, '$[{at}]')" for at in range(width))
        return f"(SELECT {columns} FROM json_each(:{name}))"

    def line(self, number: int) -> str:
        rest = "o.within"
        for _ in range(number):
            rest = f"substr({rest}, instr({rest}, char(10)) + 1)"
        return f"substr({rest}, 1, instr({rest} || char(10), char(10)) - 1)"

    def among(self, hashes: Sequence[bytes]) -> Iterator[tuple[str, Sequence[Any]]]:
        for part in portions(hashes):
            yield f"IN ({marks(len(part))})", part


SQLITE = SqliteDialect()


# Lists of blobs cannot be bound as JSON. Each length of a list is a statement of its own, and to
# prepare one costs more than to look up a value twice: so there are few lengths.
_LENGTHS = (1, 8, 64, 256)


blob = bytearray
"""Makes of bytes what is bound at once: for each `bytes` sqlite3 looks for an adapter first."""


def portions(values: Sequence[bytes]) -> Iterator[tuple[bytearray, ...]]:
    """Blobs in lists of few lengths; the last value fills up."""
    if len(values) == 1:  # of a key, and so of most there are
        yield (blob(values[0]),)
        return
    at = 0
    while at < len(values):
        rest = len(values) - at
        length = next((one for one in _LENGTHS if rest <= one), _LENGTHS[-1])
        part = tuple(map(blob, values[at : at + length]))
        yield part + part[-1:] * (length - len(part))
        at += length


def marks(count: int) -> str:
    """So many question marks."""
    return ", ".join("?" * count)
