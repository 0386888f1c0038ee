"""The functions that a plugin writes rules with: how each field of a record is filled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from duetrail.declared.around import Parent
from duetrail.declared.itself import Itself
from duetrail.declared.lookup import Lookup, checked_table
from duetrail.declared.made_of import MadeOf
from duetrail.declared.objects import Each, Nested
from duetrail.declared.prefixed import prefixed
from duetrail.declared.rules import (
    Amount,
    Computed,
    Constant,
    Inner,
    Key,
    Local,
    Mentioned,
    Named,
    Outer,
    Parsed,
    Rule,
    Shared,
    Summed,
    Value,
    Word,
)
from duetrail.declared.values import Digits, FirstOf, Text
from duetrail.declared.where import Where
from duetrail.json_tree import EACH
from duetrail.model import from_digits, from_unix
from duetrail.model.values import zone_of


def computed(function: Callable[..., Any], *keys: str | Parent) -> Computed:
    """What a function makes of the values of some keys.

    Args:
        function: Is given the value of each key, read as the type of its parameter, which may be a
            wire class; gives the value of the field. A parameter without `| None` makes its key
            required: an item that lacks it is a reject. A key such as `emails[*].value` gives a
            tuple, empty where nothing is there. It knows nothing else, and raises BadItem for what
            cannot be mapped.
        keys: The vendor's keys.
    """
    return Computed(function, keys)


def money(key: str | Value, *, in_minor: bool | Callable[[Any], bool] = True) -> Rule:
    """A number as money, in the currency that the record holds beside it.

    Args:
        key: The vendor's key, or a rule for a number: `digits`, `first_of`, `computed`.
        in_minor: Whether it is in minor units (cents), or else in major ones; where a setting
            decides that, a function that says so, given the options of the connection.
    """
    number = Key(key) if isinstance(key, str) else key
    return Amount(number, in_minor if callable(in_minor) else lambda options: in_minor)


def word(key: str | Value, known: Mapping[str, StrEnum] | None = None) -> Rule:
    """A vendor's word as a canonical one. What stands under the key goes into `<field>_raw`, too.

    Args:
        key: The vendor's key, `first_of` some, or a word that is computed: then `<field>_raw` has
            a rule of its own.
        known: Words the vendor spells differently, in whatever case: `{"settled": PAID}`.
    """
    spelt = {str(one).casefold(): found for one, found in (known or {}).items()}
    return Word(Key(key) if isinstance(key, str) else key, spelt | dict(known or {}))


def parsed(function: Callable[..., Any], key: str | Parent) -> Computed:
    """What a function makes of one value, such as `from_rfc2822` of a time.

    Args:
        function: Is given the value, read as the type of its first parameter, and the path to it,
            which has `$` as its default: `def f(text: str | None, path: str = "$")`. It raises
            BadItem with that path for what cannot be mapped.
        key: The vendor's key.
    """
    return Parsed(function, (key,))


def unix(key: str | Parent, *, per_second: int = 1) -> Computed:
    """A time in seconds since 1970.

    Args:
        key: The vendor's key.
        per_second: How many make a second: 1000 where the vendor counts milliseconds.
    """

    def read(seconds: Decimal | None, path: str = "$") -> datetime | None:
        return from_unix(seconds, path, per_second=per_second)

    return Parsed(read, (key,))


def local(key: str | Parent, zone: str | Callable[[Any], str]) -> Rule:
    """A time without an offset, `2026-03-02 09:30:00`, in the zone that the vendor documents.

    One that never was, such as `0000-00-00 00:00:00`, is None, and kept in the record's `extra`.

    Args:
        key: The vendor's key.
        zone: The zone, such as `Europe/Berlin`; where a setting says it, a function that gives it,
            given the options of the connection.

    Raises:
        PluginError: There is no such zone.
    """
    if not callable(zone):
        zone_of(zone)
    return Local(key, zone if callable(zone) else lambda options: zone)


def joined(*keys: str | Parent, by: str = " ") -> Computed:
    """Some texts as one, such as a first and a last name; None where there is none of them.

    Args:
        keys: The vendor's keys, in order.
        by: What stands between two texts.
    """

    def join(*texts: str | None) -> str | None:
        return by.join(filter(None, texts)) or None

    return Computed(join, keys)


def upper(key: str | Parent) -> Computed:
    """A text in capital letters, such as the code of a currency that the vendor writes `eur`."""

    def read(text: str | None) -> str | None:
        return text and text.upper()

    return Computed(read, (key,))


def made_of(*parts: str | Rule) -> Rule:
    """For the `id` of an object that has none: what together tells it from others.

    Args:
        parts: The vendor's keys, or rules for plain values, in order; `duetrail.model.made_id` says
            what is made of them, and which keys are good ones.
    """
    return MadeOf(tuple(Key(part) if isinstance(part, str) else part for part in parts))


def lookup(key: str | Parent, table: Mapping[Any, Any]) -> Lookup:
    """What a table has for a vendor's value, such as true and false for words or numbers.

    What is in no table is None, and kept in the record's `extra` where no other field has it.

    Args:
        key: The vendor's key.
        table: The value of the field for each of the vendor's: `{1: True, 0: False}`; texts are
            compared without regard to case.
    """
    return Lookup(key, checked_table(key, table))


def summed(children: str, amount: str) -> Rule:
    """The sum of an amount of the children; None where it is not known of all of them.

    Args:
        children: A field with children that has a rule of its own, such as `instalments`.
        amount: A field of each of them, in the same currency as the record.
    """
    return Summed(children, amount)


def shared(children: str, field: str) -> Rule:
    """What all children have in common, such as a currency or a day; None where they differ.

    Args:
        children: A field with children that has a rule of its own.
        field: A field of each of them.
    """
    return Shared(children, field)


def constant(value: Any) -> Rule:
    """Always the same value."""
    return Constant(value)


def outer(field: str) -> Rule:
    """For a child: the value of a field of the record it belongs to.

    Args:
        field: The field, which has a rule for a plain value, such as a key or `joined`. Of an
            amount or a word, a child takes the key: `money(parent("cents"))`.
    """
    return Outer(field)


def mentioned(key: str, id: str = "id") -> Rule:
    """For `invoices`: references to the invoices that a list of objects names.

    Args:
        key: The vendor's key of the list.
        id: The key of an invoice's id in each of its objects.
    """
    return Mentioned(key, id)


def invoice_id(key: str) -> Rule:
    """For `invoices`: a reference to the one invoice whose id stands under a key."""
    return Named(key)


def nested(
    key: str, mapping: Inner, *, where: Mapping[str, Any] | None = None, prefix: str = ""
) -> Rule:
    """An object as an `Address`.

    Args:
        key: The vendor's key; with `[*]` at its end that of a list, of which the first object that
            is meant is taken.
        mapping: The mapping of the address.
        where: Which objects are meant, by key the value, or some values: `{"type": "billing"}`.
        prefix: What stands before each key of the mapping, such as `ship_`.
    """
    # What is no key is told with the field (see `duetrail.declared.given`).
    rows = key.removesuffix(EACH) if isinstance(key, str) else key
    return Nested(rows, prefixed(mapping, prefix), _where(where), is_list=rows != key)


def each(
    key: str,
    mapping: Inner,
    *,
    where: Mapping[str, Any] | None = None,
    may_be_absent: bool = False,
) -> Rule:
    """A list of objects as children, such as the lines of an invoice.

    Args:
        key: The vendor's key of the list.
        mapping: The mapping of a child.
        where: Which objects are meant, by key the value, or some values: `{"type": "payment"}`.
            What else the list holds is kept in `extra`; another field may be made of it.
        may_be_absent: Whether it is normal that no object has the key, where each list is empty;
            else that is told.
    """
    return Each(key, mapping, _where(where), may_be_absent=may_be_absent)


def itself(mapping: Inner, *, prefix: str = "") -> Rule:
    """Keys of the object itself as an `Address`, or as its one child, such as a contact.

    Where none of these keys has a value there is no address, and no child. Nor is there a child
    where what it needs is empty, such as the invoice that a payment is applied to. What no other
    rule takes of these keys is then in `extra`.

    Args:
        mapping: The mapping of the address or the child.
        prefix: What stands before each key of the mapping: `itself(ADDRESS, prefix="ship_")`.
    """
    return Itself(prefixed(mapping, prefix))


def parent(key: str) -> Parent:
    """The value of a key of the object around, such as the currency of the invoice.

    It may stand in place of a key in any rule for a plain value, too: `money(parent("cents"))`,
    `first_of("currency", parent("currency"))`, `joined(parent("subject"), "title")`.

    For children and addresses that is the object of the record they belong to; for a shape inside
    another's path the object of the other shape, which has to read the key, too; for any other
    shape the object at its path up to the `[*]` before, or else the page:
    `$.conversations[*].threads[*]` reads the conversation, `$.data.rows[*]` the page.

    Args:
        key: The vendor's key in the object around.
    """
    return Parent(key)


def first_of(*keys: str | Parent) -> FirstOf:
    """The value of the first of some keys that has one; an empty text is none, 0 is one.

    Where another one says something else, that is kept in the record's `extra`.

    Args:
        keys: The vendor's keys, the one that counts most first.
    """
    return FirstOf(keys)


def text(key: str | Parent) -> Key:
    """A text that the vendor writes as a whole number, or sometimes as one, such as a number.

    What ends in `id` is read so without being told. A number that stands for a word is
    `word(text("state"), {"0": InvoiceStatus.DRAFT})`.
    """
    return Text(key)


def digits(key: str | Parent) -> Digits:
    """A number that the vendor writes as text, such as `"129.90"`; also in `money`."""
    return Digits(from_digits, (key,))


def _where(where: Mapping[str, Any] | None) -> Where | None:
    return Where.of(where) if where else None
