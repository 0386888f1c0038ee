"""Declaring: wire classes that no object could be decoded as are refused before the first comes."""

from __future__ import annotations

from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import attrs

from duetrail.errors import PluginError
from duetrail.wire.judging import converter, is_scalar


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
    elif (_is_union(type_) or get_origin(type_) is tuple) and len(set(parts)) > 1:
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
    if is_scalar(type_):
        return
    try:
        converter().get_structure_hook(type_)
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
