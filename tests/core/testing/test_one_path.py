"""Resources on one path, told apart by the query, are to the suite as any others."""

from __future__ import annotations

from pathlib import Path

import pytest

_HERE = Path(__file__).parent

_TESTS = (
    "test_the_recording_is_read",
    "test_the_recording_is_played_whole",
    "test_every_page_is_yielded",
    "test_every_item_is_kept",
    "test_an_empty_list_is_no_error",
    "test_one_item_a_list_is_read",
    "test_pages_that_repeat_come_to_an_end",
    "test_totals_of_the_vendor_are_reached",
    "test_a_passing_fault_makes_no_difference",
    "test_a_lasting_fault_is_told_and_heals",
    "test_no_list_hides_a_failure",
    "test_a_second_run_goes_on_from_its_cursor",
    "test_an_item_that_is_gone_is_absent",
    "test_a_new_item_is_read_once",
)

# Acme, whose mails stand where its bills do.
_MAILS = (
    ('session.get("/mails", {', 'session.get("/bills", {"kind": "mail", '),
    ('page.data["mails"]', 'page.data["bills"]'),
    ('path="$.mails[*]"', 'path="$.bills[*]"'),
)
# Acme, whose calls since the last one do, too.
_CALLS = (
    ('session.get("/calls", {', 'session.get("/bills", {"kind": "call", '),
    ('page.data["calls"]', 'page.data["bills"]'),
    ('wire=Conversation, path="$.calls[*]"', 'wire=Conversation, path="$.bills[*]"'),
)


@pytest.fixture
def one_path(acme, tmp_path):
    """A suite for Acme with everything it lists on one path."""
    text = (_HERE / "acme.yaml").read_text(encoding="utf-8")
    text = text.replace("/mails?", "/bills?kind=mail&").replace('"mails":', '"bills":')
    text = text.replace("/v1/calls?", "/v1/bills?kind=call&").replace('"calls":', '"bills":')
    cassette = tmp_path / "acme.yaml"
    cassette.write_text(text, encoding="utf-8")
    return acme.suite(*_MAILS, *_CALLS, cassettes=cassette)


@pytest.mark.parametrize("test", _TESTS)
def test_a_query_tells_resources_apart(acme, one_path, test):
    """Bills, mails and calls on one path: the suite finds no fault in it."""
    acme.run(one_path, test)


def test_a_page_left_out_is_found_there_too(acme, tmp_path):
    """A page of bills that is asked for and not yielded is missed, whoever else asks there."""
    text = (_HERE / "acme.yaml").read_text(encoding="utf-8")
    cassette = tmp_path / "acme.yaml"
    cassette.write_text(
        text.replace("/mails?", "/bills?kind=mail&").replace('"mails":', '"bills":'),
        encoding="utf-8",
    )
    old = "        yield page\n        cursor"
    left_out = (old, old.replace("yield", "if cursor != 'b3': yield"))
    suite = acme.suite(*_MAILS, left_out, cassettes=cassette)
    with pytest.raises(pytest.fail.Exception, match="after=b3"):
        acme.run(suite, "test_every_page_is_yielded")
