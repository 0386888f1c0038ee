"""A list in which each page says where the next one is: read to its end, and never for ever."""

from __future__ import annotations

import pytest

from duetrail.errors import ProtocolError
from duetrail.http import follow
from duetrail.source import Page


def walked(pages):
    """What is yielded of some pages, by the place each stands at, and the places asked for."""
    asked = []

    def ask(place):
        asked.append(place)
        rows, after = pages[place]
        data = {"rows": rows, "after": after}
        url = f"https://acme.example/rows?after={place}"
        return Page(url=url, status=200, headers={}, body=b"", data=data)

    return asked, follow(ask, lambda page: page.data["after"], lambda page: page.data["rows"])


def test_it_goes_to_the_end():
    """From page to page until one says that there is no other."""
    asked, pages = walked({None: ([1], "a"), "a": ([2], "b"), "b": ([3], None)})
    assert [page.data["rows"] for page in pages] == [[1], [2], [3]]
    assert asked == [None, "a", "b"]


def test_a_page_is_given_before_the_next_is_asked_for():
    """So no more than one of them is in memory."""
    asked, pages = walked({None: ([1], "a"), "a": ([2], None)})
    next(pages)
    assert asked == [None]


def test_a_circle_is_noticed():
    """A page that leads back fails the list, after what it had."""
    _, pages = walked({None: ([1], "a"), "a": ([2], "b"), "b": ([3], "a")})
    assert [next(pages).data["rows"] for _ in range(3)] == [[1], [2], [3]]
    with pytest.raises(ProtocolError, match="leads back to where the list was read before"):
        next(pages)


def test_a_page_that_repeats_is_noticed():
    """The rows of the page before, under another place, would go on for ever."""
    _, pages = walked({None: ([1], "a"), "a": ([1], "b")})
    next(pages)
    with pytest.raises(ProtocolError, match="answered with the rows of the page before"):
        next(pages)


def test_empty_pages_may_follow_each_other():
    """A page of a filtered list may be empty; the list goes on."""
    _, pages = walked({None: ([], "a"), "a": ([], "b"), "b": ([1], None)})
    assert len(list(pages)) == 3
