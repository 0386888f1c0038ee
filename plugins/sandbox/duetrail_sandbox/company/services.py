"""What the carrier charges beside calls: a service per account, and its transactions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from attrs import frozen

from duetrail_sandbox.company.phone_accounts import PhoneAccount
from duetrail_sandbox.company.phone_bills import CHARGE, PhoneBill
from duetrail_sandbox.company.uids import uid

__all__ = ["PhoneService", "Transaction", "service", "transactions"]

_PERIODS = ("Month", "Day", "Disabled")


@frozen(kw_only=True)
class PhoneService:
    """A recurring service; one that is disabled is not renewed."""

    uid: str
    account: PhoneAccount
    name: str
    state: str
    price: Decimal
    created: datetime
    renewed: datetime | None
    period: str


@frozen(kw_only=True)
class Transaction:
    """A charge; ``service`` is ``None`` where somebody charged it by hand."""

    uid: str
    account: PhoneAccount
    service: str | None
    description: str
    amount: Decimal
    created: datetime


def service(account: PhoneAccount, place: int, since: datetime, renewed: datetime) -> PhoneService:
    """The service of an account."""
    period = _PERIODS[place % len(_PERIODS)]
    return PhoneService(
        uid=_service(account),
        account=account,
        name=f"{account.name}: numbers",
        state="Suspended" if period == "Disabled" else "In use",
        price=CHARGE,
        created=since,
        renewed=None if period == "Disabled" else renewed,
        period=period,
    )


def transactions(bills: Iterable[PhoneBill], now: datetime) -> Iterator[Transaction]:
    """What was charged within the periods of bills; a deleted account takes its own along."""
    for bill in bills:
        for serial in range(bill.transactions if bill.account is not None else 0):
            created = bill.start + timedelta(days=3 * serial, hours=8, microseconds=523)
            if bill.account is not None and created <= now:
                yield _transaction(bill.account, bill, serial, created)


def _transaction(
    account: PhoneAccount, bill: PhoneBill, serial: int, created: datetime
) -> Transaction:
    return Transaction(
        uid=uid("charge", bill.uid, serial),
        account=account,
        service=None if serial else _service(account),
        description="Charged by hand" if serial else f"Renewal for {bill.start:%Y-%m-%d}",
        amount=CHARGE,
        created=created,
    )


def _service(account: PhoneAccount) -> str:
    return uid("service", account.uid)
