"""Variants: the content of observations that differ, as a store keeps it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from duetrail.model import Ref
from duetrail.stores.rows import Row


def content_of(rows: Iterable[Row]) -> str:
    """Rows as the content of an observation is kept."""
    return msgspec.json.encode([(row.ref, row.body().decode()) for row in rows]).decode()


def rows_of(content: str) -> tuple[Row, ...]:
    """The rows back from a kept content."""
    return tuple(Row.from_body(Ref(*ref), row) for ref, row in msgspec.json.decode(content))
