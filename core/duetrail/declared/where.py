"""Where: which objects of a list are meant, by what stands under their keys."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from msgspec import Struct

from duetrail.errors import PluginError
from duetrail.wire.elements import is_in_list
from duetrail.wire.meant import Value, value_in

_HINT = 'Write it like {"type": "email"} or {"type": ("email", "letter")}, with texts, whole '
_HINT += "numbers, true or false; None stands for nothing there."


class Where(Struct, frozen=True):
    """Which objects are meant: those that have one of some values under each of some keys.

    Attributes:
        wanted: The values, by key.
    """

    wanted: Mapping[str, tuple[Any, ...]]

    @classmethod
    def of(cls, where: Mapping[str, Any]) -> Where:
        """What an author wrote: for each key a value, or some.

        Raises:
            PluginError: It is something else.
        """
        wanted = {k: v if isinstance(v, tuple) else (v,) for k, v in where.items()}
        for key, values in wanted.items():
            kinds = {type(value) for value in values if value is not None}
            is_plain = values and len(kinds) <= 1 and kinds <= {str, int, bool}
            if not is_plain or not all(key.split(".")) or is_in_list(key):
                raise PluginError(f"`where` does not say what {key!r} is to be", hint=_HINT)
        return cls(wanted)

    @property
    def types(self) -> Mapping[str, Any]:
        """The type of each key."""
        return {key: _type(values) for key, values in self.wanted.items()}

    def holds(self, value: Value) -> bool:
        """Whether an object is meant, given what stands under a key of it."""
        return all(_is_one_of(value(key), values) for key, values in self.wanted.items())

    def holds_in(self, raw: Any) -> bool:
        """Whether an object of parsed JSON is meant."""
        return self.holds(partial(value_in, raw))


def _type(values: tuple[Any, ...]) -> Any:
    kind = next((type(value) for value in values if value is not None), None)
    return Any if kind is None else kind | None


def _is_one_of(found: Any, values: tuple[Any, ...]) -> bool:
    # True is 1 to Python, and not to a vendor.
    return any(found == value and type(found) is type(value) for value in values)
