"""`duetrail timeline` as people see it: width, colours, wide characters, the page."""

import json
import os
import struct
import subprocess
import sys
import unicodedata
from contextlib import suppress
from datetime import UTC, datetime

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetrail.cli import timeline as command
from duetrail.cli.terminal import columns, display_width, has_colour, wrapped
from duetrail.cli.timeline import write_timeline
from duetrail.model import Call, Invoice, Ref
from duetrail.trail import Event, Timeline

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
REF = Ref("acme", "invoices", "i1")
CALL = Event(NOON, "acme", "calls", "c", "call", "one two three " * 6 + "end")


def found(*events):
    return Timeline(REF, (), None, None, events)


@pytest.fixture(autouse=True)
def _plain(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def terminal(monkeypatch):
    """A terminal that wide."""
    return lambda width: monkeypatch.setattr(command, "columns", lambda: width)


# --- width ---------------------------------------------------------------------------------------


def test_a_row_is_one_line_where_there_is_no_terminal(capsys):
    """A pipe gets a line for each event, however long."""
    write_timeline(found(CALL, CALL))
    assert len(capsys.readouterr().out.splitlines()) == 5


@pytest.mark.parametrize("width", [70, 80, 200])
def test_long_texts_are_wrapped_beside_their_row(capsys, terminal, width):
    """On a terminal no line is wider, and what goes on begins below the text."""
    terminal(width)
    write_timeline(found(CALL))
    _, _, _, first, *more = capsys.readouterr().out.splitlines()
    begin = first.index("one")
    assert all(len(line) <= width for line in (first, *more))
    assert all(line[:begin].isspace() and not line[begin].isspace() for line in more)
    assert " ".join((first[begin:], *(line.strip() for line in more))) == CALL.text


def test_on_a_narrow_terminal_texts_stand_below(capsys, terminal):
    """Where there is no room beside the row, the text has the lines below to itself."""
    terminal(40)
    write_timeline(found(CALL))
    _, _, _, row, *more = capsys.readouterr().out.splitlines()
    assert row == "2026-03-01 12:00  acme         call"
    assert all(line.startswith("  ") and len(line) <= 40 for line in more)
    assert " ".join(line.strip() for line in more) == CALL.text


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("abc", 3),
        ("漢字", 4),
        ("e\u0301", 1),
        ("🙂", 2),
        ("שלום", 4),
        ("ｱ", 1),
        ("\uff21", 2),
        ("", 0),
    ],
)
def test_a_width_is_that_of_the_display(text, width):
    """Ideographs and emoji take two columns, marks above a letter none."""
    assert display_width(text) == width


def test_columns_stay_in_line_beside_wide_characters(capsys):
    """A word of ideographs moves nothing beside it."""
    events = (
        Event(NOON, "漢字", "emails", "a", "短信", "x"),
        Event(NOON, "acme", "calls", "b", "call", "x"),
    )
    write_timeline(found(*events))
    _, _, _, *rows = capsys.readouterr().out.splitlines()
    assert len({display_width(row) for row in rows}) == 1


@given(words=st.lists(st.text(min_size=1).filter(lambda w: " " not in w)), width=st.integers(2, 60))
def test_wrapping_loses_nothing(words, width):
    """No line is too wide, and all of the text is there in order."""
    text = " ".join(words)
    lines = list(wrapped(text, width))
    assert all(display_width(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


# --- colours -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "env", "is_terminal", "wanted"),
    [
        (None, {}, True, True),
        (None, {}, False, False),
        (None, {"NO_COLOR": "1"}, True, False),
        (None, {"NO_COLOR": ""}, True, True),
        (None, {"TERM": "dumb"}, True, False),
        (None, {"FORCE_COLOR": "1"}, False, True),
        (None, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
        (True, {"NO_COLOR": "1"}, False, True),
        (False, {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_when_there_are_colours(monkeypatch, chosen, env, is_terminal, wanted):
    """The option decides, then NO_COLOR, then FORCE_COLOR, then whether there is a terminal."""
    monkeypatch.setenv("TERM", "xterm")
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout.isatty", lambda: is_terminal, raising=False)
    assert has_colour(chosen) is wanted


def test_colours_only_where_they_are_wanted(capsys):
    """What failed is red; without colours no escape code is printed."""
    failed = Event(NOON, "acme", "calls", "c", "call", "", failed=True)
    write_timeline(found(failed), True)
    assert "\x1b[31mcall" in capsys.readouterr().out
    write_timeline(found(failed))
    assert "\x1b" not in capsys.readouterr().out


@given(text=st.text())
def test_no_text_of_a_vendor_reaches_the_terminal_as_an_order(text):
    """Control characters, escape codes and turned directions never leave the store so."""
    lines = []
    event = Event(NOON, text, "emails", "e", f"\x1b[2J{text}", f"{text}\u202e\x9b31m", rule=text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("click.echo", lambda line="", **_: lines.append(line))
        patch.setattr(command, "columns", lambda: 80)
        write_timeline(Timeline(REF, (), None, text, (event,)), False)
    told = "".join(lines)
    styles = told.replace("\x1b[1m", "").replace("\x1b[2m", "").replace("\x1b[36m", "")
    assert not [c for c in styles.replace("\x1b[0m", "") if unicodedata.category(c)[0] == "C"]


@pytest.fixture
def on_terminal(ask, tmp_path):
    """What the command writes to a real terminal of 70 columns, with some environment."""
    pty = pytest.importorskip("pty", reason="this system has no terminals of that kind")
    fcntl, termios = pytest.importorskip("fcntl"), pytest.importorskip("termios")

    def answer(*words, **env):
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 70, 0, 0))
        code = "from duetrail.cli import main; main()"
        store = f"sqlite:///{tmp_path}/store.db"
        base = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
        with subprocess.Popen(
            [sys.executable, "-c", code, "--store", store, "timeline", "INV-1", *words],
            stdout=theirs,
            env={**base, "TERM": "xterm", **env},
        ):
            os.close(theirs)
            written = b"".join(_read(ours))
        os.close(ours)
        return written.decode()

    return answer


def _read(terminal):
    with suppress(OSError):  # which is how the end of a terminal is told
        while part := os.read(terminal, 4096):
            yield part


def test_a_terminal_gets_colours_and_lines_of_its_width(on_terminal):
    """On a real terminal, with nothing said, NO_COLOR, and --no-color."""
    coloured = on_terminal()
    assert "\x1b[36mcall" in coloured
    plain = on_terminal(NO_COLOR="1")
    assert plain == on_terminal("--no-color") == click.unstyle(coloured)
    assert max(map(len, plain.splitlines())) <= 70


# --- answers -------------------------------------------------------------------------------------


@pytest.fixture
def ask(store, keep, run, tmp_path):
    """The command, over an invoice with a call."""
    said = "<b>Canary</b> " * 9
    keep(
        Invoice(connection="acme", id="i1", number="INV-1", customer_name="Canary", issued_at=NOON),
        Call(
            connection="acme",
            id="c",
            invoices=(REF,),
            started_at=NOON,
            summary=said,
        ),
    )
    return lambda *words: run("--store", f"sqlite:///{tmp_path}/store.db", "timeline", *words)


def test_a_page_is_an_answer(ask):
    """--html answers with a page on stdout, to be kept as a file."""
    done = ask("INV-1", "--html")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("<!doctype html>")
    assert "&lt;b&gt;Canary&lt;/b&gt;" in done.out


@pytest.mark.parametrize("answer", ["--html", "--json", "--no-color"])
def test_people_are_left_out_of_each_answer(ask, answer):
    """--without-people leaves names and what was said out of every form of the answer."""
    assert "Canary" in ask("INV-1", answer).out
    done = ask("INV-1", answer, "--without-people")
    assert (done.code, "Canary" in done.out, "INV-1" in done.out) == (0, False, True)


def test_two_answers_at_once_are_wrong_usage(ask):
    """A page and a JSON value do not fit into one answer."""
    done = ask("INV-1", "--html", "--json")
    assert (done.code, json.loads(done.out)["exit_code"]) == (2, 2)


def test_a_usage_bill_is_called_so(keep, ask):
    """The heading says what it is."""
    keep(Invoice(connection="acme", id="b", number="R-1", kind="usage_bill"))
    assert ask("R-1").out.splitlines()[0] == "Invoice R-1, usage bill"


def test_candidates_leave_people_out_too(keep, ask):
    """A list of candidates names customers, unless people are to be left out."""
    keep(Invoice(connection="other", id="o", number="INV-1"))
    assert "acme:i1 (Canary, issued 2026-03-01)" in ask("INV-1").err
    assert "acme:i1 (issued 2026-03-01)" in ask("INV-1", "--without-people").err


def test_a_closed_stdout_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """With `>&-` Python has no stdout at all: no width, no colours, no traceback."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setattr(sys, "stdout", None)
    assert (columns(), has_colour(None)) == (None, False)
