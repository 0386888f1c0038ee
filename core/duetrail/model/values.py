"""Values that records share: references, links, addresses."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from attrs import frozen

from duetrail.errors import BadItem
from duetrail.model.fields import personal, plain
from duetrail.model.making import fast_init
from duetrail.model.money import checked_decimal

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Ref(NamedTuple):
    """Points at a record that may not have been read yet.

    Attributes:
        connection: The connection that knows it.
        record: The record's table name, such as `invoices`.
        id: The vendor's id, opaque.
    """

    connection: str
    record: str
    id: str


class How(StrEnum):
    """Why a touch is known to belong to an invoice."""

    NATIVE = "native"  # the vendor says so in a field
    CONTAINED = "contained"  # it stood inside the invoice
    KEYED = "keyed"  # the vendor gave it when asked with that invoice's key
    DERIVED = "derived"  # a rule says so; the link names the rule


class Link(NamedTuple):
    """One touch belongs to one invoice. A touch may have many links.

    Attributes:
        touch: The Call, Callout or Email.
        invoice: The invoice, possibly of another connection.
        how: Why this is known.
        rule: The name of the rule of a derived link, otherwise empty.
    """

    touch: Ref
    invoice: Ref
    how: How
    rule: str = ""


def day_of(moment: datetime | None) -> date | None:
    """The calendar day of a date that a vendor writes as midnight UTC.

    None at any other time of day: then the day depends on a zone nobody states.
    """
    if moment is None:
        return None
    if moment.tzinfo is UTC:  # as below, without making a time of day
        is_midnight = not (moment.hour or moment.minute or moment.second or moment.microsecond)
    else:
        is_midnight = moment.timetz() == time(tzinfo=UTC)
    return moment.date() if is_midnight else None


def from_unix(seconds: Decimal | int | None, path: str = "$") -> datetime | None:
    """A moment from Unix time, in UTC and to the microsecond; None stays None.

    Args:
        seconds: Since 1970; milliseconds are divided by 1000 as a `Decimal`.
        path: Where in the item it stood, for the reject.

    Raises:
        BadItem: It lies outside the years 1 to 9999: then it was not in seconds.
    """
    if seconds is None:
        return None
    try:
        return _EPOCH + timedelta(microseconds=int(checked_decimal(seconds, path) * 1_000_000))
    except OverflowError:
        raise BadItem("a Unix time lies outside the years 1 to 9999", path=path) from None


@fast_init
@frozen(kw_only=True)
class Address:
    """A postal address as the vendor wrote it; nothing is normalised."""

    name: str | None = personal("whose address it is")
    line1: str | None = personal("street and number")
    line2: str | None = personal("floor, suite and the like")
    city: str | None = personal("the town")
    state: str | None = plain("state, province or region")
    postal_code: str | None = personal("the postal code")
    country: str | None = plain("the country")
    phone: str | None = personal("a number that stands with the address")
