"""Check what was read against Stuut's own ageing balance.

Source: Stuut API reference, Get Aging Balance, which documents its amounts as cents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from struct import Struct
from typing import Any

import attrs
from attrs import evolve, frozen

from duetrail.errors import BadItem, FetchError
from duetrail.http import Session
from duetrail.http.ids import ById
from duetrail.model.money import exponent
from duetrail.source import Connection, Notice
from duetrail.wire import decode
from duetrail_stuut import wire
from duetrail_stuut.mapping import remaining
from duetrail_stuut.values import name_of, same

OWED = ("id", *(one.name for one in attrs.fields(wire.Owed)))
"""What an invoice is looked at for."""

# How many units are open, in 64 bits, and a number that says what else is known.
_WORD = Struct("<qI")
_MOST_DIGITS = 18

_OPEN = ("open", "overdue", "processing")
_SETTLED = ("draft", "paid", "void", "uncollectible")


@frozen
class _Open:
    """An invoice that is, or may be, open.

    Attributes:
        is_certain: Whether it is.
        amount: What is open, as Stuut writes amounts: exactly, where it is certain, else at most,
            or at least where it is a credit. None where nothing bounds it.
        currency: In which currency.
    """

    is_certain: bool
    amount: Decimal | None = None
    currency: str | None = None

    @property
    def least(self) -> Decimal:
        """What is open at least."""
        amount = self.amount or Decimal(0)
        return amount if self.is_certain else min(amount, Decimal(0))

    @property
    def most(self) -> Decimal | None:
        """And at most; None where nothing bounds it."""
        if self.amount is None or self.is_certain:
            return self.amount
        return max(self.amount, Decimal(0))


class _Words:
    """The last word on each invoice; memory does not grow with their number.

    Most of what is said of one is said of many, but for the digits of the amount.
    """

    def __init__(self) -> None:
        self._last = ById(_WORD.size)
        self._all: list[_Open | None] = [None]
        self._places: dict[_Open | None, int] = {None: 0}

    def put(self, words: Mapping[str, _Open | None]) -> None:
        """Take words by the ids of invoices; None where certainly nothing is open."""
        self._last.put({id: self._packed(word) for id, word in words.items()})

    def __iter__(self) -> Iterator[_Open]:
        """What is, or may be, open."""
        for digits, place in map(_WORD.unpack, self._last.values()):
            word = self._all[place]
            if word is not None and word.amount is not None:
                word = evolve(word, amount=digits * word.amount)
            if word is not None:
                yield word

    def _packed(self, word: _Open | None) -> bytes:
        """The number of units that are open, and where the rest stands among all."""
        digits = 0
        if word is not None and word.amount is not None:
            digits, unit = _in_units(word.amount)
            word = evolve(word, amount=unit)
        if word not in self._places:
            self._places[word] = len(self._all)
            self._all.append(word)
        return _WORD.pack(digits, self._places[word])


class Balance:
    """What is open, as the invoices themselves say.

    Args:
        connection: Whose invoices; says how amounts are written.
        is_compared: Whether it is to be compared with Stuut's own, in the end.
    """

    def __init__(self, connection: Connection, *, is_compared: bool = True) -> None:
        self._is_minor = connection.options.amounts == "minor"
        self._is_compared = is_compared
        self._words = _Words()
        self._currencies: set[str] = set()

    def observe(self, invoices: Sequence[Any]) -> None:
        """Take note of some invoices; of one that is met again the later word counts."""
        shown = [invoice for invoice in invoices if isinstance(invoice, dict)]
        for invoice in shown:
            if isinstance(currency := invoice.get("currency"), str):
                self._currencies.add(currency)
        if self._is_compared:
            self._words.put({str(invoice.get("id")): _judged(invoice) for invoice in shown})

    def warnings(self) -> Iterator[Notice]:
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
        most = sum(1 for _ in self._words)
        least = sum(one.is_certain for one in self._words)
        if not least <= number <= most:
            yield f"{number} open invoices where {_range(least, most)} were read"
        amount = sum(value for name, value in told.items() if name.endswith("_amount"))
        bounds = self._amounts()
        if bounds is not None and not bounds[0] <= amount <= bounds[1]:
            yield f"{amount} cents open where {_range(*bounds)} were read"

    def _amounts(self) -> tuple[Decimal, Decimal] | None:
        """The sum of what is open, at least and at most; None where it cannot be added up."""
        currencies: set[str | None] = set()
        least = most = Decimal(0)
        for one in self._words:
            currencies.add(one.currency)
            if one.most is None:
                return None
            least, most = least + one.least, most + one.most
        digits = exponent(next(iter(currencies), None))
        if len(currencies) != 1 or digits is None:
            return None
        scale = 0 if self._is_minor else digits
        return least.scaleb(scale), most.scaleb(scale)


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
    status = name_of(owed.status)
    left = remaining(owed.amount_due, owed.amount_paid, owed.total_amount)
    if same(owed.type, "payable") or same(status, *_SETTLED):
        return None
    amount = owed.amount_due if left is None else left
    if amount is None:
        return _Open(False, currency=owed.currency)
    is_known = same(owed.type, "receivable") and same(status, *_OPEN) and left is not None
    if is_known and amount > 0:
        return _Open(True, amount, owed.currency)
    # Whether the balance holds what is nothing or a credit is not documented.
    return _Open(False, amount, owed.currency)


def _in_units(amount: Decimal) -> tuple[int, Decimal]:
    """An amount as a number of units, such as hundredths; of many digits, it is its own unit."""
    _, digits, place = amount.as_tuple()
    if len(digits) > _MOST_DIGITS or not isinstance(place, int):
        return 1, amount
    unit = Decimal((0, (1,), place))
    return int(amount / unit), unit


def _range(least: object, most: object) -> str:
    return f"{least}" if least == most else f"{least} to {most}"
