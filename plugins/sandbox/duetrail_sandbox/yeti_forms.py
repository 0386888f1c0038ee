"""Yeti's forms of accounts and invoices as JSON:API resources.

Attributes follow the Yeti Customer API's documents, Invoices: get specific entry. Keys have
dashes, money is plain decimal text, times have three fraction digits.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from attrs import frozen

from duetrail_sandbox.telephony import PhoneAccount, PhoneBill, Telephony, Traffic

__all__ = ["Resource", "resources"]


@frozen(kw_only=True)
class Resource:
    """A resource before it is written: ``attributes`` hold decimals and datetimes as such."""

    type: str
    id: str
    attributes: Mapping[str, Any]
    account: Resource | None = None

    def written(
        self, base_url: str, fields: Collection[str] | None, *, linkage: bool
    ) -> dict[str, Any]:
        """Write it with some of its fields; ``linkage`` says to whose account it belongs."""
        here = f"{base_url}/{self.type}/{self.id}"
        document: dict[str, Any] = {"id": self.id, "type": self.type, "links": {"self": here}}
        document["attributes"] = {
            name: _shown(value)
            for name, value in self.attributes.items()
            if fields is None or name in fields
        }
        if self.type == "invoices" and (fields is None or "account" in fields):
            document["relationships"] = {"account": self._relationship(here, linkage)}
        return document

    def _relationship(self, here: str, linkage: bool) -> dict[str, Any]:
        links = {"self": f"{here}/relationships/account", "related": f"{here}/account"}
        if not linkage:
            return {"links": links}
        owner = self.account
        return {"links": links, "data": {"type": owner.type, "id": owner.id} if owner else None}


@lru_cache(maxsize=4)
def resources(telephony: Telephony) -> dict[str, dict[str, Resource]]:
    """All resources by type and id, made once."""
    made = {
        "accounts": [_account(owner) for owner in telephony.accounts],
        "invoices": [_invoice(bill) for bill in telephony.bills],
    }
    return {kind: {one.id: one for one in found} for kind, found in made.items()}


def _shown(value: Any) -> Any:
    """Write an attribute: ``"12.5"``, ``"0.0"``, ``"2026-06-01T00:00:00.000Z"``."""
    if isinstance(value, Decimal):
        text = format(value.normalize(), "f")
        return text if "." in text else f"{text}.0"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03d}Z"
    return value


def _account(owner: PhoneAccount) -> Resource:
    """Show an account; since 2026 it names its currency."""
    attributes = {
        "name": owner.name,
        "balance": owner.balance,
        "min-balance": owner.minimum,
        "max-balance": owner.maximum,
        "destination-rate-limit": owner.rate_limit,
        "origination-capacity": owner.origination,
        "termination-capacity": owner.termination,
        "total-capacity": owner.total,
        "currency": owner.currency,
    }
    return Resource(type="accounts", id=owner.uid, attributes=attributes)


def _invoice(bill: PhoneBill) -> Resource:
    """Show a bill; it has neither currency nor status nor a date of issue."""
    attributes = {
        "reference": bill.reference,
        "start-date": bill.start,
        "end-date": bill.end,
        "has-pdf": bill.has_pdf,
        "amount-spent": bill.spent,
        **_direction("originated", bill.originated),
        **_direction("terminated", bill.terminated),
        "services-amount-spent": bill.services,
        "service-transactions-count": bill.transactions,
    }
    owner = _account(bill.account) if bill.account is not None else None
    return Resource(type="invoices", id=bill.uid, attributes=attributes, account=owner)


def _direction(name: str, calls: Traffic) -> dict[str, Any]:
    return {
        f"{name}-amount-spent": calls.spent,
        f"{name}-calls-count": calls.calls,
        f"{name}-successful-calls-count": calls.successful,
        f"{name}-calls-duration": calls.duration,
        f"{name}-billing-duration": calls.billed,
        f"{name}-first-call-at": calls.first,
        f"{name}-last-call-at": calls.last,
    }
