"""Runs that are told: those that ended, failed, were interrupted or halted, or never began."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from duetrail import api
from duetrail.pipeline import Halted, Interrupted
from duetrail.testing import HOLD, Answer
from duetrail.testing.loopback import Moves
from duetrail_sandbox.server import Sandbox
from support.measuring import unmeasured
from support.scripted import Reply, Vendor

ALWAYS = 'when = "always"'


def test_what_is_posted_is_what_sync_prints(posting, receiver):
    """The summary is that of `duetrail sync --json`, with a version around it."""
    done = posting(ALWAYS).run("sync", "--json")
    (message,) = receiver.messages
    assert message.keys() == {"version", "event", "at", "summary"}
    assert (message["version"], message["event"]) == (1, "ended")
    assert message["summary"] == json.loads(done.stdout)


def test_a_run_that_went_well_is_no_failure(posting, receiver):
    """By default only failures are posted."""
    assert posting().sync().exit_code == 0
    assert receiver.posted == []


def test_only_what_has_changed(posting, receiver):
    """`change` tells of the first run, of one that fails, and of the first that works again."""
    project = posting('when = "change"')
    codes = [project.sync().exit_code, project.sync().exit_code]
    text = project.config.read_text()
    project.config.write_text(text.replace("[connections.stuut]", "[connections.stuut]\nwrong = 1"))
    codes.append(project.run("sync").exit_code)
    project.config.write_text(text)
    codes.append(project.sync().exit_code)
    told = [message["summary"]["exit_code"] for message in receiver.messages]
    assert (codes, told) == ([0, 0, 2, 0], [0, 2])


def test_a_remap_is_told(posting, receiver):
    """What maps stored pages again is a run, too."""
    project = posting(ALWAYS)
    project.sync()
    summary = api.remap(config=project.config)
    assert [message["summary"]["run"] for message in receiver.messages] == [1, summary.run]


# --- failures ------------------------------------------------------------------------------------


@pytest.fixture
def refusing():
    """A vendor that refuses each request and repeats the credential in its answer."""

    def answer(asked):
        return Reply({"error": f"bad {asked.headers['authorization']}"}, 401)

    with Vendor() as vendor:
        vendor.on("/v1/invoices", answer)
        yield vendor


def failing(posting, vendor, monkeypatch, *lines):
    """A project whose one connection is refused."""
    monkeypatch.setenv("STUUT_TOKEN", "made-up-token-1234567890")
    project = posting(*lines)
    table = project.config.read_text().partition("[[plugins")[2]
    connection = f'[connections.stuut]\ntoken = "env:STUUT_TOKEN"\nbase_url = "{vendor.url}"\n'
    project.config.write_text(f"{connection}[[plugins{table}")
    return project


def test_a_run_that_fails(posting, receiver, refusing, monkeypatch):
    """It is told what went wrong, without the credential that the vendor repeats."""
    project = failing(posting, refusing, monkeypatch)
    assert project.run("sync").exit_code == 1
    (message,) = receiver.messages
    (resource,) = [one for one in message["summary"]["resources"] if one["problems"]]
    assert message["summary"]["exit_code"] == 1
    assert "answered 401" in resource["problems"][0]["message"]
    assert b"made-up-token" not in receiver.posted[0].body


def test_a_text_of_a_run_that_fails(posting, receiver, refusing, monkeypatch):
    """In short, for people."""
    failing(posting, refusing, monkeypatch, 'format = "slack"').sync()
    (message,) = receiver.messages
    assert message.keys() == {"text"}
    lines = message["text"].splitlines()
    assert lines[0] == "Duetrail, run 1: something failed, exit code 1"
    assert lines[1].startswith(f"stuut.invoices: failed: {refusing.url}/v1/invoices answered 401")


def test_a_run_that_cannot_begin(posting, receiver, refusing, monkeypatch):
    """A secret that is missing is told by its name, with the exit code."""
    project = failing(posting, refusing, monkeypatch)
    monkeypatch.delenv("STUUT_TOKEN")
    assert project.run("sync").exit_code == 2
    (message,) = receiver.messages
    assert message["event"] == "failed"
    assert message["summary"]["exit_code"] == 2
    assert message["summary"]["error"]["type"] == "SecretError"
    assert "STUUT_TOKEN is not set" in message["summary"]["error"]["message"]


def test_another_sync_is_at_work(posting, receiver):
    """The one that could not begin is told; it left no summary."""
    project = posting()
    project.sync()
    with closing(project.store()) as store, store.exclusive():
        assert project.run("sync").exit_code == 1
    (message,) = receiver.messages
    assert message["event"] == "failed"
    assert message["summary"]["error"]["type"] == "StoreError"


def test_each_window_is_a_run(posting, receiver):
    """A backfill tells of each of its windows, with its time."""
    project = posting(ALWAYS)
    table = project.config.read_text().partition("[[plugins")[2]
    with Sandbox(invoices=3, vendors=("yeti",)) as sandbox:
        project.config.write_text(f"{sandbox.config}\n[[plugins{table}")
        words = ("--since", "2026-09-01", "--until", "2026-11-01", "--step", "month")
        assert project.run("sync", *words).exit_code == 0
    since = [message["summary"]["since"][:10] for message in receiver.messages]
    assert since == ["2026-09-01", "2026-10-01"]


def test_a_store_that_is_gone(posting, receiver):
    """A run that the store halted is told with what halted it, and how far it came."""
    project = posting()

    def harm(progress):
        project.database.unlink(missing_ok=True)

    with pytest.raises(Halted):
        project.sync(observer=harm)
    (message,) = receiver.messages
    assert (message["event"], message["summary"]["state"]) == ("ended", "halted")
    assert message["summary"]["error"]["type"] == "StoreError"
    assert message["summary"]["resources"][0]["items"] > 0


def test_an_interrupted_run(posting, receiver):
    """It is told as such."""

    def interrupt(progress):
        raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        posting().sync(observer=interrupt)
    (message,) = receiver.messages
    assert (message["summary"]["state"], message["summary"]["exit_code"]) == ("interrupted", 130)


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal(posting, receiver, number):
    """Ctrl-C, and the end of a machine: the notification goes out before the command ends."""
    project = posting()
    with Sandbox(invoices=200, vendors=("stuut",), latency_ms=100) as slow:
        table = project.config.read_text().partition("[[plugins")[2]
        project.config.write_text(f"{slow.config}\n[[plugins{table}")
        with started(project.config) as running:
            while running.poll() is None and len(slow.requests) < 2:
                time.sleep(0.05)
            running.send_signal(number)
            assert running.wait(timeout=60) == 128 + number
    (message,) = receiver.messages
    assert message["summary"]["state"] == "interrupted"
    assert message["summary"]["exit_code"] == 128 + number


def started(config: Path) -> subprocess.Popen[bytes]:
    code = "from duetrail.cli import main; main()"
    words = [sys.executable, "-c", code, "--config", str(config), "sync", "--workers", "1"]
    nowhere = subprocess.DEVNULL
    return subprocess.Popen(words, stdout=nowhere, stderr=nowhere, env=unmeasured())


# --- receivers that fail -------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [Answer(status=404), Moves([HOLD])])
def test_a_receiver_that_fails(posting, receiver, answer):
    """It is a warning, told once; the sync is as if there were none."""
    receiver.answers = [answer]
    done = posting(ALWAYS, "timeout = 1").run("sync")
    assert done.exit_code == 0
    (line,) = [line for line in done.output.splitlines() if "not delivered" in line]
    assert line.startswith("Warning: plugin 'notify': webhook 1: not delivered to 127.0.0.1: ")


def test_status_says_what_was_not_delivered(posting, receiver):
    """Whoever looks later finds the warning, and the run as it was."""
    receiver.answers = [Answer(status=404)]
    project = posting(ALWAYS)
    summary = project.sync()
    with closing(project.store()) as store:
        stored = json.loads(next(store.runs()).summary)
    assert stored == summary.as_dict()
    assert "Warning: plugin 'notify': webhook 1" in project.run("status", "--problems").output


def test_a_receiver_that_fails_keeps_no_other_from_being_told(posting, receiver):
    """Each webhook is posted to, and each that failed is named by its number."""
    others = ["[[plugins.notify.webhook]]", 'url = "env:NO_SUCH_VARIABLE"', ALWAYS]
    more = ["[[plugins.notify.webhook]]", 'url = "env:WEBHOOK"', ALWAYS]
    summary = posting(ALWAYS, *others, *more).sync()
    assert len(receiver.posted) == 2
    assert summary.warnings == [
        "plugin 'notify': webhook 2: the environment variable NO_SUCH_VARIABLE is not set"
    ]


def test_what_no_timeout_of_sockets_bounds(posting, monkeypatch):
    """The look-up of a name may take minutes; the run waits no longer than it was told to."""
    is_over = threading.Event()
    monkeypatch.setattr("duetrail_notify.delivery.post", lambda webhook, body: is_over.wait(60))
    summary = posting(ALWAYS, "timeout = 1").sync()
    is_over.set()
    assert summary.warnings == ["plugin 'notify': webhook 1: not delivered within 1 s"]


def test_a_bug_of_ours(posting, monkeypatch, capfd):
    """It is told by its place; its text may hold anything."""

    def broken(webhook, body):
        raise ValueError("Jane Doe")

    monkeypatch.setattr("duetrail_notify.delivery.post", broken)
    (warning,) = posting(ALWAYS).sync().warnings
    assert warning.startswith("plugin 'notify': webhook 1: ValueError at test_runs.py:")
    assert "Jane" not in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ('when = "never"', "'when' must be in"),
        ('format = "xml"', "'format' must be in"),
        ("timeout = 0", "'timeout' must be >= 1"),
        ('url = "https://hooks.example/T1"', "Cannot overwrite a value"),
    ],
)
def test_a_mistake_in_the_table(posting, line, error):
    """It is told before anything is read."""
    done = posting(line).run("sync")
    assert done.exit_code == 2
    assert error in done.output


# --- trying it out -------------------------------------------------------------------------------


def test_a_test_message(posting, receiver):
    """`duetrail notify` posts to every webhook, whatever it wants, and says that it arrived."""
    more = ["[[plugins.notify.webhook]]", 'url = "env:WEBHOOK"', 'format = "slack"']
    done = posting(*more).run("notify")
    assert (done.exit_code, done.output) == (0, "webhook 1: delivered\nwebhook 2: delivered\n")
    assert sorted(message.get("event", message.get("text")) for message in receiver.messages) == [
        "Duetrail: a test message",
        "test",
    ]


def test_a_test_message_that_does_not_arrive(posting, receiver):
    """It says why, and ends with 1."""
    receiver.answers = [Answer(status=404)]
    done = posting().run("notify", "--json")
    why = "webhook 1: not delivered to 127.0.0.1: it answered 404 (Not Found)"
    assert (done.exit_code, json.loads(done.stdout)) == (1, [{"webhook": 1, "problem": why}])


def test_a_test_message_without_a_webhook(project):
    """There is nothing to try: it says what to add."""
    project.connect("stuut")
    done = project.run("notify")
    assert done.exit_code == 2
    assert "has no webhook" in done.output
