"""Field mappings: what a record, or a part of one, is made of."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any, Generic, TypeVar, get_origin

import attrs

from duetrail.declared.around import Parent, object_around, split
from duetrail.declared.given import WHAT_A_KEY_IS, check_given
from duetrail.declared.itself import Itself
from duetrail.declared.made_of import MadeOf, with_parts
from duetrail.declared.objects import Each, Nested, keys_of, type_of
from duetrail.declared.rules import (
    Amount,
    Computed,
    Constant,
    Key,
    Local,
    Mentioned,
    Misfit,
    OfChildren,
    Outer,
    Reading,
    Rule,
    Shared,
    Summed,
    Value,
    Word,
    bare,
    named,
    one_type,
    spelled,
)
from duetrail.declared.unused import unused_of
from duetrail.declared.values import FirstOf
from duetrail.errors import PluginError, did_you_mean
from duetrail.model import Address, Record, fields_of
from duetrail.model.fields import is_needed
from duetrail.wire import wire_class
from duetrail.wire.elements import end_of, inner_type, is_in_list, is_several, outer_type

Kind = TypeVar("Kind")

_RULES = (
    "Write a key, a word of the model, true or false, or one of computed, constant, digits, each, "
    "first_of, invoice_id, itself, joined, local, lookup, made_of, mentioned, money, nested, "
    "outer, parent, parsed, shared, summed, text, unix, upper and word."
)


# What a child may take of its record: whatever is filled before the children are.
_PLAIN = (Value, Constant, Local, MadeOf)


class FieldMapping(Generic[Kind]):
    """A mapping, written as data.

    Args:
        kind: The record it makes; or a child of one, or Address, to be used in another mapping.
        fields: For each field a key of the vendor's object, with dots into objects inside it, and
            into lists with `[0]` for one element, `[*]` for all; what it always is, if that is
            True, False or a word of the model, such as `Direction.OUTBOUND`; or a rule: `computed`,
            `constant`, `digits`, `each`, `first_of`, `invoice_id`, `itself`, `joined`, `local`,
            `lookup`, `made_of`, `mentioned`, `money`, `nested`, `outer`, `parent`, `parsed`,
            `shared`, `summed`, `text`, `unix`, `upper`, `word`. An id may be a text or a whole
            number, which is kept as text.
            What is not named keeps its default; a record needs its `id`.

    Attributes:
        kind: The same.
        rules: How each field is filled, in the order of the record's fields.
        fields: Those fields.
        keys: The type of each key that is read.
        parents: The type of each key of the object around that is read.

    Raises:
        PluginError: It fits no object: there is no such field, or it is of another type.
    """

    def __init__(self, kind: type[Kind], /, **fields: str | bool | Rule) -> None:
        self.kind = kind
        self._written = fields
        own = {one.name: one for one in fields_of(kind) if one.name != "connection"}
        rules = {name: self._rule(name, rule, own) for name, rule in fields.items()}
        for name, rule in list(rules.items()):
            word, raw = rule.word if isinstance(rule, Word) else None, f"{name}_raw"
            if isinstance(word, Key | FirstOf | Parent) and raw in own:
                rules.setdefault(raw, word)
        for name, one in own.items():
            if (one.default is attrs.NOTHING or is_needed(one)) and name not in rules:
                raise self._refused(name, "has no rule", "Say which key it comes from.")
        self.rules: Mapping[str, Rule] = {name: rules[name] for name in own if name in rules}
        self.fields: Mapping[str, Any] = {name: own[name] for name in self.rules}
        self._objects: dict[tuple[str, bool], Any] = {}
        self.keys: Mapping[str, Any] = self._types()
        self.parents: Mapping[str, Any] = self._types_around()
        names = sorted(self.rules, key=lambda name: _turn(self.rules[name]))
        self._in_order = [(name, self.rules[name], self.fields[name]) for name in names]

    def plus(self, **fields: str | bool | Rule) -> FieldMapping[Kind]:
        """A mapping with more rules than this one, or with others.

        Args:
            fields: As for a mapping; where both have a rule for a field, it is this one.

        Raises:
            PluginError: As for a mapping.
        """
        return FieldMapping(self.kind, **(self._written | fields))

    def record(self, wire: Any, connection: str, options: Any, parent: Any = None) -> Kind:
        """The record of an object.

        Args:
            wire: The object, as `wire`.
            connection: The name of its connection.
            options: And its settings.
            parent: The item it stood inside (`Item.parent`), or the object around as parsed JSON,
                as in a test; needed by a mapping with `parent`.

        Raises:
            BadItem: It cannot be mapped.
            PluginError: The mapping needs the item around, and is given none.
        """
        around = object_around(self.parents, parent)
        source = Reading(wire, connection, options, parent=around)
        self._fill(source)
        extra = unused_of(self, source)
        more = {"extra": extra} if extra else {}
        return self.kind(**source.fields, connection=connection, **more)  # type: ignore[call-arg]

    def is_true(self, what: Computed, wire: Any) -> bool:
        """Whether something that is computed of an object is true."""
        return bool(what.function(*map(Reading(wire).value, what.keys)))

    def made(self, source: Reading) -> Kind:
        """The child or address of an object."""
        self._fill(source)
        return self.kind(**source.fields)

    def _fill(self, source: Reading) -> None:
        for name, rule, field in self._in_order:
            source.fields[name] = rule.value(field, source)

    @cached_property
    def wire(self) -> type[Any]:
        """The wire class of its objects, which names each key and its type."""
        kept = {
            rule.key
            for name, rule in self.rules.items()
            if isinstance(rule, Key) and bare(self.fields[name].type) is Any
        }
        return wire_class(f"{self.kind.__name__}Mapping", self._keys_one_by_one(), kept)

    def _keys_one_by_one(self) -> dict[str, Any]:
        """The keys; for an address whose object has keys of other fields, too, those inside it."""
        keys = dict(self.keys)
        for name, rule in self.rules.items():
            if not isinstance(rule, Nested) or rule.is_list:
                continue
            if any(key.startswith(f"{rule.key}.") for key in keys):
                keys.pop(rule.key, None)
                for key, type_ in keys_of(rule).items():
                    inside = f"{rule.key}.{key}"
                    keys[inside] = self._one_type(name, inside, keys.get(inside, type_), type_)
        return keys

    def _rule(self, name: str, rule: str | bool | Rule, own: Mapping[str, Any]) -> Rule:
        if name not in own:
            raise PluginError(
                f"a mapping names {name!r}, which is no field of {self.kind.__name__}",
                hint=did_you_mean(name, own, f"It has {', '.join(sorted(own))}."),
            )
        if isinstance(rule, StrEnum | bool):
            return Constant(rule)
        if not isinstance(rule, str | Rule):
            raise self._refused(name, f"has a {type(rule).__name__} as its rule", _RULES)
        made = Key(rule) if isinstance(rule, str) else rule
        try:
            check_given(made)
        except Misfit as error:
            raise self._refused(name, str(error), WHAT_A_KEY_IS) from None
        return made

    def _types(self) -> dict[str, Any]:
        """The type of each key; one that several fields are made of has one type for all."""
        found: dict[str, tuple[Any, str]] = {}
        ends: dict[str, str] = {}
        for name, rule in self.rules.items():
            self._check_list(name, rule)
            try:
                types = self._types_of(rule, self.fields[name])
            except Misfit as error:
                raise self._refused(name, str(error), _RULES) from None
            for key, type_ in types.items():
                self._check_key(name, key, type_)
                ends[key], inner = end_of(key), inner_type(key, type_)
                before, first = found.setdefault(ends[key], (inner, name))
                found[ends[key]] = self._one_type(f"{name} and {first}", key, before, inner), first
            if isinstance(rule, Each | Itself):
                self._check_children(name, rule)
            if isinstance(rule, OfChildren):
                self._check_made(name, rule)
            if isinstance(rule, Outer) and issubclass(self.kind, Record | Address):
                raise self._refused(
                    name, f"is outer({rule.field!r})", "Only a child has a record around it."
                )
        types = {key: outer_type(key, found[end][0]) for key, end in ends.items()}
        return with_parts(types, self.rules.values())

    def _types_around(self) -> dict[str, Any]:
        """The type of each key that is read of the object around."""
        found: dict[str, Any] = {}
        for name, rule in self.rules.items():
            _, around = split(rule.types(self.fields[name]))
            for key, type_ in around.items():
                self._check_key(name, key, type_)
                found[key] = self._one_type(name, key, found.get(key, type_), type_)
        return found

    def _types_of(self, rule: Rule, field: Any) -> dict[str, Any]:
        """The type of each key of a rule, and of those that its objects take of this one."""
        types, _ = split(rule.types(field))
        if isinstance(rule, Each | Nested):
            at = rule.key, rule.is_list
            if at not in self._objects:
                every = [one for one in self.rules.values() if isinstance(one, Each | Nested)]
                self._objects[at] = type_of([one for one in every if (one.key, one.is_list) == at])
            types = {rule.key: self._objects[at]}
        if isinstance(rule, Each | Nested | Itself):
            for key, type_ in rule.mapping.parents.items():
                types[key] = self._one_type(field.name, key, types.get(key, type_), type_)
        return types

    def _one_type(self, names: str, key: str, one: Any, other: Any) -> Any:
        """The type with which a key suits two rules; what one of them needs may not be absent."""
        both = one_type(one, other)
        if both is None:
            raise self._refused(
                names,
                f"read {key!r} as two different types, {spelled(one)} and {spelled(other)}",
                "Read it as one type, and compute the other field.",
            )
        return both

    def _check_key(self, name: str, key: str, type_: Any) -> None:
        if not all(key.split(".")):
            raise self._refused(name, f"is read from {key!r}", "A key is like payment.amount.")
        if is_several(key):
            if get_origin(bare(type_)) is not tuple:
                raise self._refused(
                    name,
                    f"is one value, and {key!r} is several",
                    "Take one, such as emails[0]; a function takes all as tuple[str, ...].",
                )
        elif ("." in key or is_in_list(key)) and bare(type_) is type_ is not Any:
            raise self._refused(
                name, f"needs {key!r}", "What stands inside another object may not be there."
            )

    def _check_list(self, name: str, rule: Rule) -> None:
        """Refuse objects that stand in a list of lists."""
        if isinstance(rule, Each | Nested | Mentioned) and is_in_list(rule.key):
            raise self._refused(
                name, f"is made of {rule.key!r}, which leads into a list", "Compute it."
            )

    def _check_made(self, name: str, rule: OfChildren) -> None:
        """Refuse a field that is made of children which `each` does not make."""
        made = self.rules.get(rule.children)
        own = {one.name: one for one in fields_of(self.kind)}
        if not isinstance(made, Each):
            raise self._refused(
                name,
                f"is made of {rule.children!r}, which no `each` fills",
                "Name a field of the same record that has a rule each(...).",
            )
        try:
            rule.check(own[name], made.mapping.kind)
        except Misfit as error:
            raise self._refused(
                name, str(error), "Name a field of the children that fits."
            ) from None

    def _check_children(self, name: str, rule: Each | Itself) -> None:
        """Refuse children that ask for a field of their record that is no plain value of theirs."""
        for field, asked in rule.mapping.rules.items():
            if isinstance(asked, Outer) and (why := self._unfit(asked, rule.mapping.fields[field])):
                raise self._refused(
                    name,
                    f"has children with outer({asked.field!r}), which {why}",
                    "Name a field of the record with a rule for a plain value of that type; of an "
                    'amount or a word take the key: money(parent("cents")).',
                )

    def _unfit(self, asked: Outer, field: Any) -> str:
        """Why a field of a child cannot be what a field of the record is."""
        if not isinstance(self.rules.get(asked.field), _PLAIN):
            return "has no rule for a plain value"
        kinds = bare(self.fields[asked.field].type), bare(field.type)
        return f"is no {named(kinds[1])}" if Any not in kinds and kinds[0] != kinds[1] else ""

    def _refused(self, name: str, why: str, hint: str) -> PluginError:
        return PluginError(f"a mapping does not fit: {self.kind.__name__}.{name} {why}", hint=hint)


def _turn(rule: Rule) -> int:
    """When a rule is applied: children need plain fields; sums, children; money, a currency."""
    if isinstance(rule, Each | Itself):
        return 1
    if isinstance(rule, Shared):
        return 2
    return 3 if isinstance(rule, Amount | Summed) else 0
