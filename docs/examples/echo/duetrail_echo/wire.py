"""The fields of Echo's answers that the mapping uses, in Echo's own words."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from attrs import frozen

from duetrail.wire import named


@frozen
class Invoice:
    """An invoice; the customer, emails and calls inside it are items of their own."""

    id: str
    number: str | None = None
    state: str | None = None
    currency: str | None = None
    cents: Decimal | None = None


@frozen
class Customer:
    """A customer; inside an invoice it has a name only."""

    id: str
    name: str | None = None
    email: str | None = None


@frozen
class Email:
    """An email, inside an invoice or as the reply to a callout."""

    id: str
    from_: str | None = named("from")
    subject: str | None = None
    about: tuple[str, ...] | None = None


@frozen
class Call:
    """A call; one in the state `planned` has not been made yet."""

    id: str
    state: str | None = None
    planned: datetime | None = None
    seconds: int | None = None
    about: tuple[str, ...] | None = None
