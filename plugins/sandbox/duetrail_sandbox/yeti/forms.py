"""Yeti's forms of everything but calls as JSON:API resources.

Attributes follow the Yeti Customer API's documents, Invoices: get specific entry, and its
resources. Keys have dashes, money is plain decimal text, times have three fraction digits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from duetrail_sandbox.company.cdrs import Traffic
from duetrail_sandbox.company.phone_accounts import PhoneAccount
from duetrail_sandbox.company.phone_bills import PhoneBill
from duetrail_sandbox.company.services import PhoneService, Transaction
from duetrail_sandbox.company.telephony import Telephony
from duetrail_sandbox.company.topups import Topup
from duetrail_sandbox.yeti.call_forms import cdrs, incoming_cdrs, protocols
from duetrail_sandbox.yeti.resources import Reference, Resource

__all__ = ["resources"]


@lru_cache(maxsize=32)
def resources(telephony: Telephony, kind: str) -> dict[str, Resource]:
    """All resources of a kind by id, made once."""
    return {one.id: one for one in _MADE[kind](telephony)}


def _accounts(telephony: Telephony) -> Iterable[Resource]:
    return map(_account, telephony.accounts)


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
    unseen = {"uuid": owner.uid, "external-id": None}
    return Resource(type="accounts", id=owner.uid, attributes=attributes, unseen=unseen)


def _invoices(telephony: Telephony) -> Iterable[Resource]:
    return (_invoice(bill, telephony) for bill in telephony.bills)


def _invoice(bill: PhoneBill, telephony: Telephony) -> Resource:
    """Show a bill; it has neither currency nor status nor a date of issue."""
    attributes = {
        "reference": bill.reference,
        "start-date": bill.start,
        "end-date": bill.end,
        "has-pdf": bill.has_pdf(telephony.now),
        "amount-spent": bill.spent,
        **_direction("originated", bill.originated),
        **_direction("terminated", bill.terminated),
        "services-amount-spent": bill.services,
        "service-transactions-count": bill.transactions,
    }
    owner = Reference("accounts", bill.account.uid) if bill.account is not None else None
    return Resource(
        type="invoices", id=bill.uid, attributes=attributes, relations={"account": owner}
    )


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


def _payments(telephony: Telephony) -> Iterable[Resource]:
    return (_payment(one, telephony) for one in telephony.payments)


def _payment(topup: Topup, telephony: Telephony) -> Resource:
    """Show a payment; it fills a balance and leads to no invoice."""
    attributes = {
        "amount": topup.amount,
        "notes": topup.notes,
        "status": topup.status(telephony.now),
        "type-name": topup.type,
        "created-at": topup.created,
        "currency": topup.account.currency,
        "balance-before-payment": topup.before,
        "rolledback-at": None,
    }
    return Resource(
        type="payments",
        id=topup.uid,
        attributes=attributes,
        relations={"account": Reference("accounts", topup.account.uid)},
        unseen={"uuid": topup.uid},
    )


def _transactions(telephony: Telephony) -> Iterable[Resource]:
    return map(_transaction, telephony.transactions)


def _transaction(one: Transaction) -> Resource:
    """Show a charge; what is positive is owed."""
    return Resource(
        type="transactions",
        id=one.uid,
        attributes={
            "description": one.description,
            "amount": one.amount,
            "created-at": one.created,
        },
        relations={
            "account": Reference("accounts", one.account.uid),
            "service": Reference("services", one.service) if one.service else None,
        },
    )


def _services(telephony: Telephony) -> Iterable[Resource]:
    charged: dict[str | None, list[Reference]] = defaultdict(list)
    for one in telephony.transactions:
        charged[one.service].append(Reference("transactions", one.uid))
    return (_service(one, tuple(charged[one.uid])) for one in telephony.services)


def _service(one: PhoneService, charged: tuple[Reference, ...]) -> Resource:
    """Show a service and what was charged for it."""
    attributes = {
        "name": one.name,
        "state": one.state,
        "initial-price": one.price,
        "renew-price": one.price,
        "created-at": one.created,
        "renew-at": one.renewed,
        "renew-period": one.period,
        "service-type": "Numbers",
        "ui-type": None,
    }
    return Resource(
        type="services",
        id=one.uid,
        attributes=attributes,
        relations={"account": Reference("accounts", one.account.uid), "transactions": charged},
    )


_MADE: dict[str, Callable[[Telephony], Iterable[Resource]]] = {
    "accounts": _accounts,
    "invoices": _invoices,
    "cdrs": cdrs,
    "incoming-cdrs": incoming_cdrs,
    "payments": _payments,
    "transactions": _transactions,
    "services": _services,
    "transport-protocols": protocols,
}
