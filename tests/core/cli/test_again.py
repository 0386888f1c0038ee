"""`duetrail remap`, `drift`, `explain`, and what is done about rejects, over a real sync."""

import json
from shutil import copytree

import pytest


@pytest.fixture
def ask(synced, run, tmp_path):
    """A command with the configuration and the store of a copy of the synced folder."""
    folder = copytree(synced, tmp_path / "synced")
    return lambda *arguments: run("--config", folder / "duetrail.toml", *arguments)


@pytest.fixture
def some(ask):
    """The record of one invoice, as `connection:table:id`."""
    events = json.loads(ask("timeline", "INV-1004", "--json").out)["events"]
    one = next(event for event in events if event["record"] == "invoices")
    return f"{one['connection']}:invoices:{one['id']}"


def test_remapping_with_the_same_plugins_writes_nothing(ask):
    """With the same plugins there is nothing to write, and no request."""
    done = ask("remap")
    assert done.code == 0
    assert "Written: nothing, all is as it was." in done.out
    answer = json.loads(ask("remap", "stuut", "--json").out)
    assert {one["connection"] for one in answer["resources"]} == {"stuut"}
    assert {one["requests"] for one in answer["resources"]} == {0}


def test_a_value_is_told_with_its_request_and_path(ask, some):
    """A value is told with the request and the JSON path it came from."""
    done = ask("explain", some, "total")
    assert done.code == 0
    assert "/v1/invoices?" in done.out
    assert ".total_amount = " in done.out
    answer = json.loads(ask("explain", some, "total", "--json").out)
    assert answer["plugin"].startswith("stuut ")


def test_explain_nothing(ask, some):
    """A value the vendor did not give is told so."""
    assert "the vendor did not say" in ask("explain", some, "outbound_calls").out


@pytest.mark.parametrize(
    ("record", "field", "words"),
    [
        ("stuut:invoices:nobody", "total", "there is no record stuut:invoices:nobody"),
        ("nobody:invoices:1", "total", "has no connection 'nobody'"),
        ("stuut", "total", "there is no table ''"),
    ],
)
def test_explain_what_is_not_there(ask, record, field, words):
    """A record that is not there is a mistake that is told."""
    done = ask("explain", record, field)
    assert (done.code, done.out) == (2, "")
    assert words in done.err


def test_drift_lists_forms_and_no_values(ask):
    """What is in `extra` is listed by form, never by value."""
    done = ask("drift", "stuut")
    assert done.code == 0
    assert "undeclared" in done.out
    assert "example.com" not in done.out
    assert json.loads(ask("drift", "--json").out)[0].keys() >= {"kind", "path", "count"}


def test_rejects_that_are_not_there(ask):
    """To replay nothing is fine; a number nobody has is told."""
    assert ask("rejects", "replay").code == 0
    done = ask("rejects", "drop", "zz")
    assert (done.code, "no reject has the number 'zz'" in done.err) == (2, True)
    assert ask("rejects", "drop").code == 2
