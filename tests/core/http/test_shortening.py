"""Whatever a message begins with, it says what happened."""

from __future__ import annotations

import pytest

from duetrail.errors import FetchError, ProtocolError
from duetrail.http.faults import by_status, sanitized_error
from duetrail.http.masking import masked_message
from duetrail.http.shortening import shortened
from duetrail.pipeline.summary import Problem, ResourceSummary
from duetrail.source import Page

URL = "https://api.acme.example/v1/invoices?filter=" + "a%2Cb" * 2_000 + "&page=2"
ID = "in_" + "7f" * 2_000


@pytest.mark.parametrize("begins", [URL, URL.partition("//")[2], f"/bills/{ID}", f"{ID!r}:"])
@pytest.mark.parametrize("longest", [200, 600, 1_000])
def test_a_long_address_costs_no_reason(begins, longest):
    """An address or an id of any length loses its middle, and the reason is told."""
    said = shortened(f"{begins} answered without a list of `invoices`", longest)
    assert len(said) <= longest
    assert said.startswith(begins[:20])
    assert said.endswith("answered without a list of `invoices`")


def test_what_fits_is_left_as_it_is():
    """A message that there is room for is not changed."""
    text = f"{URL[:300]} answered 500"
    assert shortened(text, 1_000) == text


def test_two_long_addresses_cost_no_reason():
    """One address that points at another: both are told in part, and what was wrong."""
    said = shortened(f"{URL} points at {URL}, where it was before", 600)
    assert said.endswith(", where it was before")


def test_text_without_end_is_cut():
    """Plain words of any length end where there is no more room."""
    assert shortened("word " * 1_000, 100) == ("word " * 20)


def test_every_message_of_a_run_says_its_reason():
    """Problems, notices, refusals and a vendor's own words, each behind a long address."""
    error = ProtocolError(f"{URL} answered without `next`", hint=f"See {URL} for the reason.")
    problem = Problem.of("failed", "all", error)
    assert problem.message.endswith("answered without `next`")
    assert problem.hint.endswith("for the reason.")
    summary = ResourceSummary("acme", "invoices")
    summary.notice(f"{URL} was moved")
    assert summary.notices[0].endswith("was moved")
    page = Page(url=f"https://acme.example/{ID}", status=500, headers={}, body=b"", data={})
    refusal = by_status(page)
    assert refusal is not None
    assert "answered 500" in sanitized_error(refusal).message
    assert masked_message(f"{URL[:1_500]} is not allowed").endswith("is not allowed")


def test_the_request_is_named_behind_a_long_address():
    """The vendor's id of the request is told, too: their support asks for it."""
    error = FetchError(f"{URL} answered 500", status=500, request_id="r-7")
    assert Problem.of("failed", "all", error).message.endswith("answered 500 (request r-7)")
