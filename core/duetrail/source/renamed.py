"""Former names of fields, which go on working for one minor version."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from operator import attrgetter
from typing import Any, TypeVar

C = TypeVar("C", bound=type[Any])


def former_fields(**names: str) -> Callable[[C], C]:
    """Let a class take fields by their former names, with a warning, and give them silently.

    Args:
        **names: Today's name of a field by its former one.
    """

    def renamed(cls: C) -> C:
        made = cls.__init__

        @wraps(made)
        def make(self: Any, *args: Any, **given: Any) -> None:
            for old in names.keys() & given.keys():
                text = f"{cls.__name__}({old}=...) is now {cls.__name__}({names[old]}=...)"
                warnings.warn(text, DeprecationWarning, stacklevel=2)
                given[names[old]] = given.pop(old)
            made(self, *args, **given)

        setattr(cls, "__init__", make)  # noqa: B010  (mypy has no word for it)
        for old, new in names.items():
            setattr(cls, old, property(attrgetter(new)))
        return cls

    return renamed
