"""Money that is a sum or a difference of several figures of one object is no mistake.

A debit less a credit, a net amount and its tax, what lines come to: each digit must be there still.
"""

from __future__ import annotations

import pytest

from support.nightly import product

_TOTAL = 'total=Money.from_minor(bill.total_cents, bill.currency, "$.total_cents"),'
_PAID = 'amount_paid=Money.from_minor(bill.paid_cents, bill.currency, "$.paid_cents"),'
_HELPERS = """
def _plus(one, other):
    return None if one is None and other is None else (one or 0) + (other or 0)


def _minus(one, other):
    return None if one is None and other is None else (one or 0) - (other or 0)


def _at_least_zero(one):
    return None if one is None else max(one, Decimal(0))


@hookimpl
def map_item"""
_TESTS = (
    "test_money_is_exact",
    "test_minor_units_go_by_the_currency",
    "test_nothing_is_made_up",
    "test_zero_is_a_number",
    "test_text_that_is_no_number_is_not_dropped",
)
_LINES = "sum(one.price_cents or 0 for one in bill.lines)"


def _acme(acme, amount, paid=""):
    """Acme whose total is an amount in cents, and whose bills say no more of what was paid."""
    total = f"total=Money.from_minor({amount}, bill.currency),"
    return acme.suite((_TOTAL, total), (_PAID, paid), ("\n@hookimpl\ndef map_item", _HELPERS))


_AMOUNTS = (
    "_plus(bill.total_cents, bill.paid_cents)",
    "_minus(bill.total_cents, bill.paid_cents)",
    "_minus(bill.paid_cents, bill.total_cents)",
    "_at_least_zero(_minus(bill.total_cents, bill.paid_cents))",
    f"_minus(_plus(bill.total_cents, bill.paid_cents), {_LINES} or None)",
    f"{_LINES} if bill.lines else bill.total_cents",
)


@pytest.mark.parametrize(("amount", "test"), product(_AMOUNTS, _TESTS))
def test_a_sum_is_exact(acme, amount, test):
    """Debit and credit, debit less credit, and never below zero; with what the lines come to."""
    acme.run(_acme(acme, amount), test)


@pytest.mark.parametrize("test", _TESTS[:2])
def test_a_sum_beside_its_parts_is_exact(acme, test):
    """The difference is one field, and what was taken off another."""
    suite = _acme(acme, "_minus(bill.total_cents, bill.paid_cents)", _PAID)
    acme.run(suite, test)


@pytest.mark.parametrize(
    "amount",
    [
        "_plus(bill.total_cents, bill.paid_cents) and"
        " Decimal(float(_plus(bill.total_cents, bill.paid_cents)))",
        "_minus(bill.total_cents and bill.total_cents - 77, bill.paid_cents)",
        "_plus(bill.total_cents and bill.total_cents * 2, bill.paid_cents)",
        "_plus(bill.total_cents and bill.total_cents // 10 * 10, bill.paid_cents)",
        "bill.total_cents and bill.total_cents * 3",
    ],
    ids=["a float", "less something made up", "doubled", "rounded", "three times"],
)
def test_a_sum_that_loses_or_invents_is_found(acme, amount):
    """A float, a rounding or a figure that the vendor never gave is found in a sum as well."""
    suite = _acme(acme, amount)
    with pytest.raises(pytest.fail.Exception, match="amounts are not what the vendor wrote"):
        acme.run(suite, "test_money_is_exact")


def test_a_sum_in_cents_of_every_currency_is_found(acme):
    """A sum whose point does not go by the currency is found as a single amount is."""
    suite = acme.suite(
        (_TOTAL, "total=Money.major(_plus(bill.total_cents, bill.paid_cents) / 100"
         " if bill.total_cents is not None else None, bill.currency),"),
        (_PAID, ""),
        ("\n@hookimpl\ndef map_item", _HELPERS),
    )  # fmt: skip
    with pytest.raises(pytest.fail.Exception, match="the point of an amount"):
        acme.run(suite, "test_minor_units_go_by_the_currency")
