"""`duetrail sync`, against a made-up company of twelve invoices."""

import json
import re

import pytest


@pytest.fixture(scope="module")
def sandbox():
    from duetrail_sandbox.server import Sandbox

    with Sandbox(invoices=12, seed=7) as running:
        yield running


@pytest.fixture
def sync(sandbox, write_config, run):
    """The command, with a new store beside a configuration of its own."""
    file = write_config(sandbox.config)
    return lambda *arguments: run("--config", file, "sync", *arguments)


def test_first_and_second_run(sync):
    """The first run brings everything, the second finds that nothing has changed."""
    first = sync("stuut", "credira")
    assert (first.code, first.err) == (0, "")
    assert re.search(r"^stuut\.invoices +complete +\d+ +\d+ ", first.out, re.MULTILINE)
    assert re.search(r"^Written: .*\b12 invoices\b", first.out, re.MULTILINE)
    second = sync("stuut", "credira")
    assert second.code == 0
    assert "Written: nothing, all is as it was." in second.out


def test_json(sync):
    """For machines the summary is one value whose numbers add up."""
    answer = json.loads(sync("stuut", "--json").out)
    assert (answer["run"], answer["exit_code"]) == (1, 0)
    for one in answer["resources"]:
        parts = one["mapped"] + one["unchanged"] + one["rejected"] + sum(one["skipped"].values())
        assert one["items"] == parts


def test_select(sync):
    """Only what is selected is read, and what it gets its keys from."""
    assert sync("stuut").code == 0
    answer = json.loads(sync("credira", "--select", "calls, emails", "--json").out)
    assert {one["resource"]: one["feeds"] for one in answer["resources"]} == {
        "calls": "",
        "emails": "",
        "callouts": "emails",
    }


def test_unknown_name_to_select(sync):
    """What cannot be selected is answered with what can."""
    done = sync("stuut", "--select", "call")
    assert (done.code, done.out) == (2, "")
    assert "nothing to select is called 'call'\n  There are callouts, calls, " in done.err


def test_keys_that_were_never_read(sync):
    """A connection whose keys were never read fails, and says what to run first."""
    done = sync("credira", "--select", "calls")
    assert done.code == 1
    assert "credira.calls: failed: " in done.err
    assert "Run `duetrail sync stuut` first." in done.err


def test_refused(sandbox, write_config, run):
    """A credential that is refused fails its connection alone; the rest is brought."""
    text = sandbox.config.replace("sandbox-credira-token", "another-token")
    done = run("--config", write_config(text), "sync", "stuut", "credira")
    assert done.code == 1
    assert "12 invoices" in done.out
    assert re.search(
        r"^credira\.(calls|callouts): failed [^:]*: Credira refused", done.err, re.MULTILINE
    )
    assert "another-token" not in done.out + done.err


@pytest.mark.parametrize("workers", ["0", "65", "many"])
def test_workers(run, workers):
    """The number of workers has bounds."""
    done = run("sync", "--workers", workers)
    assert (done.code, "--workers" in done.err) == (2, True)
