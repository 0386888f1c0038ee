"""Rendering: forms as data, nulls are thinned."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from duetrail_sandbox.company.records import shown
from duetrail_sandbox.forms import Form, dumps, thinned

RECORD = SimpleNamespace(
    name="n", at=datetime(2026, 6, 30, tzinfo=UTC), one=None, none=0, many=[SimpleNamespace(a=3)]
)
OTHERS = {"inner": Form("a=up.name")}


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("name", "n"),
        ("x=at", "2026-06-30T00:00:00Z"),
        ("x=one.two", None),
        ("x=one|name", "n"),
        ('x:["a"]', ["a"]),
        ("x~A-{0.name}", "A-n"),
        ('x~"of {0.name}"', "of n"),
        ('x:["a b"]', ["a b"]),
        ("x~A-{0.name}??one", None),
        ("x:5??one|name", 5),
        ("x:5??!name", None),
        ("x:5??name=n", 5),
        ("x:5??none%2 x:6", 6),
        ("x>inner=many", [{"a": "n"}]),
        ("x>inner=one", None),
        ("x>>inner=many??one", []),
        ("x@invoice=name", "6a35067c-e050-5617-abd8-57f7729cac84"),
    ],
)
def test_words_of_forms(word, shown):
    """A word of a form shows an attribute, a constant or a text, perhaps in another form."""
    (value,) = json.loads(dumps(Form(word, others=OTHERS)(RECORD))).values()
    assert value == shown


def test_what_is_computed_comes_on_top():
    """What is computed counts; a word that is none is named."""
    assert Form("name")(RECORD, name=5, extra=("a",)) == {"name": 5, "extra": ("a",)}
    with pytest.raises(ValueError, match="no field"):
        Form("a b=")


def test_only_nulls_are_left_out():
    """Only nulls are left out, for one object the same each time, for another one differently."""
    fields = {"a": 0, "b": False, "c": "", "d": []}
    assert thinned(fields, "any") == fields
    nulls = dict.fromkeys("abcdefghij")
    assert thinned(nulls, "one") == thinned(nulls, "one") != thinned(nulls, "other")


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (125000, "USD", "USD 1,250.00"),
        (5, "EUR", "EUR 0.05"),
        (-5, "GBP", "GBP -0.05"),
        (1250, "JPY", "JPY 1,250"),
        (1250500, "KWD", "KWD 1,250.500"),
        (0, "USD", "USD 0.00"),
    ],
)
def test_amounts_in_letters(minor, currency, text):
    """Letters show amounts with as many digits as the currency has."""
    assert shown(minor, currency) == text
