"""Making: instances of a frozen class in half the time.

The constructor of a frozen class asks `object.__setattr__` for each field, since its own refuses.
Here an instance is one of a subclass that is not frozen while it is filled by plain assignments.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, TypeVar

import attrs

T = TypeVar("T")

_HOOKS = ("__attrs_pre_init__", "__attrs_post_init__", "__attrs_init__", "_attrs_cached_hash")
_OWN = {"__new__", "__init_subclass__"}


def open_twin(kind: type[Any]) -> type[Any] | None:
    """The same class, but not frozen.

    Returns:
        None where the constructor does more than to keep what it is given, or the class has no
        slots.
    """
    fields = attrs.fields(kind)
    is_plain = type(kind) is type and not kind.__dictoffset__
    does_more = any(one.converter or one.validator or not one.init for one in fields)
    does_more = does_more or any(hasattr(kind, hook) for hook in _HOOKS)
    is_special = any(_OWN & vars(one).keys() for one in kind.__mro__[:-1])
    if not is_plain or does_more or is_special:
        return None
    return type(
        kind.__name__,
        (kind,),
        {
            "__slots__": (),
            "__setattr__": object.__setattr__,
            "__delattr__": object.__delattr__,
        },
    )


def fast_init(kind: type[T]) -> type[T]:
    """Give a frozen attrs class a constructor that does the same in half the time.

    It is written when the first instance is made: a class that is only imported does not pay.
    Classes below this one keep the constructor that attrs wrote.
    """
    usual: Callable[..., None] = kind.__init__

    def first(self: Any, *args: Any, **given: Any) -> None:
        fast = _init(kind, usual)
        kind.__init__ = fast  # type: ignore[method-assign]
        fast(self, *args, **given)

    kind.__init__ = update_wrapper(first, usual)  # type: ignore[method-assign]
    return kind


def _init(kind: type[Any], usual: Callable[..., None]) -> Callable[..., None]:
    """The constructor; the usual one where it does more than to keep what it is given."""
    twin = open_twin(kind)
    if twin is None:
        return usual
    # With an underscore before them, since a field may have any other name.
    known: dict[str, Any] = {
        "_usual": usual,
        "_kind": kind,
        "_twin": twin,
        "_become": object.__setattr__,
        "_NOTHING": attrs.NOTHING,
    }
    plain: list[str] = []
    named: list[str] = []
    lines: list[str] = []
    for place, one in enumerate(attrs.fields(kind)):
        value, default = one.alias, one.default
        if getattr(default, "takes_self", False):
            return usual
        factory = getattr(default, "factory", None)
        known[f"_default_{place}"] = factory or default
        if factory:
            lines.append(
                f" self.{one.name} = _default_{place}() if {value} is _NOTHING else {value}"
            )
            parameter = f"{value}=_NOTHING"
        else:
            lines.append(f" self.{one.name} = {value}")
            parameter = value if default is attrs.NOTHING else f"{value}=_default_{place}"
        (named if one.kw_only else plain).append(parameter)
    given = ", ".join(f"{one.alias}={one.alias}" for one in attrs.fields(kind))
    parameters = ", ".join(["self", *plain, *(["*", *named] if named else [])])
    lines = [
        f"def __init__({parameters}):",
        f" if self.__class__ is not _kind: return _usual(self, {given})",
        " _become(self, '__class__', _twin)",
        *lines,
        " self.__class__ = _kind",
    ]
    exec("\n".join(lines), known)
    init: Callable[..., None] = known["__init__"]
    return update_wrapper(init, usual)
