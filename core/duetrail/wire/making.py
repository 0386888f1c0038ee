"""Making: instances of a frozen class in half the time.

The constructor of a frozen class asks `object.__setattr__` for each field, since its own refuses.
Here an instance begins as one of a subclass that is not frozen, is filled by plain assignments, and
then becomes what it is.
"""

from __future__ import annotations

from typing import Any

import attrs

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


def lines(kind: type[Any], values: dict[str, str], known: dict[str, Any]) -> list[str]:
    """The last lines of a generated function that makes an instance.

    Args:
        kind: The class.
        values: The expression for each field, by the field's name.
        known: The names that the function knows; what these lines need is added.
    """
    fields = {one.name: one for one in attrs.fields(kind)}
    known["kind"] = kind
    twin = open_twin(kind)
    if twin is None or values.keys() != fields.keys():
        given = ", ".join(f"{fields[name].alias}={value}" for name, value in values.items())
        return [f" return kind({given})"]
    known |= {"new": object.__new__, "twin": twin, "become": object.__setattr__}
    return [
        " one = new(twin)",
        *(f" one.{name} = {value}" for name, value in values.items()),
        " become(one, '__class__', kind)",
        " return one",
    ]
