"""Removals: what a record that is not stored any more leaves, for whoever has copied it.

The id of an erased record may be a person, so only a salted hash of it is left. Whoever has a copy
hashes the ids that he has; in SQL that is `sha256(salt || id)`.
"""

from __future__ import annotations

from hashlib import sha256
from secrets import token_hex
from typing import NamedTuple

_ERASED = "erased"


class Removal(NamedTuple):
    """A record that is not stored any more; a row of the table `removals`.

    Attributes:
        connection: Its connection.
        record: Its table.
        id: Its id; of an erased one what `erased_id` made of it.
        run: The run that removed it.
    """

    connection: str
    record: str
    id: str
    run: int


def erased_id(id: str) -> str:
    """What is left of the id of an erased record: enough to find a copy by, and no more."""
    salt = token_hex(16)
    return f"{_ERASED}:{salt}:{_hash(salt, id)}"


def is_removed(told: str, id: str) -> bool:
    """Whether the id of a removal, as it is told, stands for this id."""
    if told == id:
        return True
    kind, _, rest = told.partition(":")
    salt, _, hash = rest.partition(":")
    return kind == _ERASED and len(hash) == 64 and hash == _hash(salt, id)


def _hash(salt: str, id: str) -> str:
    return sha256(f"{salt}{id}".encode(errors="surrogatepass")).hexdigest()
