"""Objects: rules for what a vendor nests, as an address or as children."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, TypeAlias, get_args

from duetrail.declared.rules import (
    Attribute,
    Inner,
    Misfit,
    Reading,
    Rule,
    bare,
    named,
    one_type,
    or_none,
)
from duetrail.declared.where import Where
from duetrail.model import Address
from duetrail.wire import wire_class
from duetrail.wire.meant import Value, conditional, value_of


class Nested(Rule, frozen=True, eq=False):
    """An object as an address; of a list, the first that is meant."""

    key: str
    mapping: Inner
    where: Where | None = None
    is_list: bool = False

    def types(self, field: Attribute) -> dict[str, Any]:
        """The wire class of the address, or a list of it."""
        if bare(field.type) is not Address or self.mapping.kind is not Address:
            raise Misfit(f"holds {named(bare(field.type))}, which no nested object becomes")
        return {self.key: type_of([self])}

    def value(self, field: Attribute, source: Reading) -> Any:
        """The address."""
        return next(_made(self, source), None)


class Each(Rule, frozen=True, eq=False):
    """A list of objects as children of the record."""

    key: str
    mapping: Inner
    where: Where | None = None
    is_list: bool = True
    may_be_absent: bool = False

    def types(self, field: Attribute) -> dict[str, Any]:
        """A list of the wire class of the children."""
        element = get_args(field.type)[:1]
        if "table" not in field.metadata or element != (self.mapping.kind,):
            raise Misfit(f"holds no list of {self.mapping.kind.__name__}")
        return {self.key: type_of([self])}

    def value(self, field: Attribute, source: Reading) -> Any:
        """The children, in the vendor's order."""
        return tuple(_made(self, source))


OfObjects: TypeAlias = Nested | Each


def type_of(rules: Sequence[OfObjects]) -> Any:
    """The type of a key, of whose objects some rules make something.

    Raises:
        Misfit: They read a key of these objects as different types.
    """
    wire: Any = _object_class(rules)
    return or_none(tuple[wire, ...] if rules[0].is_list else wire)


def keys_of(rule: OfObjects) -> dict[str, Any]:
    """The type of each key of its objects that a rule reads.

    Raises:
        Misfit: It reads one as two types.
    """
    keys = dict(rule.mapping.keys)
    for key, type_ in (rule.where.types if rule.where else {}).items():
        keys[key] = _merged(key, keys.get(key, type_), type_)
    return keys


def _merged(key: str, one: Any, other: Any) -> Any:
    both = one_type(one, other)
    if both is None:
        raise Misfit(f"reads {key!r} of the same objects as two types")
    return both


def _object_class(rules: Sequence[OfObjects]) -> type[Any]:
    first = rules[0]
    if all(rule.mapping is first.mapping and rule.where is None for rule in rules):
        return first.mapping.wire
    keys: dict[str, Any] = {}
    for rule in rules:
        for key, type_ in keys_of(rule).items():
            merged = _merged(key, keys.get(key, type_), type_)
            # What one of several rules needs, the objects of another may lack.
            keys[key] = merged if len(rules) == 1 else or_none(bare(merged))
    wire = wire_class(f"{first.mapping.kind.__name__}Object", keys)
    conditions = [rule.where for rule in rules if rule.where]
    return wire if len(conditions) < len(rules) else conditional(wire, partial(_any, conditions))


def _any(conditions: list[Where], value: Value) -> bool:
    return any(where.holds(value) for where in conditions)


def taken(rule: OfObjects, source: Reading) -> Iterator[tuple[int, Any]]:
    """The objects of which a rule makes something, with their places."""
    found = source.value(rule.key)
    for at, one in enumerate((found if rule.is_list else (found,)) or ()):
        if one is not None and (rule.where is None or rule.where.holds(partial(value_of, one))):
            yield at, one
            if isinstance(rule, Nested):
                return


def _made(rule: OfObjects, source: Reading) -> Iterator[Any]:
    """What each object that is meant becomes."""
    for at, one in taken(rule, source):
        path = f"{rule.key}[{at}]" if rule.is_list else rule.key
        yield rule.mapping.made(source.below(one, path))
