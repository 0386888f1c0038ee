"""What the company sells: the lines and sums of an invoice, before anything happens to it."""

from __future__ import annotations

from random import Random

from duetrail_sandbox.company.invoices import Bill, Line
from duetrail_sandbox.company.money import EXPONENTS
from duetrail_sandbox.company.people import Customer
from duetrail_sandbox.company.uids import make_id

__all__ = ["bill"]

_GOODS = (
    "Shelving units",
    "Packing film",
    "Delivery",
    "Cold store rental",
    "Pallet hire",
    "Label rolls",
    "Service visit",
    "Spare parts",
    "Overtime hours",
    "Fuel surcharge",
)
# Prices start in whole units of USD, EUR or GBP; these bring the others to like worth.
_SCALE = {"JPY": 140, "KWD": 1}
_TAX_PERMILLE = {"USD": 0, "EUR": 190, "GBP": 200, "JPY": 100, "KWD": 0}
# Fractions of a quarter, so that a unit price divisible by four never leaves a rest.
_QUANTITIES: tuple[int | float, ...] = (1, 2, 3, 5, 8, 12, 20, 40, 0.5, 2.5, 12.25)
_OTHER_CURRENCIES = ("USD", "EUR", "GBP", "JPY", "KWD")


def bill(index: int, customer: Customer, rng: Random, kind: str) -> Bill:
    """Write an invoice; ``kind`` is ``receivable``, ``payable``, ``credit`` or ``draft``."""
    currency = customer.currency if rng.random() < 0.88 else rng.choice(_OTHER_CURRENCIES)
    remote_id = f"ERP-{index:06d}"
    sign = -1 if kind == "credit" else 1
    lines = tuple(
        _line(remote_id, place, currency, rng, sign)
        for place in range(1, rng.choice((1, 2, 2, 3, 4)) + 1)
    )
    subtotal = sum(line.total for line in lines)
    tax = sum(line.tax for line in lines)
    discount = sum(line.discount for line in lines)
    complete = len(lines) == 1 or rng.random() < 0.97
    return Bill(
        index=index,
        id=make_id("inv", rng, index),
        remote_id=remote_id,
        number=None if kind == "draft" else f"INV-{1000 + index}",
        customer=customer,
        currency=currency,
        kind="payable" if kind == "payable" else "receivable",
        lines=lines if complete else lines[:-1],
        lines_complete=complete,
        subtotal=subtotal,
        tax=tax,
        discount=discount,
        total=subtotal + tax - discount,
        purchase_order=f"PO-{rng.randint(10000, 99999)}" if rng.random() < 0.6 else None,
        order_number=f"SO-{rng.randint(1000, 9999)}" if rng.random() < 0.5 else None,
        terms=rng.choice((14, 30, 30, 45)),
    )


def _line(remote_id: str, place: int, currency: str, rng: Random, sign: int) -> Line:
    """Write one line; quantities may be fractions, sums are whole minor units."""
    price = rng.randint(4, 400) * _SCALE.get(currency, 1)
    unit = price * 10 ** EXPONENTS[currency]
    if EXPONENTS[currency]:
        unit += rng.choice((0, 0, 50, 96))
    unit -= unit % 4
    quantity = rng.choice(_QUANTITIES) * sign
    total = int(unit * quantity)
    discount = abs(total) * 5 // 100 * sign if rng.random() < 0.15 else 0
    # Floor division would round a credit's tax away from its invoice's.
    tax = abs(total - discount) * _TAX_PERMILLE[currency] // 1000 * sign
    return Line(
        number=place,
        remote_id=f"{remote_id}-L{place}",
        name=rng.choice(_GOODS),
        quantity=quantity,
        unit=unit,
        total=total,
        tax=tax,
        discount=discount,
    )
