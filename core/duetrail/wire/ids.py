"""Ids: texts that some vendors write as whole numbers."""

from __future__ import annotations

from typing import Any

from duetrail.wire.fields import Mismatch


class Id(str):
    """The type of a wire field that is a text, or a whole number, which becomes its digits."""

    __slots__ = ()


def id_text(value: Any) -> str:
    """A text as it is, and a whole number as its digits.

    Raises:
        Mismatch: It is something else.
    """
    if type(value) is int:
        return str(value)
    if type(value) is not str:
        raise Mismatch("text or a whole number", value)
    return value
