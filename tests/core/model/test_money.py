"""Money is exact."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iso4217 import Currency

from duetrail.errors import BadItem
from duetrail.model import Money, exponent

MINOR = st.integers(-(10**37), 10**37)


@pytest.mark.parametrize(
    ("currency", "minor", "major"),
    [
        ("USD", 1234, "12.34"),
        ("EUR", 5, "0.05"),
        ("JPY", 1234, "1234"),
        ("KWD", 1234, "1.234"),
        ("CLF", 12345, "1.2345"),
    ],
)
def test_minor_units(currency, minor, major):
    """Minor units become major ones by the currency's own exponent."""
    assert Money.from_minor(minor, currency) == Money(Decimal(major), currency)


def test_currencies_in_use():
    """The table of currencies in use is that of ISO 4217, as the package `iso4217` has it."""
    assert {one.code: exponent(one.code) for one in Currency} == {
        one.code: one.exponent for one in Currency
    }


@pytest.mark.parametrize(
    ("currency", "digits"),
    [("ADP", 0), ("ITL", 0), ("TRL", 0), ("ESP", 0), ("DEM", 2), ("FRF", 2), ("HRK", 2)],
)
def test_withdrawn_currencies(currency, digits):
    """Old invoices are in currencies that are no more, and those had exponents too."""
    assert exponent(currency) == digits
    assert Money.from_minor(100, currency).amount == Decimal(100).scaleb(-digits)


@pytest.mark.parametrize("currency", ["ZZZ", "usd", "$", "", "XAU", "XXX", None])
def test_unknown_exponent(currency):
    """Where the exponent is unknown the minor units are kept, and no amount is guessed."""
    assert Money.from_minor(1234, currency) == Money(None, currency, Decimal(1234))


@pytest.mark.parametrize("make", [Money.major, Money.from_minor])
def test_no_money(make):
    """No amount is no money, not zero."""
    assert make(None, "USD") is None


def test_zero_is_money():
    """Zero is money."""
    assert Money.from_minor(0, "USD") == Money(Decimal("0.00"), "USD")


@pytest.mark.parametrize("money", [Money.major, Money.from_minor])
@pytest.mark.parametrize("zero", ["-0", "-0.00", "-0E+2"])
def test_no_zero_is_negative(money, zero):
    """A zero has no sign, whichever store keeps it: PostgreSQL knows none, SQLite keeps text."""
    assert not str(money(Decimal(zero), "EUR").amount).startswith("-")


def test_a_credit_stays_negative():
    """A credit stays negative."""
    assert Money.from_minor(-1234, "USD").amount == Decimal("-12.34")


@pytest.mark.parametrize("currency", ["USD", "JPY", None])
@pytest.mark.parametrize("value", ["10.5", "0.001", "-1.1"])
def test_fraction_of_a_cent(value, currency):
    """Minor units with a fraction were none: refused instead of rounded."""
    with pytest.raises(BadItem, match="an amount in minor units has a fraction"):
        Money.from_minor(Decimal(value), currency)


@pytest.mark.parametrize("value", ["10.0", "1E+1", "10.00000"])
def test_whole_however_written(value):
    """A whole number of cents may be written with a point or an exponent."""
    assert Money.from_minor(Decimal(value), "USD") == Money(Decimal("0.10"), "USD")


@pytest.mark.parametrize("make", [Money.major, Money.from_minor])
@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+38", "1E+999999999"])
def test_no_number(make, value):
    """What is no number, or absurdly large, is refused at once."""
    with pytest.raises(BadItem, match="not finite, or absurdly large"):
        make(Decimal(value), "USD")


@pytest.mark.parametrize("make", [Money.major, Money.from_minor])
def test_absurdly_fine(make):
    """So is what is absurdly fine."""
    with pytest.raises(BadItem, match="too many digits after the point"):
        make(Decimal("1E-999999999"), "USD")


def test_reasons_hold_no_amount():
    """A refusal says what is wrong, not how much somebody owes."""
    with pytest.raises(BadItem) as caught:
        Money.from_minor(Decimal("987654.5"), "USD")
    assert "987654" not in str(caught.value)


@pytest.mark.parametrize("make", [Money.major, Money.from_minor])
def test_a_float_is_no_amount(make):
    """A float is no amount, even one that happens to be exact."""
    with pytest.raises((BadItem, TypeError)):
        make(2.0, "USD")


def test_long_amounts():
    """An amount of 34 digits keeps each of them."""
    digits = "1234567890123456789012345678901234"
    assert str(Money.from_minor(int(digits), "USD").amount) == f"{digits[:-2]}.{digits[-2:]}"
    assert str(Money.major(Decimal(f"0.{digits}"), "USD").amount) == f"0.{digits}"


@given(MINOR, st.sampled_from(["USD", "JPY", "KWD", "CLF", "DEM", "ITL"]))
def test_nothing_is_rounded(minor, currency):
    """The amount times ten to the exponent is what was received, whatever that was."""
    amount = Money.from_minor(minor, currency).amount
    assert Fraction(amount) * 10 ** exponent(currency) == minor


@given(MINOR)
def test_kept_minor_units(minor):
    """Minor units that are kept are kept exactly."""
    assert Money.from_minor(minor, None).minor == minor


@given(st.decimals(min_value=-(10**30), max_value=10**30, places=4))
def test_major_units(value):
    """An amount in major units is taken as it is."""
    assert Money.major(value, "USD").amount.compare_total(value) == 0
