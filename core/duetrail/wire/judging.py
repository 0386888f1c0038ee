"""Judging: what cattrs makes of an object, and the JSON path of what it refuses.

Cattrs is imported when the first object is judged: most syncs have none.
"""

from __future__ import annotations

from collections import abc
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

import attrs

from duetrail.errors import BadItem
from duetrail.wire.fields import Mismatch, UnrepresentableNumber, json_key
from duetrail.wire.ids import Id, id_text
from duetrail.wire.meant import is_meant
from duetrail.wire.times import DATE, is_no_time, utc
from duetrail.wire.unwrapping import unwrapper

if TYPE_CHECKING:
    from cattrs import Converter, IterableValidationError

T = TypeVar("T")


# Digits a number of 64 bits has at most.
_WIDEST = 19


class _Misdeclared(TypeError):
    """A wire class asks for what is never given."""


def judge(wire: type[T], raw: object) -> T:
    """The same, slowly: what cattrs makes of an object, or says against it.

    Raises:
        BadItem: As for `decode`.
    """
    from cattrs import BaseValidationError

    try:
        return converter().structure(raw, wire)
    except (BaseValidationError, Mismatch) as error:
        reasons = list(_reasons(error, "$"))
        first, path = reasons[0]
        more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
        raise BadItem(first + more, path=path) from None


@cache
def converter() -> Converter:
    """Cattrs with the strict types of a wire class."""
    from cattrs import Converter

    strict = Converter(detailed_validation=True)
    for type_, hook in _SCALARS.items():
        strict.register_structure_hook(type_, hook)
    strict.register_structure_hook_func(_is_untyped, _untyped)
    strict.register_structure_hook_func(is_time_or_none, _time_or_none)
    strict.register_structure_hook_factory(_is_list, _list_hook)
    strict.register_structure_hook_factory(_is_keyed, _keyed_hook)
    strict.register_structure_hook_factory(attrs.has, _object_hook)
    return strict


def is_scalar(type_: Any) -> bool:
    """Whether a type is one of the plain ones of a wire field; float is not."""
    return type_ is Any or (type_ in _SCALARS and type_ is not float)


def whole(value: object) -> int:
    """A JSON number without a fraction as an int, however it is written: 180, 180.0, 1.8e2.

    Raises:
        Mismatch: It is something else, or has more than 64 bits.
    """
    if isinstance(value, Decimal):
        # Not before its size is known: 1e999999 is a whole number, too.
        if value.adjusted() >= _WIDEST:
            raise Mismatch("a whole number of at most 64 bits", value)
        if value != value.to_integral_value():
            raise Mismatch("a whole number", value)
        value = int(value)
    if type(value) is not int:
        raise Mismatch("a whole number", value)
    if not -(2**63) <= value < 2**63:
        raise Mismatch("a whole number of at most 64 bits", value)
    return value


def _text(value: Any, _: Any) -> str:
    if type(value) is not str:
        raise Mismatch("text", value)
    return value


def _id(value: Any, _: Any) -> str:
    return id_text(value)


def _whole(value: Any, _: Any) -> int:
    return whole(value)


def _flag(value: Any, _: Any) -> bool:
    if type(value) is not bool:
        raise Mismatch("true or false", value)
    return value


def _number(value: Any, _: Any) -> Decimal:
    if type(value) is int:
        return Decimal(value)
    if not isinstance(value, Decimal):
        raise Mismatch("a number", value)
    return value


def _moment(value: Any, _: Any) -> datetime:
    return utc(_text(value, str))


def _day(value: Any, _: Any) -> date:
    text = _text(value, str)
    if not DATE.fullmatch(text):
        raise Mismatch("a date (YYYY-MM-DD)", value)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Mismatch("a day of the calendar", value) from None


def _no_floats(_: Any, __: Any) -> float:
    raise _Misdeclared("a wire field is declared as float; declare it as Decimal")


_SCALARS: dict[Any, Callable[[Any, Any], Any]] = {
    str: _text,
    Id: _id,
    int: _whole,
    bool: _flag,
    Decimal: _number,
    datetime: _moment,
    date: _day,
    float: _no_floats,
}


# What a list becomes. A text would be one of letters, and an object one of keys.
_LISTS: Mapping[Any, Any] = {
    **{kind: kind for kind in (tuple, list, set, frozenset)},
    **{abc.Sequence: tuple, abc.MutableSequence: list, abc.Set: frozenset, abc.MutableSet: set},
}
_KEYED = frozenset({dict, abc.Mapping, abc.MutableMapping})


def _is_untyped(type_: Any) -> bool:
    return type_ is Any


def _untyped(value: Any, _: Any) -> Any:
    """As it is, but for numbers that nothing can hold: mappings and stores know JSON only."""
    if type(value) is UnrepresentableNumber:
        return str(value)
    if type(value) is dict:
        return {key: _untyped(part, Any) for key, part in value.items()}
    if type(value) is list:
        return [_untyped(part, Any) for part in value]
    return value


def is_time_or_none(type_: Any) -> bool:
    """Whether a field holds a time or a day, and may hold none."""
    return type_ in (datetime | None, date | None)


def _time_or_none(value: Any, type_: Any) -> datetime | date | None:
    if value is None or value == "" or (type(value) is str and is_no_time(value)):
        return None
    return _moment(value, type_) if datetime in get_args(type_) else _day(value, type_)


def _is_list(type_: Any) -> bool:
    return (get_origin(type_) or type_) in _LISTS


def _list_hook(type_: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    from cattrs import IterableValidationError
    from cattrs.cols import list_structure_factory

    kind = _LISTS[get_origin(type_) or type_]
    element = (get_args(type_) or (Any,))[0]
    as_list = list_structure_factory(list[element], converter)  # type: ignore[valid-type]
    # Among numbers and flags null says that one is missing.
    is_kept = element in (int, Decimal, bool, float, Any) or type(None) in get_args(element)

    def structure(value: Any, _: Any) -> Any:
        if type(value) is not list:
            raise Mismatch("a list", value)
        if is_kept or None not in value:
            return kind(as_list(value, list))
        try:
            return kind(as_list([part for part in value if part is not None], list))
        except IterableValidationError as error:
            raise _InGaps(error, value) from None

    return structure


def _is_keyed(type_: Any) -> bool:
    return (get_origin(type_) or type_) in _KEYED


def _keyed_hook(type_: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    from cattrs.cols import mapping_structure_factory

    keyed = mapping_structure_factory(type_, converter)

    def structure(value: Any, _: Any) -> Any:
        if type(value) is not dict:
            raise Mismatch("an object", value)
        return keyed(value, type_)

    return structure


class _InGaps(Exception):
    """Mistakes in a list out of which nulls were taken, and the list as it came."""

    def __init__(self, error: IterableValidationError, value: list[Any]) -> None:
        super().__init__()
        self.error = error
        self.places = dict(enumerate(at for at, part in enumerate(value) if part is not None))


def _object_hook(type_: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    from cattrs.gen import make_dict_structure_fn, override

    attrs.resolve_types(type_)
    unwrapped = unwrapper(type_)
    renames: dict[str, Any] = {f.name: override(rename=json_key(f)) for f in attrs.fields(type_)}
    fields = make_dict_structure_fn(
        type_,
        converter,
        _cattrs_forbid_extra_keys=False,
        _cattrs_detailed_validation=True,
        **renames,
    )

    def structure(value: Any, _: Any) -> Any:
        if type(value) is not dict:
            raise Mismatch("an object", value)
        if not is_meant(type_, value):
            return None
        return fields(value if unwrapped is None else unwrapped(value), type_)

    return structure


def _reasons(error: BaseException, path: str) -> Iterator[tuple[str, str]]:
    from cattrs import ClassValidationError, IterableValidationError

    places: Mapping[Any, int] = {}
    if isinstance(error, _InGaps):
        places, error = error.places, error.error
    if isinstance(error, ClassValidationError):
        keys = {f.name: json_key(f) for f in attrs.fields(error.cl)}
        noted, others = error.group_exceptions()
        for cause, note in noted:
            yield from _reasons(cause, f"{path}.{keys.get(note.name, note.name)}")
    elif isinstance(error, IterableValidationError):
        items, others = error.group_exceptions()
        for cause, place in items:
            at = places.get(place.index, place.index)
            step = f".{at}" if isinstance(at, str) else f"[{at}]"
            yield from _reasons(cause, path + step)
    elif isinstance(error, KeyError):
        yield "a required field is missing", path
        return
    else:
        # Ours name types; what another one says may repeat the value.
        known = isinstance(error, Mismatch | _Misdeclared)
        yield str(error) if known else type(error).__name__, path
        return
    for cause in others:
        yield from _reasons(cause, path)
