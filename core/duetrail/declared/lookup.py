"""Lookup: the value that a table has for a vendor's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from duetrail.declared.rules import Attribute, Key, Misfit, Reading, Rule, Value, bare, named
from duetrail.errors import PluginError

_KINDS = (str, int, bool)


class Lookup(Value, frozen=True, eq=False):
    """What a table has for the value of a key; None for one that it has not."""

    key: Any
    table: Mapping[Any, Any]

    @property
    def keys(self) -> tuple[Any, ...]:
        """What is read."""
        return (self.key,)

    def types(self, field: Attribute) -> dict[str, Any]:
        """The type that is looked up."""
        for one in self.table.values():
            if type(one) is not bare(field.type):
                raise Misfit(f"holds {named(bare(field.type))}, which {one!r} is not")
        return {self.key: type(next(iter(self.table))) | None}

    def kind(self, wanted: Any) -> Any:
        """None: what the table has is the value of a field by itself."""
        raise Misfit("is made of lookup(...), which goes into no other rule")

    def value(self, field: Attribute, source: Reading) -> Any:
        """What the table has; texts are compared without regard to case."""
        return self.found(source.value(self.key))

    def found(self, value: Any) -> Any:
        """What the table has for a value."""
        return self.table.get(_folded(value))

    def expected(self, value: Any) -> Any:
        """The same.

        Raises:
            ValueError: The table has nothing for it, which has to be kept.
        """
        found = self.found(value)
        if found is None and value not in (None, ""):
            raise ValueError("not in the table")
        return found

    def unused(self, source: Reading) -> Iterator[tuple[str, Any]]:
        """The key whose value is in no table."""
        value = source.value(self.key)
        is_own = isinstance(self.key, str)  # and not of the object around
        if is_own and value not in (None, "") and self.found(value) is None:
            yield self.key, value


def checked_table(key: object, table: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """A table.

    Raises:
        PluginError: Nothing can be looked up in it.
    """
    kinds, folded = {*map(type, table)}, {_folded(one): found for one, found in table.items()}
    if len(kinds) != 1 or kinds - {*_KINDS} or len(folded) < len(table):
        raise PluginError(
            f"a lookup of {key!r} has no table that it can be looked up in",
            hint='Write it like {1: True, 0: False}, or {"yes": True, "no": False}: texts that '
            "differ by more than case, whole numbers, or true and false.",
        )
    return folded


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def kept_keys(rules: Iterable[Rule]) -> frozenset[str]:
    """The keys whose values a field has as they are."""
    return frozenset(rule.key for rule in rules if isinstance(rule, Key))
