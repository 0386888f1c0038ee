"""Money: exact decimals, and what one unit of each currency divides into.

Sources: ISO 4217 list one of 2026-01-01 (currencies in use; a test compares it with the package
`iso4217`, which takes longer to import than a page takes to map) and list three (withdrawn
currencies; their exponents as Java's `java.util.Currency` carries them).
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Context, Decimal, Inexact
from functools import lru_cache

from attrs import field, frozen

from duetrail.errors import BadItem
from duetrail.model.making import fast_init

# List one, by exponent; those of gold, test codes and the like have none.
_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_TWO_DECIMALS = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD "
    "CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS "
    "GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD "
    "LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB "
    "PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP "
    "SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW "
    "ZWG"
)
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_DECIMALS = "CLF UYW"
_IN_USE = {
    code: digits
    for digits, codes in (
        (0, _NO_DECIMALS),
        (2, _TWO_DECIMALS),
        (3, _THREE_DECIMALS),
        (4, _FOUR_DECIMALS),
    )
    for code in codes.split()
}

# List three as published has no exponents any more, so they stand here.
_WITHOUT_DECIMALS = "ADP BEF BYB BYR ESP GRD ITL LUF MGF PTE ROL TPE TRL"
_WITH_TWO_DECIMALS = (
    "AFA ANG ATS AYM AZM BGL BGN CSD CUC CYP DEM EEK FIM FRF GHC GWP HRK IEP LTL LVL MRO MTL MZM "
    "NLG RUR SDD SIT SKK SLL SRG STD TMM USS VEB VEF YUM ZMK ZWD ZWL ZWN ZWR"
)
_WITHDRAWN = dict.fromkeys(_WITHOUT_DECIMALS.split(), 0) | dict.fromkeys(
    _WITH_TWO_DECIMALS.split(), 2
)
EXPONENTS = _WITHDRAWN | _IN_USE
"""Digits after the decimal point of every currency that has an exponent."""

# An amount longer than this is a broken document; it also bounds what a row can hold.
_MOST_DIGITS = 38
_EXACT = Context(prec=3 * _MOST_DIGITS, traps=[Inexact])

_AMOUNT = "in major units (12.34 dollars); null where only minor units are certain"
_CURRENCY = "the code the vendor gave, usually ISO 4217; null where it gave none"
_MINOR = "in minor units (1234 cents); filled only where the currency or its exponent is unknown"


def exponent(currency: str | None) -> int | None:
    """Digits after the decimal point of a currency, in use or withdrawn.

    Args:
        currency: An ISO 4217 code such as `USD`; anything else is not known.

    Returns:
        2 for USD, 0 for JPY, 3 for KWD, 0 for the withdrawn ADP; None where ISO 4217 gives none.
    """
    return None if currency is None else EXPONENTS.get(currency)


@fast_init
@frozen
class Money:
    """An amount and its currency; never a float.

    Attributes:
        amount: In major units (`Decimal("12.34")`); None where only minor units are certain.
        currency: The code the vendor gave, usually ISO 4217; None where it gave none.
        minor: The amount in minor units, kept only where the currency or its exponent is unknown
            and `amount` would be a guess.
    """

    amount: Decimal | None = field(metadata={"help": _AMOUNT})
    currency: str | None = field(default=None, metadata={"help": _CURRENCY})
    minor: Decimal | None = field(default=None, metadata={"help": _MINOR})

    @classmethod
    def major(
        cls, value: Decimal | int | None, currency: str | None, path: str = "$"
    ) -> Money | None:
        """Money from an amount in major units; None stays None.

        Args:
            value: The amount.
            currency: Its currency.
            path: Where in the item it stood, for the reject.

        Raises:
            BadItem: The value is not finite or absurdly long.
        """
        if value is None:
            return None
        usual = _of_major(_short(value), currency)
        return usual or cls(checked_decimal(value, path), currency)

    @classmethod
    def from_minor(
        cls, value: Decimal | int | None, currency: str | None, path: str = "$"
    ) -> Money | None:
        """Money from an amount in minor units (cents, yen, fils); None stays None.

        Args:
            value: The amount.
            currency: Its currency.
            path: Where in the item it stood, for the reject.

        Raises:
            BadItem: The value has a fraction: then it was not in minor units, and rounding it
                would change somebody's debt.
        """
        if value is None:
            return None
        usual = _of_minor(_short(value), currency)
        if usual is not None:
            return usual
        minor = checked_decimal(value, path)
        if _EXACT.remainder(minor, Decimal(1)):
            raise BadItem("an amount in minor units has a fraction", path=path)
        minor = minor.quantize(Decimal(1), context=_EXACT)
        return _from_whole(minor, currency)


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """A sum of amounts, to the last digit."""
    total = Decimal(0)
    for amount in amounts:
        total = _EXACT.add(total, amount)
    return total


def is_plain(text: str) -> bool:
    """Whether the text of a decimal is a short number without a sign, with nothing to check."""
    return len(text) <= _MOST_DIGITS and _is_plain(text)


def _short(value: Decimal | int) -> str:
    """A decimal as text; empty for a long one, and for any other number."""
    text = str(value) if type(value) is Decimal else ""
    return text if len(text) <= _MOST_DIGITS else ""


def _is_plain(text: str) -> bool:
    """Whether a short number is one without sign: as nearly all are, nothing to check."""
    return text.replace(".", "", 1).isdecimal()


# Of the amounts of a page many are the same.
@lru_cache(maxsize=4_096)
def _of_major(text: str, currency: str | None) -> Money | None:
    """Money from a number of major units, if that is a plain one."""
    return Money(Decimal(text), currency) if _is_plain(text) else None


@lru_cache(maxsize=4_096)
def _of_minor(text: str, currency: str | None) -> Money | None:
    """Money from a number of minor units, if that is a plain one without a fraction."""
    return _from_whole(Decimal(text), currency) if text.isdecimal() else None


def _from_whole(minor: Decimal, currency: str | None) -> Money:
    digits = exponent(currency)
    if digits is None:
        return Money(None, currency, minor)
    return Money(minor.scaleb(-digits, context=_EXACT), currency)


def checked_decimal(value: Decimal | int, path: str = "$") -> Decimal:
    """A number that people could have written down.

    Raises:
        BadItem: It is not finite, or has more digits than any amount or quantity.
        TypeError: It is a float, which is never exact.
    """
    if isinstance(value, Decimal) and _is_plain(_short(value)):
        return value  # taking it apart takes three times as long
    if isinstance(value, float):
        raise TypeError("a float is no exact number; use Decimal")
    number = Decimal(value)
    if number.is_zero():
        number = number.copy_abs()  # PostgreSQL has no negative zero
    if not number.is_finite() or number.adjusted() >= _MOST_DIGITS:
        raise BadItem("a number is not finite, or absurdly large", path=path)
    if -int(number.as_tuple().exponent) > _MOST_DIGITS:
        raise BadItem("a number has too many digits after the point", path=path)
    return number
