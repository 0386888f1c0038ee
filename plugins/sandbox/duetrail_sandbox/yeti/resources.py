"""Yeti's JSON:API resources: accounts, invoices, payments and calls.

Attributes follow the Yeti Customer API's documents. Keys have dashes, money is plain decimal
text, times have three fraction digits. Both lists of calls show rows of one table, so an id that
is in both is one call.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from attrs import frozen

from duetrail_sandbox.company.cdrs import Leg, PhoneCall, Traffic
from duetrail_sandbox.company.phone_accounts import PhoneAccount
from duetrail_sandbox.company.telephony import Telephony
from duetrail_sandbox.forms import Form

__all__ = ["KINDS", "Kind", "Resource", "resources"]


@frozen
class Resource:
    """A row before it is written: ``attributes`` hold decimals and datetimes as such.

    ``account`` is whose it is, or ``None`` where the account was deleted. ``reverse_billing`` is
    never shown; there is a filter for it.
    """

    type: str
    id: str
    attributes: dict[str, Any]
    account: PhoneAccount | None = None
    reverse_billing: bool | None = None

    def value(self, name: str) -> Any:
        """What is compared and sorted by; ids of calls are numbers."""
        if name == "id":
            return int(self.id) if self.id.isdigit() else self.id
        if name == "account-id":
            return self.account.uid if self.account else None
        if name == "destination-reverse-billing":
            return self.reverse_billing
        return self.attributes[name]

    def written(self, base_url: str, shown: Collection[str], *, included: bool) -> dict[str, Any]:
        """Write what is ``shown``; only where it is ``included`` the account's id is told."""
        here = f"{base_url}/{self.type}/{self.id}"
        attributes = {name: _shown(v) for name, v in self.attributes.items() if name in shown}
        document = {"id": self.id, "type": self.type, "links": {"self": here}}
        if KINDS[self.type].has_account and "account" in shown:
            links = {"self": f"{here}/relationships/account", "related": f"{here}/account"}
            name = {"type": "accounts", "id": self.account.uid} if self.account else None
            relation = {"links": links, "data": name} if included else {"links": links}
            document["relationships"] = {"account": relation}
        return document | {"attributes": attributes}


def _shown(value: Any) -> Any:
    """Write an attribute: ``"12.5"``, ``"0.0"``, ``"2026-06-01T00:00:00.000Z"``."""
    if isinstance(value, Decimal):
        text = format(value.normalize(), "f")
        return text if "." in text else f"{text}.0"
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


@frozen
class Kind:
    """One list: how its rows are made, their default order, what it can be sorted by.

    ``names`` are the attributes there are; ``sortable`` is ``None`` where all of them are.
    """

    make: Callable[[Telephony], Iterable[Resource]]
    names: frozenset[str]
    order: str
    has_account: bool = True
    sortable: frozenset[str] | None = None

    @property
    def fields(self) -> frozenset[str]:
        """What ``fields[...]`` may name."""
        return self.names | {"account"} if self.has_account else self.names


@lru_cache(maxsize=16)
def resources(telephony: Telephony, kind: str) -> tuple[Resource, ...]:
    """All resources of a kind, made once."""
    return tuple(KINDS[kind].make(telephony))


def _form(words: str) -> Form:
    return Form(words, lambda value: value)


_ACCOUNT = _form("""
    name balance min-balance=minimum max-balance=maximum destination-rate-limit=rate_limit
    origination-capacity=origination termination-capacity=termination total-capacity=total currency
""")
# An invoice has neither currency nor status nor a date of issue.
_INVOICE = _form("""
    reference start-date=start end-date=end amount-spent=spent services-amount-spent=services
    service-transactions-count=transactions
""")
_DIRECTION = _form("""
    amount-spent=spent calls-count=calls successful-calls-count=successful calls-duration=duration
    billing-duration=billed first-call-at=first last-call-at=last
""")
_PAYMENT = _form("""
    amount notes type-name=type created-at=created currency=account.currency
    balance-before-payment=before rolledback-at:null
""")
_CALL = _form("""
    time-start=start time-connect=connect time-end=end duration success local-tag=tag
    src-prefix-routing=caller_routed dst-prefix-routing=called_routed rec=recorded
""")
_OUTGOING = _form("""
    src-name-in=name src-prefix-in=caller dst-prefix-in=called from-domain:"sip.example.com"
    to-domain:"switch.example.net" ruri-domain:"switch.example.net" orig-call-id=call_id
    lega-disconnect-code=code lega-disconnect-reason=reason auth-orig-ip=ip auth-orig-port=port
    auth-orig-transport-protocol-id=transport
""")
_INCOMING = _form("""
    src-name-out=name src-prefix-out=caller_routed dst-prefix-out=called_routed
    diversion-out=diversion legb-disconnect-code=code legb-disconnect-reason=reason
    sign-term-ip:"203.0.113.10" sign-term-port:5060 sign-term-transport-protocol-id=transport
    term-call-id~{0.id:x}@203.0.113.10
""")


def _accounts(telephony: Telephony) -> Iterable[Resource]:
    return (Resource("accounts", one.uid, _ACCOUNT(one)) for one in telephony.accounts)


def _invoices(telephony: Telephony) -> Iterable[Resource]:
    for bill in telephony.bills:
        facts = _INVOICE(bill)
        facts |= _direction("originated", bill.originated)
        facts |= _direction("terminated", bill.terminated)
        facts["has-pdf"] = bill.has_pdf(telephony.now)
        yield Resource("invoices", bill.uid, facts, bill.account)


def _direction(side: str, traffic: Traffic) -> dict[str, Any]:
    return {f"{side}-{name}": value for name, value in _DIRECTION(traffic).items()}


def _payments(telephony: Telephony) -> Iterable[Resource]:
    """A payment fills a balance and leads to no invoice."""
    for one in telephony.payments:
        facts = _PAYMENT(one, status=one.status(telephony.now))
        yield Resource("payments", one.uid, facts, one.account)


def _outgoing(telephony: Telephony) -> Iterable[Resource]:
    """The calls that the company made."""
    for row in telephony.outgoing:
        if row.origin is not None:
            facts = _OUTGOING(row) | _leg("destination", "customer", row, row.origin)
            # Null is as good as false, and a filter for false does not find it.
            reverse = row.origin.reverse or (None if row.id % 2 else False)
            yield Resource("cdrs", str(row.id), facts, row.origin.account, reverse)


def _incoming(telephony: Telephony) -> Iterable[Resource]:
    """The attempts that reached the company."""
    for row in telephony.incoming:
        if row.target is not None:
            facts = _INCOMING(row) | _leg("dialpeer", "vendor", row, row.target)
            yield Resource("incoming-cdrs", str(row.id), facts, row.target.account)


def _leg(side: str, payer: str, row: PhoneCall, leg: Leg) -> dict[str, Any]:
    """What both kinds of calls show, and the tariff of one side."""
    first, later = leg.steps
    return _CALL(row) | {
        f"{payer}-price": leg.price,
        f"{payer}-duration": leg.billed,
        f"{side}-initial-interval": first,
        f"{side}-next-interval": later,
        f"{side}-initial-rate": leg.rate,
        f"{side}-next-rate": leg.rate,
        f"{side}-fee": leg.fee,
        f"{side}-prefix": leg.prefix,
    }


def _tariff(side: str, payer: str) -> list[str]:
    names = ["initial-interval", "next-interval", "initial-rate", "next-rate", "fee", "prefix"]
    return [f"{payer}-price", f"{payer}-duration", *(f"{side}-{name}" for name in names)]


def _sides(*sides: str) -> list[str]:
    return [f"{side}-{name}" for side in sides for name in _DIRECTION.names]


KINDS = {
    "accounts": Kind(_accounts, frozenset(_ACCOUNT.names), "id", has_account=False),
    "invoices": Kind(
        _invoices,
        frozenset([*_INVOICE.names, *_sides("originated", "terminated"), "has-pdf"]),
        "-start-date",
    ),
    # Payments cannot be ordered by id, and their time is no order.
    "payments": Kind(
        _payments,
        frozenset([*_PAYMENT.names, "status"]),
        "-created-at",
        sortable=frozenset({"amount", "notes", "created-at"}),
    ),
    "cdrs": Kind(
        _outgoing,
        frozenset([*_CALL.names, *_OUTGOING.names, *_tariff("destination", "customer")]),
        "-time-start",
    ),
    "incoming-cdrs": Kind(
        _incoming,
        frozenset([*_CALL.names, *_INCOMING.names, *_tariff("dialpeer", "vendor")]),
        "-time-start",
    ),
}
