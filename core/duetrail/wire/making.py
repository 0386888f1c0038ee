"""Making: the end of a generated function that gives an instance of a wire class."""

from __future__ import annotations

from typing import Any

import attrs

from duetrail.model.making import open_twin


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
