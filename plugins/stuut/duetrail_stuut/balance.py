"""Check what was read against Stuut's own ageing balance.

Source: Stuut API reference, Get Aging Balance, which documents its amounts as cents.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import attrs
from attrs import frozen

from duetrail.errors import BadItem, FetchError
from duetrail.http import Session
from duetrail.model.money import exponent
from duetrail.source import Connection, Notice
from duetrail.wire import decode
from duetrail_stuut import wire
from duetrail_stuut.mapping import remaining
from duetrail_stuut.values import name_of, same

_OPEN = ("open", "overdue", "processing")
_SETTLED = ("draft", "paid", "void", "uncollectible")


@frozen
class _Open:
    """An invoice that is, or may be, open.

    Attributes:
        is_certain: Whether it is.
        least: What is open at least, as Stuut writes amounts.
        most: And at most; None where nothing bounds it.
        currency: In which currency.
    """

    is_certain: bool
    least: Decimal = Decimal(0)
    most: Decimal | None = None
    currency: str | None = None


class Balance:
    """What is open, as the invoices themselves say.

    Args:
        connection: Whose invoices; says how amounts are written.
    """

    def __init__(self, connection: Connection) -> None:
        self._is_minor = connection.options.amounts == "minor"
        self._open: dict[str, _Open] = {}
        self._currencies: set[str] = set()

    def meet(self, invoices: Sequence[Any]) -> None:
        """Take note of some invoices; of one that is met again the later word counts."""
        for invoice in invoices:
            if not isinstance(invoice, dict):
                continue
            if isinstance(currency := invoice.get("currency"), str):
                self._currencies.add(currency)
            id, found = str(invoice.get("id")), _judged(invoice)
            self._open.pop(id, None)
            if found is not None:
                self._open[id] = found

    def doubts(self) -> Iterator[Notice]:
        """The currencies for which "cents" may mean something else than the smallest unit."""
        others = sorted(c for c in self._currencies if exponent(c) not in (2, None))
        if self._is_minor and others:
            yield Notice(
                f"amounts in {', '.join(others)} are read in the smallest unit of the currency; "
                "Stuut documents cents, and does not say what that means for them"
            )

    def differences(self, aging: wire.AgingBalance) -> Iterator[str]:
        """Where the vendor's numbers lie outside of what the invoices allow."""
        told = attrs.asdict(aging)
        number = sum(value for name, value in told.items() if name.endswith("_count"))
        found = self._open.values()
        least = sum(one.is_certain for one in found)
        if not least <= number <= len(found):
            yield f"{number} open invoices where {_range(least, len(found))} were read"
        amount = sum(value for name, value in told.items() if name.endswith("_amount"))
        bounds = self._amounts()
        if bounds is not None and not bounds[0] <= amount <= bounds[1]:
            yield f"{amount} cents open where {_range(*bounds)} were read"

    def _amounts(self) -> tuple[Decimal, Decimal] | None:
        """The sum of what is open, at least and at most; None where it cannot be added up."""
        found = self._open.values()
        currencies = {one.currency for one in found}
        digits = exponent(next(iter(currencies), None))
        most = [one.most for one in found if one.most is not None]
        if len(currencies) != 1 or len(most) < len(found) or digits is None:
            return None
        scale = 0 if self._is_minor else digits
        least = sum((one.least for one in found), Decimal(0))
        return least.scaleb(scale), sum(most, Decimal(0)).scaleb(scale)


def cross_check(session: Session, balance: Balance) -> Iterator[Notice]:
    """Compare with the vendor's balance; whatever comes of it is told, and nothing fails."""
    try:
        page = session.get("/v1/analytics/collections/aging-balance")
        aging = decode(wire.AgingBalance, page.data)
    except FetchError as error:
        yield Notice(f"not compared with Stuut's ageing balance: {error.message}")
    except BadItem as error:
        yield Notice(f"Stuut's ageing balance cannot be read: {error}")
    else:
        for difference in balance.differences(aging):
            yield Notice(
                f"Stuut's ageing balance has {difference}; it may have changed in the meantime"
            )


def _judged(invoice: Any) -> _Open | None:
    """Whether, and how much of it, an invoice is open; None where certainly nothing is."""
    try:
        owed = decode(wire.Owed, invoice)
    except BadItem:
        return _Open(False)
    status, left = name_of(owed.status), remaining(owed)
    if same(owed.type, "payable") or same(status, *_SETTLED):
        return None
    amount = owed.amount_due if left is None else left
    if amount is None:
        return _Open(False, currency=owed.currency)
    is_known = same(owed.type, "receivable") and same(status, *_OPEN) and left is not None
    if is_known and amount > 0:
        return _Open(True, amount, amount, owed.currency)
    # Whether the balance holds what is nothing or a credit is not documented.
    return _Open(False, min(amount, Decimal(0)), max(amount, Decimal(0)), owed.currency)


def _range(least: object, most: object) -> str:
    return f"{least}" if least == most else f"{least} to {most}"
