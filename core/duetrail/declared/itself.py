"""Itself: an address or a child made of keys of the object itself, where a vendor nests nothing."""

from __future__ import annotations

from typing import Any, get_args

from duetrail.declared.rules import (
    Attribute,
    Inner,
    Misfit,
    Reading,
    Rule,
    bare,
    or_none,
)
from duetrail.model import Address
from duetrail.model.fields import is_needed


class Itself(Rule, frozen=True, eq=False):
    """The keys of the object itself as an address, or as one child."""

    mapping: Inner

    def types(self, field: Attribute) -> dict[str, Any]:
        """Those of the mapping; none of them has to be there."""
        if self.mapping.kind not in (bare(field.type), *get_args(field.type)[:1]) or not (
            self.mapping.kind is Address or "table" in field.metadata
        ):
            raise Misfit(f"holds no {self.mapping.kind.__name__}")
        return {key: or_none(bare(type_)) for key, type_ in self.mapping.keys.items()}

    def value(self, field: Attribute, source: Reading) -> Any:
        """It; None, or no child, where none of its keys has a value, or what it needs has none."""
        is_list = bare(field.type) is not self.mapping.kind
        inner = source.inner(source.wire, source.path)
        if not (self.is_told(source) and self._is_whole(inner)):
            return () if is_list else None
        made = self.mapping.made(inner)
        return (made,) if is_list else made

    def is_told(self, source: Reading) -> bool:
        """Whether any of its keys has a value."""
        return any(source.value(key) not in (None, "", ()) for key in self.mapping.keys)

    def _is_whole(self, inner: Reading) -> bool:
        """Whether each field without which there is no child has a value."""
        needed = [one for one in self.mapping.fields.values() if is_needed(one)]
        return all(self.mapping.rules[one.name].value(one, inner) for one in needed)
