"""Prefixed: one mapping for several sets of keys, such as `bill_city` and `ship_city`."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from duetrail.declared.around import Parent
from duetrail.declared.rules import Inner, Rule


def prefixed(mapping: Inner, prefix: str) -> Inner:
    """A mapping that reads each key with something before it."""
    if not prefix:
        return mapping
    make: Any = type(mapping)
    made: Inner = make(
        mapping.kind, **{name: _rule(rule, prefix) for name, rule in mapping.rules.items()}
    )
    return made


def _rule(rule: Rule, prefix: str) -> Rule:
    """A rule, of the same object's keys; those of the object around it are not its own."""
    if isinstance(rule, Parent):
        return rule
    own = {name: getattr(rule, name) for name in rule.__struct_fields__}
    return replace(rule, **{name: _part(name, value, prefix) for name, value in own.items()})


def _part(name: str, value: Any, prefix: str) -> Any:
    if isinstance(value, Rule):
        return _rule(value, prefix)
    if name == "parts":
        return tuple(_rule(one, prefix) for one in value)
    if name == "keys":
        return tuple(f"{prefix}{key}" for key in value)
    return f"{prefix}{value}" if name == "key" else value
