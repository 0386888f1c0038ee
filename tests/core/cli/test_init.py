"""`duetrail init` writes a configuration that is right, or nothing."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("billing")

Run = Callable[..., object]


def test_it_asks_nothing_when_it_is_told(tmp_path: Path, run: Run) -> None:
    """With --plugin and --set a script gets a configuration without a question."""
    file = tmp_path / "duetrail.toml"
    done = run("--config", file, "init", "--plugin", "acme", "--set", "token=env:ACME")
    assert done.code == 0
    assert "Next: duetrail check acme" in done.out
    assert tomllib.loads(file.read_text()) == {
        "connections": {"acme": {"plugin": "acme", "token": "env:ACME"}}
    }


def test_settings_get_the_type_the_plugin_takes(tmp_path: Path, run: Run) -> None:
    """Numbers, flags and lists are written as such."""
    file = tmp_path / "duetrail.toml"
    settings = ("token=env:A", "page_size=20", "drafts=true", "states=open,paid", "timeout=5")
    options = [part for setting in settings for part in ("--set", setting)]
    run("--config", file, "init", "--plugin", "acme", *options)
    written = tomllib.loads(file.read_text())["connections"]["acme"]
    assert written["page_size"] == 20
    assert written["drafts"] is True
    assert written["states"] == ["open", "paid"]
    assert written["timeout"] == 5


def test_a_second_connection_joins_the_first(tmp_path: Path, run: Run) -> None:
    """What stands in the file stays, to the letter."""
    file = tmp_path / "duetrail.toml"
    file.write_text('# mine\n[store]\nurl = "sqlite:///x.db"\n')
    run("--config", file, "init", "--plugin", "acme", "--name", "two", "--set", "token=env:A")
    assert file.read_text().startswith('# mine\n[store]\nurl = "sqlite:///x.db"\n')
    assert "two" in tomllib.loads(file.read_text())["connections"]


def test_a_taken_name_is_refused(tmp_path: Path, run: Run) -> None:
    """No connection is overwritten."""
    file = tmp_path / "duetrail.toml"
    arguments = ("--config", file, "init", "--plugin", "acme", "--set", "token=env:A")
    run(*arguments)
    done = run(*arguments)
    assert done.code == 2
    assert "already has a connection 'acme'" in done.err


def test_a_wrong_setting_leaves_the_file_alone(tmp_path: Path, run: Run) -> None:
    """Nothing is written that would be refused when it is read."""
    file = tmp_path / "duetrail.toml"
    done = run("--config", file, "init", "--plugin", "acme", "--set", "tokne=env:A")
    assert done.code == 2
    assert "nothing was written" in done.err
    assert "Did you mean 'token'?" in done.err
    assert list(tmp_path.glob("*duetrail.toml*")) == []


def test_a_plain_secret_is_refused(tmp_path: Path, run: Run) -> None:
    """A secret does not get into a file through --set either."""
    file = tmp_path / "duetrail.toml"
    done = run("--config", file, "init", "--plugin", "acme", "--set", "token=very-secret-value")
    assert done.code == 2
    assert "holds the secret itself" in done.err
    assert "very-secret-value" not in done.err
    assert not file.exists()


def test_a_setting_without_a_value_is_refused(tmp_path: Path, run: Run) -> None:
    """--set takes KEY=VALUE."""
    done = run("--config", tmp_path / "c.toml", "init", "--plugin", "acme", "--set", "token")
    assert done.code == 2
    assert "is not KEY=VALUE" in done.err


def test_only_its_owner_may_read_it(tmp_path: Path, run: Run) -> None:
    """The file says where secrets are."""
    file = tmp_path / "duetrail.toml"
    run("--config", file, "init", "--plugin", "acme", "--set", "token=env:A")
    assert file.stat().st_mode & 0o777 == 0o600


def test_it_asks_for_what_is_required(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --plugin it asks for plugin, name, what is required, and optional secrets."""
    answers = iter(["acme", "mine", "env:ACME", ""])
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda *_: next(answers))
    file = tmp_path / "duetrail.toml"
    # a plugin without resources is not offered, so the choice is widened for this one
    monkeypatch.setattr("duetrail.cli.init._ask_plugin", lambda: next(answers))
    assert run("--config", file, "init").code == 0
    assert tomllib.loads(file.read_text())["connections"] == {
        "mine": {"plugin": "acme", "token": "env:ACME"}
    }


def test_a_machine_is_told_where(tmp_path: Path, run: Run) -> None:
    """--json answers with the file and the connection."""
    file = tmp_path / "duetrail.toml"
    done = run("--config", file, "init", "--plugin", "acme", "--set", "token=env:A", "--json")
    assert json.loads(done.out) == {"config": str(file), "connection": "acme"}


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.write_bytes(b"\xff\xfe")])
def test_a_file_that_cannot_be_read_is_no_traceback(tmp_path: Path, run: Run, make) -> None:
    """What stands there is told and left alone."""
    file = tmp_path / "duetrail.toml"
    make(file)
    done = run("--config", file, "init", "--plugin", "acme", "--set", "token=env:A")
    assert (done.code, done.out) == (2, "")
    assert f"{file} cannot be read" in done.err


def test_the_mark_of_an_editor_is_no_mistake(tmp_path: Path, run: Run) -> None:
    """Some editors begin a file with a byte order mark."""
    file = tmp_path / "duetrail.toml"
    file.write_text('\ufeff[store]\nurl = "sqlite:///x.db"\n', encoding="utf-8")
    done = run("--config", file, "init", "--plugin", "acme", "--set", "token=env:A")
    assert done.code == 0
    assert tomllib.loads(file.read_text())["store"] == {"url": "sqlite:///x.db"}
