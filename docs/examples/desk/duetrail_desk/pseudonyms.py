"""A transform: people get pseudonyms, the same person always the same one."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from typing import Any

import attrs
from attrs import frozen

from duetrail import hookimpl
from duetrail.model import Record
from duetrail.secrets import Secret
from duetrail.source import option


@frozen
class Settings:
    """The settings of `[plugins.pseudonyms]`."""

    key: Secret = option("What pseudonyms are made with: who has it can try names out.")


@hookimpl
def settings() -> type[Settings]:
    """What the table may hold."""
    return Settings


@hookimpl
def transform(record: Record, settings: Settings) -> Record:
    """The record with a pseudonym for every text that may tell of a person."""
    changed: Record = _masked(record, _key(settings))
    return changed


@cache
def _key(settings: Settings) -> bytes:
    return settings.key.resolve().encode()


def _masked(whole: Any, key: bytes) -> Any:
    """A record, or a part of one. What a repr does not show is personal."""
    changes = {}
    for field in attrs.fields(type(whole)):
        value = getattr(whole, field.name)
        if not field.repr and field.name != "extra":
            changes[field.name] = _pseudonym(value, key)
        elif isinstance(value, tuple):
            changes[field.name] = tuple(
                _masked(part, key) if attrs.has(type(part)) else part for part in value
            )
    return attrs.evolve(whole, **changes)


def _pseudonym(value: Any, key: bytes) -> Any:
    if isinstance(value, str):
        return "p" + blake2b(value.strip().lower().encode(), key=key, digest_size=8).hexdigest()
    if isinstance(value, tuple):
        return tuple(_pseudonym(part, key) for part in value)
    return _masked(value, key) if attrs.has(type(value)) else value
