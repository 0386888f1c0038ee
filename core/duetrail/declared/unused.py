"""Unused: what a mapping reads of an object and no field has, which belongs in `extra`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import cache
from typing import Any

import attrs

from duetrail.declared.around import split
from duetrail.declared.itself import Itself
from duetrail.declared.lookup import Lookup, kept_keys
from duetrail.declared.made_of import MadeOf
from duetrail.declared.objects import Each, Nested, OfObjects, keys_of, taken
from duetrail.declared.rules import Amount, Inner, Key, Local, Reading, Rule, Word
from duetrail.declared.values import FirstOf
from duetrail.wire import json_key
from duetrail.wire.elements import ALL, Step, steps_of
from duetrail.wire.meant import value_of

_NOTHING: tuple[Any, ...] = (None, "", (), [], {})


def unused_of(mapping: Inner, source: Reading) -> dict[str, Any]:
    """What a mapping reads of an object and no field has, for `extra`.

    Args:
        mapping: The mapping.
        source: The object, with its fields filled.
    """
    extra: dict[str, Any] = {}
    made = [one for name, one in _of_objects(mapping) if source.fields[name] not in (None, ())]
    read = plain_keys(mapping).union(*(one.mapping.parents for one in made))
    flat = [one.mapping for one in made if isinstance(one, Itself)]
    read = read.union(*(one.keys for one in flat))
    for key in sorted(_other_keys(mapping) - read):
        _put_of(extra, source.wire, key)
    for rules in _groups(mapping):
        _put_rest(extra, rules, source, read)
    for one in (mapping, *flat):
        inner = source if one is mapping else source.inner(source.wire, source.path)
        _put_unused(extra, one.rules.values(), inner)
    return extra


@cache
def plain_keys(mapping: Inner) -> frozenset[str]:
    """The keys of whose values a mapping makes something, whatever else an object holds."""
    found: set[str] = set()
    for name, rule in mapping.rules.items():
        if not isinstance(rule, Each | Nested | Itself):
            found |= split(rule.types(mapping.fields[name]))[0].keys()
        parts = rule.parts if isinstance(rule, MadeOf) else ()
        found |= {part.key for part in parts if isinstance(part, Key)}
    return frozenset(found)


def left_by(mapping: Inner, rule: Each) -> list[str]:
    """The keys that other rules read of the objects of a rule, and it does not."""
    rules = next((rules for rules in _groups(mapping) if rule in rules), (rule,))
    return _left(rules, (rule,))


@cache
def _of_objects(mapping: Inner) -> tuple[tuple[str, Each | Nested | Itself], ...]:
    rules = mapping.rules.items()
    return tuple((name, one) for name, one in rules if isinstance(one, Each | Nested | Itself))


@cache
def _other_keys(mapping: Inner) -> frozenset[str]:
    """The keys of plain values that only rules for objects read."""
    objects = {one.key for _, one in _of_objects(mapping) if not isinstance(one, Itself)}
    return frozenset(mapping.keys) - plain_keys(mapping) - objects


@cache
def _groups(mapping: Inner) -> tuple[tuple[OfObjects, ...], ...]:
    """The rules that make something of the same objects, where they may leave some of them."""
    groups: dict[tuple[str, bool], list[OfObjects]] = {}
    for _, rule in _of_objects(mapping):
        if not isinstance(rule, Itself):
            groups.setdefault((rule.key, rule.is_list), []).append(rule)
    return tuple(
        tuple(rules) for rules in groups.values() if len(rules) > 1 or _may_leave(rules[0])
    )


def _may_leave(rule: OfObjects) -> bool:
    is_some = isinstance(rule, Nested) and (rule.is_list or rule.where is not None)
    return is_some or _is_choosing(rule)


def _choosing(rule: Rule) -> FirstOf | Lookup | Local | None:
    """The part of a rule that may not take what it reads."""
    value = rule.word if isinstance(rule, Word) else rule
    value = value.number if isinstance(value, Amount) else value
    return value if isinstance(value, FirstOf | Lookup | Local) else None


def _put_rest(
    extra: dict[str, Any], rules: tuple[OfObjects, ...], source: Reading, read: frozenset[str]
) -> None:
    """Put what is left of the objects of some rules, each in its place."""
    key, is_list = rules[0].key, rules[0].is_list
    found = source.value(key)
    objects = (found if is_list else (found,)) or ()
    places = [(rule, {at for at, _ in taken(rule, source)}) for rule in rules]
    rests = []
    for at, one in enumerate(objects):
        takers = tuple(rule for rule, ats in places if at in ats)
        rests.append({} if one is None else _rest(rules, takers, one, source))
    if is_list:
        _put(extra, key, [rest or None for rest in rests] if any(rests) else None)
        return
    for rest in rests:
        for inner, value in rest.items():
            if f"{key}.{inner}" not in read:
                _put(extra, f"{key}.{inner}", value)


def _rest(
    rules: tuple[OfObjects, ...], takers: tuple[OfObjects, ...], one: Any, source: Reading
) -> dict[str, Any]:
    """What some rules read of one object, and none of those that take it."""
    rest: dict[str, Any] = {}
    for key in _left(rules, takers):
        _put_of(rest, one, key)
    for rule in filter(_is_choosing, takers):
        _put_unused(rest, rule.mapping.rules.values(), source.below(one, rule.key))
    return rest


@cache
def _left(rules: tuple[OfObjects, ...], takers: tuple[OfObjects, ...]) -> list[str]:
    """The keys of an object that some rules read, and none of those that take it."""
    return sorted(frozenset[str]().union(*map(keys_of, rules)).difference(*map(keys_of, takers)))


@cache
def _is_choosing(rule: OfObjects) -> bool:
    return any(map(_choosing, rule.mapping.rules.values()))


def _put_unused(extra: dict[str, Any], rules: Collection[Rule], source: Reading) -> None:
    """Put the values that rules choose among, and do not choose."""
    for rule in (one for rule in rules if (one := _choosing(rule))):
        for key, _ in rule.unused(source):
            if not (isinstance(rule, Lookup) and key in kept_keys(rules)):
                _put_of(extra, source.wire, key)


def _put_of(extra: dict[str, Any], wire: Any, key: str) -> None:
    """Put what stands under a key of an object; of lists, in its place."""
    for name, value in _shown(wire, steps_of(key)).items():
        _put(extra, name, value)


def _shown(wire: Any, steps: tuple[Step, ...]) -> Any:
    """What some steps lead to, as JSON, with the objects and lists around it."""
    if not steps:
        return _as_json(wire)
    (name, place), *rest = steps
    found = None if wire is None else value_of(wire, name)
    if place is None:
        shown = _shown(found, tuple(rest))
    else:
        every = [_shown(one, tuple(rest)) for one in found or ()]
        is_taken = [place in (ALL, at) and one not in _NOTHING for at, one in enumerate(every)]
        shown = [one if taken else None for one, taken in zip(every, is_taken, strict=True)]
        shown = shown if any(is_taken) else None
    return {} if shown in _NOTHING else {name: shown}


def _put(extra: dict[str, Any], key: str, value: Any) -> None:
    """Put a value under a key, inside the objects that it leads into, beside what is there."""
    as_json = _as_json(value)
    if as_json in _NOTHING:
        return
    *steps, last = key.split(".")
    for step in steps:
        extra = extra.setdefault(step, {})
    extra[last] = _both(extra.get(last), as_json)


def _both(one: Any, other: Any) -> Any:
    """Two parts of one value."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {**one, **{key: _both(one.get(key), value) for key, value in other.items()}}
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [_both(*pair) for pair in zip(one, other, strict=True)]
    return one if other is None else other


def _as_json(value: Any) -> Any:
    """A value of a wire class as JSON; of an object what it says."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_as_json(one) for one in value]
    if not attrs.has(type(value)):
        return value
    made: dict[str, Any] = {}
    for one in attrs.fields(type(value)):
        _put(made, json_key(one), getattr(value, one.name))
    return made
