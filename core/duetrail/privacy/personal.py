"""Personal texts: what the model says is about people, by kind.

Personal are the fields that `duetrail.model.records` and its children declare with `personal`.
Whoever looks for people on a page takes the texts of these fields, and those under the same keys of
items that could not be mapped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from duetrail.json_tree import leaves, pattern_of, texts
from duetrail.model import Address, Payment, Record, children_of, fields_of


class Kind(StrEnum):
    """What a personal text is, which decides what may stand in its place."""

    NAME = "name"
    CONTACT = "contact"  # an email address or a telephone number
    STREET = "street"
    CODE = "code"
    LINK = "link"
    NOTE = "note"  # what a payer wrote: seldom a sentence, often somebody's name
    PROSE = "prose"  # what somebody wrote, in which the others may stand


_OF_ADDRESS = {
    "name": Kind.NAME,
    "line1": Kind.STREET,
    "line2": Kind.STREET,
    "city": Kind.NAME,
    "postal_code": Kind.CODE,
    "phone": Kind.CONTACT,
}

_BY_NAME = (
    (re.compile(r"^payments\.description$"), Kind.NOTE),
    (re.compile(r"^attachments\.name$"), Kind.PROSE),  # of a file
    (re.compile(r"(^|[._])name$"), Kind.NAME),
    (re.compile(r"email$|address(es)?$|phone$|(from|to)_number$|outreach_to$"), Kind.CONTACT),
    (re.compile(r"_url$"), Kind.LINK),
    (re.compile(r"^tax_number$"), Kind.CODE),
)


def kinds_of(record: type[Any], prefix: str = "") -> dict[str, Kind]:
    """What each personal field of a kind of record holds; fields of children as `contacts.name`.

    What fits no other kind is prose. A postal address is told by its parts.
    """
    kinds: dict[str, Kind] = {}
    parts = children_of(record)
    for field in fields_of(record):
        if field.name in parts:
            table, part = parts[field.name]
            kinds |= kinds_of(part, f"{table}.")
        elif not field.repr and Address in _types(field.type):
            kinds |= {f"{field.name}.{part}": kind for part, kind in _OF_ADDRESS.items()}
        elif not field.repr:
            name = prefix + field.name
            full = f"payments.{name}" if record is Payment else name
            kinds[name] = next((k for form, k in _BY_NAME if form.search(full)), Kind.PROSE)
    return kinds


def personal(record: Record) -> Iterator[tuple[Kind, str]]:
    """Every personal text of a record, with its kind."""
    for name, kind in kinds_of(type(record)).items():
        for value in _values(record, name):
            yield from ((kind, text) for text in texts(value) if text.strip())


def places(value: Any) -> Iterator[tuple[str, str, str]]:
    """Every text of some JSON: its path without positions, its key, and itself."""
    for steps, leaf in leaves(value):
        if isinstance(leaf, str):
            key = next((step for step in reversed(steps) if isinstance(step, str)), "")
            yield pattern_of(steps), key, leaf


def _values(record: Record, name: str) -> Iterator[Any]:
    first, _, rest = name.partition(".")
    if not rest:
        yield getattr(record, first)
        return
    for field in fields_of(type(record)):
        if field.metadata.get("table") == first:
            yield from (getattr(part, rest) for part in getattr(record, field.name))
        elif field.name == first and (address := getattr(record, first)) is not None:
            yield getattr(address, rest)


def _types(type_: Any) -> tuple[Any, ...]:
    from typing import get_args

    return (type_, *get_args(type_))
