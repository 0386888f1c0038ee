"""Amounts in the smallest unit that Stripe charges, which is not always that of ISO 4217.

Source: Stripe documentation, Supported currencies: zero-decimal currencies, and special cases.
"""

from __future__ import annotations

from decimal import Decimal

from duetrail.model import Money

# Of these Stripe counts other units than ISO 4217: hundredths of what has none, whole ones of what
# is divided by five.
_DIGITS = {"ISK": 2, "UGX": 2, "MGA": 0}


def currency_of(code: str | None) -> str | None:
    """A currency as ISO 4217 writes it; Stripe writes small letters."""
    return code.upper() if code else None


def money(value: int | None, currency: str | None, path: str) -> Money | None:
    """An amount of Stripe's; None stays None.

    Args:
        value: In the smallest unit that Stripe charges.
        currency: As ISO 4217 writes it.
        path: Where in the item it stood, for the reject.
    """
    if value is None:
        return None
    digits = _DIGITS.get(currency or "")
    if digits is None:
        return Money.from_minor(value, currency, path)
    return Money.major(Decimal(value).scaleb(-digits), currency, path)
