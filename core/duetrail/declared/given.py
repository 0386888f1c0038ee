"""Given: what a rule is given stands for keys; anything else is refused with its field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from duetrail.declared.around import Parent
from duetrail.declared.itself import Itself
from duetrail.declared.lookup import Lookup
from duetrail.declared.made_of import MadeOf
from duetrail.declared.objects import Each, Nested
from duetrail.declared.rules import (
    Amount,
    Computed,
    Key,
    Local,
    Mentioned,
    Misfit,
    Named,
    OfChildren,
    Outer,
    Rule,
    Value,
    Word,
)
from duetrail.declared.values import FirstOf

WHAT_A_KEY_IS = (
    "A key is a text such as payment.amount, or parent(...) in a rule for a plain value. What a "
    "rule makes of keys goes into no other rule: write computed(function, key, ...) with all the "
    "keys, and a function that does all of it, such as by from_digits."
)


def check_given(rule: Rule) -> None:
    """Refuse a rule that is given something else than it takes.

    Raises:
        Misfit: It is.
    """
    for value, kinds, what in _given(rule):
        if not isinstance(value, kinds):
            told = "a rule" if isinstance(value, Rule) else repr(value)
            raise Misfit(f"has {told} in place of {what}")
        if isinstance(value, Rule):
            check_given(value)


def _given(rule: Any) -> Iterator[tuple[Any, Any, str]]:
    """What a rule is given for keys, what may stand there, and the words for that."""
    match rule:
        case Key() | Local() | Lookup() | Named():
            yield rule.key, str | Parent, "a key"
        case Computed() | FirstOf():
            yield from ((key, str | Parent, "a key") for key in rule.keys)
        case Amount():
            yield rule.number, Value, "a key"
        case Word():
            yield rule.word, Value, "a key"
        case MadeOf():
            yield from ((part, Rule, "a key") for part in rule.parts)
        case Mentioned():
            yield from ((key, str, "a key of the object itself") for key in (rule.key, rule.id))
        case Parent():
            yield rule.key, str, "a key of the object around"
        case Each() | Nested():
            yield rule.key, str, "a key of the object itself"
        case OfChildren():
            yield from ((name, str, "the name of a field") for name in (rule.children, rule.of))
        case Outer():
            yield rule.field, str, "the name of a field"
    if isinstance(rule, Each | Nested | Itself) and not hasattr(rule.mapping, "rules"):
        raise Misfit(f"has {rule.mapping!r} in place of a FieldMapping")
