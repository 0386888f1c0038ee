"""What an answer must hold: what is missing, of another kind or of somebody else is refused."""

from __future__ import annotations

import pytest

from duetrail.errors import ProtocolError
from duetrail.http import expect_number, expect_same, required
from duetrail.source import Page


def page(data):
    return Page(url="https://acme.example/bills", status=200, headers={}, body=b"", data=data)


@pytest.mark.parametrize(
    ("data", "path", "kind"),
    [
        ({"data": []}, "data", list),
        ({"data": {"items": [1]}}, "data.items", list),
        ({"data": {}}, "data", dict),
        ({"data": {"text": None}}, "data.text", object),
    ],
)
def test_what_is_there_is_given(data, path, kind):
    """At whatever depth; null counts where anything does."""
    value = data
    for key in path.split("."):
        value = value[key]
    assert required(page(data), data, path, kind) is value


@pytest.mark.parametrize("data", [None, False, [], {}, {"data": None}, {"data": {"items": {}}}])
def test_what_is_missing_is_told(data):
    """Missing, null or of another kind: the message says what, where and of which answer."""
    with pytest.raises(ProtocolError) as caught:
        required(page(data), data, "data.items", list)
    assert caught.value.message == (
        "https://acme.example/bills answered without a list in `data.items`"
    )
    with pytest.raises(ProtocolError, match=r"answered without `data\.items\.x`"):
        required(page(data), data, "data.items.x", object)


def test_an_answer_about_something_else_is_refused():
    """One without an id only where that may be."""
    expect_same(page({}), "a", "a")
    for nobody in (None, ""):
        expect_same(page({}), nobody, "a", may_be_unnamed=True)
        with pytest.raises(ProtocolError, match="another object than the one asked for"):
            expect_same(page({}), nobody, "a")
    with pytest.raises(ProtocolError, match="another object"):
        expect_same(page({}), "b", "a", may_be_unnamed=True)


@pytest.mark.parametrize("shown", [{}, {"page": 2}, {"page": "2"}, {"page": None}])
def test_the_page_that_was_asked_for(shown):
    """A page that says its number is the one that was asked for; many say none."""
    expect_number(page({}), shown, "page", 2)
    with pytest.raises(ProtocolError, match=r"answered with page 2, not page 3|no count"):
        expect_number(page({}), {"page": 2}, "page", 3)
