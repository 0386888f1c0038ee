"""Made of: the id of an object that has none of its own, of what together tells it from others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from duetrail.declared.rules import Attribute, Key, Misfit, Reading, Rule, bare, named, or_none
from duetrail.model import made_id
from duetrail.wire import Id


class MadeOf(Rule, frozen=True):
    """Some values as one text, different where any of them is."""

    parts: tuple[Rule, ...]

    def types(self, field: Attribute) -> dict[str, Any]:
        """Those of the parts that are no keys; what a key is read as, other rules say first."""
        if bare(field.type) is not str:
            raise Misfit(f"holds {named(bare(field.type))} and no text")
        others = (part for part in self.parts if not isinstance(part, Key))
        return {key: type_ for part in others for key, type_ in part.types(field).items()}

    def value(self, field: Attribute, source: Reading) -> str:
        """The text."""
        values = [
            source.value(part.key) if isinstance(part, Key) else part.value(field, source)
            for part in self.parts
        ]
        return made_id(*values)


def with_parts(types: Mapping[str, Any], rules: Iterable[Rule]) -> dict[str, Any]:
    """The types of keys, with those that are read for ids alone: as ids."""
    found = dict(types)
    for rule in rules:
        for part in rule.parts if isinstance(rule, MadeOf) else ():
            if isinstance(part, Key):
                found.setdefault(part.key, or_none(Id))
    return found
