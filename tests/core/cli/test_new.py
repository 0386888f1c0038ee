"""`duetrail new`."""

import json
import os
import pty
import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from support.measuring import unmeasured

COMMAND = [sys.executable, "-c", "from duetrail.cli import main; main()", "new", "acme"]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_it_says_what_is_next(run):
    """What was made is told, and every step to a first green run."""
    done = run("new", "acme", "--defaults")
    assert done.code == 0
    steps = ("cd duetrail-acme", "pip install -e '.[test]'", "pytest", "duetrail plugins")
    lines = [line.partition("#")[0].strip() for line in done.out.splitlines()]
    assert [line for line in lines if line in steps] == list(steps)
    assert Path("duetrail-acme/pyproject.toml").is_file()


def test_it_can_be_made_elsewhere(run, tmp_path):
    """--into names the folder in which the plugin's own is made; a blank in it does no harm."""
    (tmp_path / "my plugins").mkdir()
    done = run("new", "acme", "--defaults", "--into", "my plugins")
    assert "cd 'my plugins/duetrail-acme'" in done.out
    assert Path("my plugins/duetrail-acme").is_dir()


def test_answers_are_given_with_set(run):
    """--set answers a question beforehand."""
    run("new", "acme", "--defaults", "--set", "paging=cursor", "--set", "title=Acme Billing")
    declared = Path("duetrail-acme/duetrail_acme/declaration.py").read_text()
    assert 'title="Acme Billing"' in declared


def test_it_answers_as_json(run):
    """For machines it is what became of each file."""
    done = run("new", "acme", "--defaults", "--json")
    told = json.loads(done.out)
    assert told["folder"] == "duetrail-acme"
    assert "pyproject.toml" in told["made"]
    assert (told["renewed"], told["beside"], told["removed"]) == ([], [], [])


def test_again_tells_what_it_changed_and_what_it_left(run, monkeypatch):
    """--again tells which files it changed, and which it left alone."""
    run("new", "acme", "--defaults")
    monkeypatch.chdir("duetrail-acme")
    assert run("new", "--again").out == "Nothing has changed in the template since.\n"
    Path("README.md").write_text("mine")
    done = run("new", "--again", "--set", "title=Acme Billing")
    assert done.code == 0
    assert "renewed docs/acme.md" in done.out
    assert "left alone README.md; the template's is README.md.new" in done.out


def test_again_by_name(run):
    """From the folder above, --again takes the plugin's name."""
    run("new", "acme", "--defaults")
    assert run("new", "acme", "--again").code == 0


@pytest.mark.parametrize(
    ("arguments", "says", "hint"),
    [
        ((), "which plugin?", "duetrail new acme"),
        (("Acme", "--defaults"), "cannot be the name of a plugin", "Did you mean 'acme'?"),
        (("acme",), "there is nobody to ask here", "--defaults"),
        (("acme", "--json"), "there is nobody to ask here", "--defaults"),
        (("acme", "--defaults", "--set", "auth"), "'auth' is not KEY=VALUE", ""),
        (("acme", "--defaults", "--set", "athu=login"), "nothing asks for 'athu'", "'auth'"),
        (("acme", "--defaults", "--set", "auth=digest"), "auth cannot be 'digest'", "basic, login"),
        (("acme", "--defaults", "--into", "nowhere"), "'nowhere' does not exist", ""),
        (("--again",), "nothing there was made by", "Go to the folder"),
    ],
)
def test_a_mistake_is_one_clear_line(run, tmp_path, arguments, says, hint):
    """Wrong usage is told with what to do instead, and nothing is made."""
    done = run("new", *arguments)
    assert done.code == 2
    assert says in done.err
    assert hint in done.err
    assert "Traceback" not in done.err
    assert list(tmp_path.iterdir()) == []


def test_without_copier(run, monkeypatch, tmp_path):
    """Without the extra, the line that installs it is told."""
    monkeypatch.setitem(sys.modules, "copier", None)
    done = run("new", "acme", "--defaults")
    assert done.code == 2
    assert "copier, which is not installed" in done.err
    assert "pip install 'duetrail[new]'" in done.err
    assert list(tmp_path.iterdir()) == []


# --- questions -----------------------------------------------------------------------------------


class Terminal:
    """A real process at a terminal."""

    def __init__(self, command: list[str]) -> None:
        self.screen, theirs = pty.openpty()
        environment = {**unmeasured(), "TERM": "dumb", "PYTHONPATH": os.pathsep.join(sys.path)}
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment
        )
        os.close(theirs)
        self.seen = b""

    def answer(self, question: str, keys: str) -> None:
        """Wait for a question, and press keys."""
        while question.encode() not in self.seen:
            self.seen += os.read(self.screen, 4096)
        os.write(self.screen, keys.encode())

    def close(self) -> None:
        """End it, whatever it waits for."""
        self.process.kill()
        self.process.wait()
        os.close(self.screen)

    def end(self) -> int:
        """The exit code, when everything was read."""
        try:
            while more := os.read(self.screen, 4096):
                self.seen += more
        except OSError:  # the process has closed its side
            pass
        return self.process.wait()


@pytest.fixture
def asked():
    with ExitStack() as stack:

        def at_a_terminal(*arguments):
            return stack.enter_context(closing(Terminal([*COMMAND, *arguments])))

        yield at_a_terminal


def test_it_asks(asked):
    """At a terminal each question is asked, and Enter takes what is offered."""
    terminal = asked("--set", "author=Ann")
    terminal.answer("The vendor's name", " Billing\r")
    terminal.answer("Where the API is", "\r")
    terminal.answer("Who runs the API", "\r")
    terminal.answer("How the API gives a list", "\x1b[B\r")
    terminal.answer("What a request is let in by", "\r")
    terminal.answer("A header that every request needs", "\r")
    terminal.answer("How an instant is written", "\r")
    terminal.answer("How yes and no are written", "\r")
    terminal.answer("The license", "\r")
    assert terminal.end() == 0
    text = Path("duetrail-acme/.copier-answers.yml").read_text()
    assert "title: Acme Billing" in text
    assert "paging: offset" in text
    assert "author: Ann" in text


def test_it_can_be_left(asked, tmp_path):
    """Ctrl-C at a question leaves nothing behind."""
    terminal = asked()
    terminal.answer("The vendor's name", "\x03")
    assert terminal.end() == 130
    assert b"Traceback" not in terminal.seen
    assert list(tmp_path.iterdir()) == []
