"""The edge: a vendor's JSON becomes the plugin's wire types, strictly, or is refused with a path.

Wire types are attrs classes that name the fields a plugin uses, in the vendor's own spelling.
Nothing is guessed: 10.9 is no int, "false" no bool, null no str; unknown keys are left alone
(`leftovers` gives them back). Floats do not exist here: every JSON number with a point or an
exponent is a `Decimal`. What is only written oddly is taken: 180.0 is a whole number.

Types a wire field may have: `str`, `int` (64 bits), `bool`, `Decimal`, `datetime` (RFC 3339 with
an offset, given back in UTC), `date`, another wire class, `tuple[X, ...]`, any of these `| None`,
and `Any` for what the vendor does not type. Where a time may be None, an empty string is None, and
so is a time that never was (`0000-00-00`, the 30th of February), whose text is then left over. A
null in a list of texts, times or objects is no element of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import attrs
from cattrs import BaseValidationError, ClassValidationError, Converter, IterableValidationError
from cattrs.cols import list_structure_factory
from cattrs.gen import make_dict_structure_fn, override

from duetrail.errors import BadItem, PluginError

T = TypeVar("T")

# RFC 3339, section 5.6, with the offset optional so that its absence can be told.
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATE_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)
_LEAP_SECOND = re.compile(r":60(\.\d+)?(?=[Zz+-]|$)", re.ASCII)

# Digits a number of 64 bits has at most.
_WIDEST = 19


class Unheld(str):
    """A JSON number that no type holds, as its text: NaN, Infinity, 10,000 digits, 1e999999999999.

    It fits no wire type, so the item it stands in is rejected if a field claims it, and the others
    on the page are not. Under a key that nobody claims, or types, it is kept as text.
    """

    __slots__ = ()


class Mismatch(TypeError):
    """A value is not of the declared type. The message names types, never the value."""

    def __init__(self, expected: str, value: object) -> None:
        super().__init__(f"expected {expected}, got {_kind(value)}")


class _Misdeclared(TypeError):
    """A wire class asks for what is never given."""


def named(key: str, default: Any = None) -> Any:
    """A wire field whose JSON key is not a Python name.

    Args:
        key: The key in the vendor's JSON, such as `from` or `start-date`.
        default: What the field holds where the key is absent.
    """
    return attrs.field(default=default, metadata={"key": key})


def decode(wire: type[T], raw: object) -> T:
    """One vendor object as a wire type.

    Args:
        wire: An attrs class.
        raw: Parsed JSON.

    Raises:
        BadItem: A field has another type than declared; the path leads to the first one.
    """
    try:
        return _converter().structure(raw, wire)
    except (BaseValidationError, Mismatch) as error:
        reasons = list(_reasons(error, "$"))
        first, path = reasons[0]
        more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
        raise BadItem(first + more, path=path) from None


def leftovers(wire: type[Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    """What no wire field claims: every other key, at any depth, as received."""
    return _unclaimed(wire, raw)


def json_key(attribute: attrs.Attribute[Any]) -> str:
    """The vendor's key of a wire field."""
    return str(attribute.metadata.get("key", attribute.name))


def utc(text: str) -> datetime:
    """An RFC 3339 date-time as an aware datetime in UTC.

    A leap second, 23:59:60, is the last microsecond before it: no datetime holds it.

    Raises:
        Mismatch: It has no offset, so that its zone would be a guess, or is no date-time.
    """
    if not _DATE_TIME.fullmatch(text):
        raise Mismatch("an RFC 3339 date-time", text)
    moment, is_leap = _moment_of(text)
    if moment.tzinfo is None:
        raise Mismatch("a date-time with a UTC offset", text)
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        raise Mismatch("a date-time between the years 1 and 9999", text) from None
    if is_leap and (moment.hour, moment.minute) != (23, 59):
        raise Mismatch("an RFC 3339 date-time", text)
    return moment


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


def _moment_of(text: str) -> tuple[datetime, bool]:
    """What a text of the form of a date-time says, and whether it is a leap second."""
    before = _LEAP_SECOND.sub(":59.999999", text, count=1)
    try:
        # "24:00:00" is read by some Pythons and not by others.
        if text[11:13] == "24":
            raise ValueError
        return datetime.fromisoformat(before.upper()), before != text
    except ValueError:
        raise Mismatch("an RFC 3339 date-time", text) from None


def _is_no_time(text: str) -> bool:
    """Whether a text has the form of a date or a date-time, and there never was such a one."""
    is_day = bool(_DATE.fullmatch(text))
    if not is_day and not _DATE_TIME.fullmatch(text):
        return False
    try:
        if is_day:
            date.fromisoformat(text)
        else:
            # One without an offset is left to whoever wants one.
            utc(text if text[-1] in "Zz" or text[-6] in "+-" else f"{text}Z")
    except (Mismatch, ValueError):
        return True
    return False


# --- strict conversion ---------------------------------------------------------------------------


@cache
def _converter() -> Converter:
    converter = Converter(detailed_validation=True)
    for type_, hook in _SCALARS.items():
        converter.register_structure_hook(type_, hook)
    converter.register_structure_hook_func(_is_untyped, _untyped)
    converter.register_structure_hook_func(_is_time_or_none, _time_or_none)
    converter.register_structure_hook_factory(_is_tuple, _tuple_hook)
    converter.register_structure_hook_factory(attrs.has, _object_hook)
    return converter


def _text(value: Any, _: Any) -> str:
    if type(value) is not str:
        raise Mismatch("text", value)
    return value


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
    if not _DATE.fullmatch(text):
        raise Mismatch("a date (YYYY-MM-DD)", value)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Mismatch("a day of the calendar", value) from None


def _no_floats(_: Any, __: Any) -> float:
    raise _Misdeclared("a wire field is declared as float; declare it as Decimal")


_SCALARS: dict[Any, Callable[[Any, Any], Any]] = {
    str: _text,
    int: _whole,
    bool: _flag,
    Decimal: _number,
    datetime: _moment,
    date: _day,
    float: _no_floats,
}


def _is_untyped(type_: Any) -> bool:
    return type_ is Any


def _untyped(value: Any, _: Any) -> Any:
    """As it is, but for numbers that nothing can hold: mappings and stores know JSON only."""
    if type(value) is Unheld:
        return str(value)
    if type(value) is dict:
        return {key: _untyped(part, Any) for key, part in value.items()}
    if type(value) is list:
        return [_untyped(part, Any) for part in value]
    return value


def _is_time_or_none(type_: Any) -> bool:
    return type_ in (datetime | None, date | None)


def _time_or_none(value: Any, type_: Any) -> datetime | date | None:
    if value is None or value == "" or (type(value) is str and _is_no_time(value)):
        return None
    return _moment(value, type_) if datetime in get_args(type_) else _day(value, type_)


def _is_tuple(type_: Any) -> bool:
    return get_origin(type_) is tuple


def _tuple_hook(type_: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    element = get_args(type_)[0]
    as_list = list_structure_factory(list[element], converter)  # type: ignore[valid-type]
    # Among numbers and flags null says that one is missing.
    is_kept = element in (int, Decimal, bool, float, Any) or type(None) in get_args(element)

    def structure(value: Any, _: Any) -> tuple[Any, ...]:
        if type(value) is not list:
            raise Mismatch("a list", value)
        if is_kept or None not in value:
            return tuple(as_list(value, list))
        try:
            return tuple(as_list([part for part in value if part is not None], list))
        except IterableValidationError as error:
            raise _InGaps(error, value) from None

    return structure


class _InGaps(Exception):
    """Mistakes in a list out of which nulls were taken, and the list as it came."""

    def __init__(self, error: IterableValidationError, value: list[Any]) -> None:
        super().__init__()
        self.error = error
        self.places = dict(enumerate(at for at, part in enumerate(value) if part is not None))


def _object_hook(type_: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    attrs.resolve_types(type_)
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
        return fields(value, type_)

    return structure


# --- what is wrong, and where --------------------------------------------------------------------


def _reasons(error: BaseException, path: str) -> Iterator[tuple[str, str]]:
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
            yield from _reasons(cause, f"{path}[{at}]")
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


def _kind(value: object) -> str:
    if value is None:
        return "null"
    names = {
        bool: "true or false",
        str: "text",
        int: "a whole number",
        list: "a list",
        dict: "an object",
        Unheld: "a number beyond all measure",
    }
    return names.get(type(value), "a number with a fraction" if _has_point(value) else "a value")


def _has_point(value: object) -> bool:
    return isinstance(value, Decimal)


# --- what is claimed -----------------------------------------------------------------------------


def claims(wire: type[Any]) -> dict[str, Any]:
    """Each JSON key a wire class names, with the claims of the wire class below it, if any."""
    return _claims(wire)  # type: ignore[arg-type]


@cache
def _claims(wire: Any) -> dict[str, Any]:
    attrs.resolve_types(wire)
    return {json_key(f): _claims_below(f.type) for f in attrs.fields(wire)}


def _claims_below(type_: Any) -> dict[str, Any] | None:
    for part in (type_, *get_args(type_)):
        if attrs.has(part):
            return _claims(part)
        if part is not type_ and get_args(part):
            return _claims_below(part)
    return None


def _unclaimed(wire: Any, raw: Mapping[str, Any]) -> dict[str, Any]:
    types = _types(wire)
    rest: dict[str, Any] = {}
    for key, value in raw.items():
        if key not in types:
            rest[key] = value
        elif part := _rest_below(types[key], value):
            rest[key] = part
    return rest


@cache
def _types(wire: Any) -> dict[str, Any]:
    """The type of every key that something may be left over of: an object, or a time that is none.

    Of all others that are named there is None.
    """
    attrs.resolve_types(wire)
    return {json_key(f): _open(f.type) for f in attrs.fields(wire)}


def _open(type_: Any) -> Any:
    parts = [_open(part) for part in get_args(type_)]
    found = next((part for part in parts if part is not None), None)
    return type_ if attrs.has(type_) or _is_time_or_none(type_) else found


def _rest_below(type_: Any, value: Any) -> Any:
    if type_ is None:
        return None
    if isinstance(value, list):
        parts = [_rest_below(type_, item) for item in value]
        return parts if any(parts) else None
    if _is_time_or_none(type_):
        return value if isinstance(value, str) and _is_no_time(value) else None
    return _unclaimed(type_, value) if isinstance(value, dict) else None


# --- what is declared ----------------------------------------------------------------------------


def refuse_unfit(wire: Any) -> None:
    """Refuse a wire class that no object could be decoded as, before the first one comes.

    Raises:
        PluginError: A type in it is none a wire field may have, or is not there at run time.
    """
    _refuse_class(wire, ())


def _refuse_class(wire: Any, around: tuple[Any, ...]) -> None:
    name = getattr(wire, "__qualname__", repr(wire))
    if not attrs.has(wire):
        raise PluginError(
            f"wire class {name} is no attrs class", hint="Write @frozen, from attrs, above it."
        )
    if wire in around:
        raise PluginError(
            f"wire class {name} has itself inside it, at any depth",
            hint="Name as many levels as the mapping uses, each by a class of its own, or type the "
            "field as Any.",
        )
    try:
        attrs.resolve_types(wire)
    except Exception as error:
        raise PluginError(
            f"the types of wire class {name} cannot be resolved: {error}",
            hint="They are needed when the plugin runs: import them at the top of the module, and "
            "not under `if TYPE_CHECKING`.",
        ) from None
    for one in attrs.fields(wire):
        _refuse_type(one.type, f"field {one.name!r} of wire class {name}", (*around, wire))


def _refuse_type(type_: Any, where: str, around: tuple[Any, ...]) -> None:
    parts = [part for part in get_args(type_) if part not in (type(None), ...)]
    if attrs.has(type_):
        _refuse_class(type_, around)
    elif _is_union(type_) and len(parts) > 1:
        raise PluginError(
            f"{where} is declared as {_spelled(type_)}, which is more than one type",
            hint="Declare it as Any and let map_item check its type; or as the one type it has, "
            "with `| None`.",
        )
    elif type_ is float:
        raise PluginError(f"{where} is declared as float", hint="Declare it as Decimal.")
    elif parts and get_origin(type_) is not Literal:
        for part in parts:
            _refuse_type(part, where, around)
    else:
        _refuse_unknown(type_, where)


def _refuse_unknown(type_: Any, where: str) -> None:
    try:
        _converter().get_structure_hook(type_)
    except Exception:
        raise PluginError(
            f"{where} is declared as {_spelled(type_)}",
            hint="A wire field is str, int, bool, Decimal, datetime, date, a wire class, "
            "tuple[X, ...], any of these with `| None`, or Any.",
        ) from None


def _is_union(type_: Any) -> bool:
    return get_origin(type_) in (Union, UnionType)


def _spelled(type_: Any) -> str:
    """A type as it was written."""
    is_plain = isinstance(type_, type) and not get_args(type_)
    return type_.__qualname__ if is_plain else str(type_)
