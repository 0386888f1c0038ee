"""Errors become text, or JSON, in one place; each with its exit code and no traceback."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import pytest

from duetrail.model import Invoice
from duetrail.stores import Changes, StoredPage, StoredReject

STUUT = '[connections.stuut]\ntoken = "env:STUUT_TOKEN"\nbase_url = "http://127.0.0.1:9"\n'
NOBODYS = '[connections.a]\nplugin = "nobodys"\n'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STUUT_TOKEN", raising=False)
    return tmp_path


CASES = [
    pytest.param(None, ["sync"], 2, "no configuration at duetrail.toml", id="no configuration"),
    pytest.param("[store\n", ["sync"], 2, "not valid TOML: .*line 1", id="no TOML"),
    pytest.param(STUUT, ["sync", "stut"], 2, "no connection 'stut'", id="no such connection"),
    pytest.param(STUUT, ["sync"], 2, "STUUT_TOKEN is not set", id="no secret"),
    pytest.param("", ["sync"], 2, "has no connections", id="no connections"),
    pytest.param(STUUT, ["sync", "--select", "cals"], 2, "called 'cals'", id="nothing to select"),
    pytest.param(STUUT, ["check"], 2, "STUUT_TOKEN is not set", id="no secret to check"),
    pytest.param(NOBODYS, ["sync"], 1, "'nobodys' is not installed", id="no plugin"),
    pytest.param(STUUT, ["status"], 1, "there is no store at", id="no store"),
    pytest.param(STUUT, ["timeline", "1"], 1, "there is no store at", id="no store to look in"),
    pytest.param(STUUT, ["--store", "x", "status"], 2, "'x' is not a store URL", id="no URL"),
    pytest.param(
        STUUT, ["--store", "sqlite:///duetrail.toml", "status"], 1, "not a database", id="no base"
    ),
]


def write(folder, config):
    if config is not None:
        (folder / "duetrail.toml").write_text(config)


@pytest.mark.parametrize(("config", "arguments", "code", "message"), CASES)
def test_an_error_is_a_line_with_what_to_do(folder, run, config, arguments, code, message):
    """For people an error is a line on stderr, with what to do in the next one."""
    write(folder, config)
    done = run(*arguments)
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith("Error: ")
    assert_matches(message, done.err)
    assert "Traceback" not in done.err


@pytest.mark.parametrize(("config", "arguments", "code", "message"), CASES)
def test_an_error_is_one_json_value(folder, run, config, arguments, code, message):
    """For machines it is one JSON value on stdout, with the exit code."""
    write(folder, config)
    done = run(*arguments, "--json")
    answer = json.loads(done.out)
    assert (done.code, answer["exit_code"]) == (code, code)
    assert list(answer["error"]) == ["type", "message", "hint"]
    assert_matches(message, answer["error"]["message"])


def assert_matches(pattern, text):
    with pytest.raises(AssertionError, match=pattern):
        raise AssertionError(text)


def test_json_of_wrong_usage(run):
    """Also where an argument is missing."""
    done = run("timeline", "--json")
    assert (done.code, json.loads(done.out)["exit_code"]) == (2, 2)


def test_secrets_stay_out(folder, run, monkeypatch):
    """No secret is in an answer, wherever it turns up."""
    monkeypatch.setenv("STUUT_TOKEN", "canary-1")
    write(folder, STUUT + "attempts = 1\n")
    done = run("sync", "--json", "--select", "invoices")
    assert done.code == 1
    assert "canary-1" not in done.out + done.err


# --- what vendors write --------------------------------------------------------------------------

# A bell, an escape that would change the terminal's title, and one that begins with one character.
ODD = "\a\x1b]0;owned\a\x9b31m"
CONTROLS = set(ODD) - set("]0;owned31m")


@pytest.fixture
def odd(store, keep, tmp_path):
    """A store with two invoices of one number, and odd ones at that."""
    keep(
        Invoice(connection="acme", id=f"1{ODD}", number="1", customer_name=ODD, status_raw=ODD),
        Invoice(connection="acme", id=f"2{ODD}", number="1"),
        Invoice(connection="acme", id="3", currency=ODD, customer_name=f"Ann{ODD}"),
    )
    return f"sqlite:///{tmp_path}/store.db"


def test_control_characters(odd, run):
    """Control characters of a vendor's text never reach the terminal."""
    done = run("--store", odd, "timeline", "3")
    assert done.code == 0
    assert "Ann" in done.out
    assert not CONTROLS & set(done.out)


def test_control_characters_of_ids(odd, run):
    """Nor do those of ids, where several are offered."""
    done = run("--store", odd, "timeline", "1")
    assert "acme:1" in done.err
    assert not CONTROLS & set(done.err)


@pytest.mark.parametrize("as_json", [["--json"], []])
def test_control_characters_of_rejects(store, run, tmp_path, as_json):
    """Nor do those of an item that is shown as it was received."""
    page = StoredPage("acme", "bills", "all", 1, "https://a.example", 200, "2026", b"{}")
    with store.transaction():
        raw = json.dumps({"name": "\x9b31m"}, ensure_ascii=False)
        one = StoredReject(
            "acme", "bills", "bill", "k", "", "all", "1", "$", "$", "no", "acme 1", 1, 1, raw
        )
        rejects = {("acme", "bills", "bill", "k"): one}
        store.apply(Changes(pages={1: page}, rejects=rejects))
    done = run("--store", f"sqlite:///{tmp_path}/store.db", "rejects", "show", one.number, *as_json)
    assert done.code == 0
    assert "\x9b" not in done.out


def test_damaged_store(store, run, tmp_path):
    """A store that lost its tables is an error like any other."""
    store.close()
    with closing(sqlite3.connect(tmp_path / "store.db")) as db, db:
        db.execute("DROP TABLE calls")
    db.close()
    done = run("--store", f"sqlite:///{tmp_path}/store.db", "status")
    assert (done.code, done.err.startswith("Error: the store")) == (1, True)


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("arguments", [["--help"], ["status"], ["status", "--json"], ["timeline"]])
def test_an_answer_that_cannot_be_written(store, tmp_path, arguments):
    """An answer that finds no room is one line on stderr, and no success."""
    code = "from duetrail.cli import main; main()"
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code, "--store", f"sqlite:///{tmp_path}/store.db", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    if arguments == ["timeline"]:  # its mistake is told on stderr anyway
        assert done.returncode == 2
    else:
        words = "Error: the answer cannot be written: No space left on device\n"
        assert (done.returncode, done.stderr) == (1, words)


def test_directions_of_text(odd, run, keep):
    """What turns the direction of the text beside it reaches neither a table nor JSON."""
    keep(Invoice(connection="acme", id="4", customer_name="Ann\u202e\u2066 \U000e0041"))
    shown = run("--store", odd, "timeline", "4").out
    assert shown.isascii()
    told = run("--store", odd, "timeline", "4", "--json").out
    assert not {"\u202e", "\u2066", "\U000e0041"} & set(told)
    assert json.loads(told)["customer"] == "Ann\u202e\u2066 \U000e0041"


FORMULAS = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "<script>alert(1)</script>"]


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_are_text(store, keep, run, tmp_path, text):
    """What a spreadsheet or a browser would obey is shown as it is: a terminal does not."""
    keep(Invoice(connection="acme", id="5", customer_name=text))
    url = f"sqlite:///{tmp_path}/store.db"
    assert text in run("--store", url, "timeline", "5").out
    assert json.loads(run("--store", url, "timeline", "5", "--json").out)["customer"] == text


# A server that is not there is a store that cannot be used; without its driver, and in a database
# that there is no store for, it is wrong usage.
@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("postgresql://ann:canary@127.0.0.1:1/x", 1 if find_spec("psycopg") else 2),
        ("mysql://ann:canary@h", 2),
    ],
)
def test_a_store_url_with_a_password(run, url, code):
    """The password of a store's address is not repeated."""
    done = run("--store", url, "status")
    assert done.code == code
    assert "canary" not in done.out + done.err
