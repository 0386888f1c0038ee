"""Prefixed: one mapping for several sets of keys, such as `bill_city` and `ship_city`."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from duetrail.declared.around import Parent
from duetrail.declared.itself import Itself
from duetrail.declared.lookup import Lookup
from duetrail.declared.made_of import MadeOf
from duetrail.declared.objects import Each, Nested
from duetrail.declared.rules import (
    Amount,
    Computed,
    Constant,
    Inner,
    Key,
    Local,
    Mentioned,
    Named,
    OfChildren,
    Outer,
    Word,
)
from duetrail.declared.values import FirstOf


def prefixed(mapping: Inner, prefix: str) -> Inner:
    """A mapping that reads each key with something before it."""
    if not prefix or not hasattr(mapping, "rules"):
        return mapping  # what is no mapping is told with the field
    make: Any = type(mapping)
    made: Inner = make(
        mapping.kind, **{name: _rule(rule, prefix) for name, rule in mapping.rules.items()}
    )
    return made


def _rule(rule: Any, prefix: str) -> Any:
    """A rule, of the same object's keys; those of the object around it are not its own."""
    match rule:
        case Constant() | OfChildren() | Outer() | Parent():
            return rule
        case Each() | Key() | Local() | Lookup() | Mentioned() | Named() | Nested():
            return replace(rule, key=_key(rule.key, prefix))
        case Computed() | FirstOf():
            return replace(rule, keys=tuple(_key(key, prefix) for key in rule.keys))
        case Amount():
            return replace(rule, number=_rule(rule.number, prefix))
        case Word():
            return replace(rule, word=_rule(rule.word, prefix))
        case MadeOf():
            return replace(rule, parts=tuple(_rule(part, prefix) for part in rule.parts))
        case Itself():
            return replace(rule, mapping=prefixed(rule.mapping, prefix))
    raise TypeError(type(rule).__name__)


def _key(key: Any, prefix: str) -> Any:
    """A key; what is none, since it is of another object, stays as it is."""
    return prefix + key if isinstance(key, str) else key
