"""People and customers of the made-up company, apart from the form a vendor shows them in.

A field that is ``None`` is unknown; faces show it as null or leave it out.
"""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

__all__ = ["Address", "Contact", "Customer", "User"]


@frozen(kw_only=True)
class User:
    """A member of the company's own collections team."""

    id: str
    given: str
    family: str
    email: str
    admin: bool


@frozen(kw_only=True)
class Address:
    """A postal address; vendors show it without an id of its own."""

    line1: str
    line2: str | None
    city: str
    state: str | None
    postal_code: str
    country: str


@frozen(kw_only=True)
class Contact:
    """A person at a customer; ``modified`` is set once something has changed."""

    id: str
    given: str
    family: str
    email: str
    phone: str | None
    job: str | None
    role: str
    primary: bool
    modified: datetime | None = None


@frozen(kw_only=True)
class Customer:
    """A customer account. ``remote_id`` is its id in the ERP.

    ``modified`` is set once something has changed.
    """

    index: int
    id: str
    remote_id: str
    name: str
    legal_name: str
    currency: str
    timezone: str
    address: Address
    contacts: tuple[Contact, ...]
    assignee: User
    parent_id: str | None
    calls_paused: bool
    emails_paused: bool
    portal: str | None
    tags: tuple[str, ...]
    created: datetime
    modified: datetime | None = None
