"""Rendering: ready parts are spliced, nulls are thinned, results are kept within bounds."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from duetrail_sandbox.company.records import shown
from duetrail_sandbox.forms import Form, RenderCache, dumps, spliced, thinned


@pytest.mark.parametrize(
    ("fields", "parts", "expected"),
    [
        ({}, {}, {}),
        ({"a": 1}, {}, {"a": 1}),
        ({}, {"b": "[2]"}, {"b": [2]}),
        ({"a": "é"}, {"b": "{}", "c": "null"}, {"a": "é", "b": {}, "c": None}),
    ],
)
def test_spliced(fields, parts, expected):
    """Fields and ready parts make one valid object, with either of them empty."""
    assert json.loads(spliced(fields, **parts)) == expected


def test_a_form_shows_paths_constants_and_texts():
    """A path through nothing is null, moments are printed, what is computed comes on top."""
    form = Form('name when=at first=one.two kind:"x" more:[] text~A-{0.name}')
    record = SimpleNamespace(name="n", at=datetime(2026, 6, 30, tzinfo=UTC), one=None)
    assert json.loads(dumps(form(record, extra=("a",)))) == {
        "name": "n",
        "when": "2026-06-30T00:00:00Z",
        "first": None,
        "kind": "x",
        "more": [],
        "text": "A-n",
        "extra": ["a"],
    }
    with pytest.raises(ValueError, match="no field"):
        Form("a b=")


def test_thinned_keeps_values():
    """Only nulls are ever left out; false, zero and empty stay."""
    fields = {"a": 0, "b": False, "c": "", "d": []}
    assert thinned(fields, "any") == fields


def test_thinned_depends_on_the_salt_alone():
    """One object is thinned the same way each time, another one differently."""
    fields = dict.fromkeys("abcdefghij")
    assert thinned(fields, "one") == thinned(fields, "one") != thinned(fields, "other")


def test_cache_makes_once():
    """What is on the cache is not made again."""
    cache = RenderCache()
    assert cache.get("key", lambda: "first") == "first"
    assert cache.get("key", lambda: "second") == "first"


def test_cache_is_bounded():
    """When the cache is full, the oldest goes and is made anew when asked for."""
    cache = RenderCache(limit=10)
    for key in ("a", "b", "c"):
        cache.get(key, lambda key=key: key * 5)
    assert cache.get("c", lambda: "new") == "ccccc"
    assert cache.get("a", lambda: "new") == "new"


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
