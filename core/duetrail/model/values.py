"""Values that records share: references, links, addresses."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from attrs import frozen

from duetrail.errors import BadItem, PluginError
from duetrail.model.fields import personal, plain
from duetrail.model.making import fast_init
from duetrail.model.money import checked_decimal

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# A date of RFC 5322, section 3.3, with the zones by name that it still allows.
_RFC_2822 = re.compile(
    r"(?:[A-Z][a-z]{2},\s*)?\d{1,2}\s+[A-Z][a-z]{2}\s+[1-9]\d{3}\s+\d\d:\d\d(?::\d\d)?\s+"
    r"(?:[+-]\d{4}|GMT|UTC?|Z|[ECMP][SD]T)",
    re.ASCII | re.IGNORECASE,
)
_DIGITS = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_JSON_DATE = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/", re.ASCII)


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


class LinkKind(StrEnum):
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
    how: LinkKind
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


def from_unix(
    seconds: Decimal | int | None, path: str = "$", *, per_second: int = 1
) -> datetime | None:
    """A moment from Unix time, in UTC and to the microsecond; None stays None.

    Args:
        seconds: Since 1970.
        path: Where in the item it stood, for the reject.
        per_second: How many make a second: 1000 where the vendor counts milliseconds.

    Raises:
        BadItem: It lies outside the years 1 to 9999: then it was not in seconds.
    """
    if seconds is None:
        return None
    microseconds = checked_decimal(seconds, path) * 1_000_000 / per_second
    try:
        return _EPOCH + timedelta(microseconds=int(microseconds))
    except OverflowError:
        raise BadItem("a Unix time lies outside the years 1 to 9999", path=path) from None


def from_rfc2822(text: str | None, path: str = "$") -> datetime | None:
    """A moment as emails write it, `Mon, 02 Mar 2026 09:30:00 +0100`, in UTC; None stays None.

    Args:
        text: What the vendor wrote. `-0000` is UTC (RFC 5322, section 3.3).
        path: Where in the item it stood, for the reject.

    Raises:
        BadItem: It is no such moment, or has no offset, so that its zone would be a guess.
    """
    from email.utils import parsedate_to_datetime  # what it imports takes its time

    if text is None:
        return None
    if _RFC_2822.fullmatch(text):
        with suppress(ValueError, OverflowError):
            moment = parsedate_to_datetime(text)
            return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    raise BadItem("a time is not written as in emails, with an offset", path=path)


def from_digits(text: str | None, path: str = "$") -> Decimal | None:
    """A number that a vendor writes as text, `129.90`; None stays None, and so does "".

    Args:
        text: What the vendor wrote: digits, perhaps with a sign before them and a point.
        path: Where in the item it stood, for the reject.

    Raises:
        BadItem: It is anything else, such as `1_000`, `1,000` and `Infinity`.
    """
    if not text:
        return None
    if not _DIGITS.fullmatch(text):
        raise BadItem("expected a number as text", path=path)
    return checked_decimal(Decimal(text), path)


def zone_of(name: str) -> tzinfo:
    """A time zone by its name.

    Raises:
        PluginError: There is none of that name.
    """
    from zoneinfo import ZoneInfo  # what it imports takes its time

    try:
        return ZoneInfo(name)
    except (TypeError, ValueError, LookupError, OSError):
        raise PluginError(
            f"there is no time zone {name!r}", hint="Name one such as Europe/Berlin."
        ) from None


def from_local(text: str | None, zone: str, path: str = "$") -> datetime | None:
    """A moment without an offset, `2026-03-02 09:30:00`, in UTC; None stays None, and so does "".

    Args:
        text: What the vendor wrote, in ISO 8601; an offset that it has counts more than the zone.
        zone: The zone it is meant in, such as `Europe/Berlin`.
        path: Where in the item it stood, for the reject.

    Raises:
        BadItem: It is no such moment, or there is no such zone.
    """
    from zoneinfo import ZoneInfo  # what it imports takes its time

    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except (ValueError, OverflowError, LookupError, OSError):
        raise BadItem(f"expected a date and a time in {zone}", path=path) from None


def from_json_date(text: str | None, path: str = "$") -> datetime | None:
    """A moment such as `/Date(1772440200000+0100)/`, in UTC; None stays None.

    Args:
        text: What the vendor wrote: milliseconds since 1970 in UTC. An offset says where, not when.
        path: Where in the item it stood, for the reject.

    Raises:
        BadItem: It is no such moment, or outside the years 1 to 9999.
    """
    if text is None:
        return None
    found = _JSON_DATE.fullmatch(text)
    if found is None:
        raise BadItem("a time is not written like /Date(0)/", path=path)
    return from_unix(int(found[1]), path, per_second=1_000)


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
