"""Currencies of the made-up company. All amounts are integers of minor units."""

from __future__ import annotations

__all__ = ["EXPONENTS", "shown"]

# ISO 4217 exponents: how many digits the minor unit has. JPY has none, KWD has three.
EXPONENTS = {"EUR": 2, "GBP": 2, "JPY": 0, "KWD": 3, "USD": 2}


def shown(minor: int, currency: str) -> str:
    """Write minor units for a letter, such as ``USD 1,250.00``; exact, without floats."""
    exponent = EXPONENTS[currency]
    sign = "-" if minor < 0 else ""
    whole, rest = divmod(abs(minor), 10**exponent)
    fraction = f".{rest:0{exponent}d}" if exponent else ""
    return f"{currency} {sign}{whole:,}{fraction}"
