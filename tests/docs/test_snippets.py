"""Whoever pastes from the documentation gets what it says."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from duetrail import installed
from duetrail.cli import main
from duetrail.config import read_config
from duetrail.stores import open_store

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md")), *sorted(DOCS.glob("vendors/*.md"))]
PLUGINS = {folder.name for folder in (*ROOT.glob("plugins/*/"), *ROOT.glob("docs/examples/*/"))}
OPERATORS = r"&&|\|\||[;|]|\d?>>?"


def _fences(language: str) -> list[object]:
    """Every block of a language, each with its page and line as the name of its test.

    The SQL of metrics.md stands on views that `metrics` makes first; their own tests run it.
    """
    found = []
    for file in PAGES:
        if (file.name, language) == ("metrics.md", "sql"):
            continue
        text = file.read_text(encoding="utf-8")
        for block in re.finditer(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
            line = text[: block.start()].count("\n") + 1
            found.append(pytest.param(block[1], id=f"{file.relative_to(ROOT)}:{line}"))
    return found


# --- toml ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", _fences("toml"))
def test_a_configuration_is_accepted(text, tmp_path) -> None:
    """Every configuration is read, and each connection with its plugin's settings.

    A plugin of this project that is not installed here cannot judge its settings.
    """
    data = tomllib.loads(text)
    if "project" in data:
        assert set(data["project"]["entry-points"]) <= {installed.GROUP, installed.COMMANDS}
        return
    file = tmp_path / "duetrail.toml"
    file.write_text(text, encoding="utf-8")
    config = read_config(file)
    assert config.connections
    for name, settings in config.connections.items():
        plugin = settings.get("plugin", name)
        assert plugin in PLUGINS
        if {plugin, *config.plugins} <= set(installed.names()):
            config.connection(name)


# --- sql -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", _fences("sql"))
def test_a_query_finds_something(text, served) -> None:
    """Every query runs on a store of made-up data and has an answer."""
    store = open_store("sqlite:///duetrail.db", folder=served)
    try:
        for query in filter(None, map(str.strip, text.split(";"))):
            assert list(store.select(query))
    finally:
        store.close()


# --- python --------------------------------------------------------------------------------------


def _programs() -> Iterator[object]:
    """The Python of a page as one program, and what the page says it prints.

    What stands in engines.md is run by `tests/engines`, each where its engine is.
    """
    for file in PAGES:
        if file.name == "engines.md":
            continue
        text = file.read_text(encoding="utf-8")
        found = re.findall(
            r"^```python\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?", text, re.DOTALL | re.MULTILINE
        )
        if found:
            code = "\n".join(block for block, _ in found)
            printed = "".join(output for _, output in found)
            yield pytest.param(code, printed, id=str(file.relative_to(ROOT)))


@pytest.mark.parametrize(("code", "printed"), list(_programs()))
def test_python_runs(code, printed, served, monkeypatch, capsys) -> None:
    """The Python of a page runs from top to bottom, and prints what stands below it."""
    monkeypatch.chdir(served)
    exec(compile(code, "page", "exec", dont_inherit=True), {"__name__": "page"})
    shown = capsys.readouterr().out
    if printed:
        assert shown == printed


# --- sh ------------------------------------------------------------------------------------------


def _commands(text: str) -> Iterator[list[str]]:
    """The arguments of each `duetrail` in shell lines."""
    for line in text.replace("\\\n", " ").splitlines():
        for part in re.split(OPERATORS, re.sub(r"(^|\s)#.*", "", line)):
            found = re.search(r"(?:^|[\s/])duetrail\s+(.*)", part)
            if found and "pip install" not in part:
                yield shlex.split(found[1])


def _spans() -> list[object]:
    """Commands in the running text of the pages, such as `duetrail sync`."""
    found = []
    for file in PAGES:
        text = re.sub(
            r"^```.*?^```$|^<!-- generated.*?<!-- end -->$",
            "",
            file.read_text(encoding="utf-8"),
            flags=re.DOTALL | re.MULTILINE,
        )
        for span in sorted(set(re.findall(r"`duetrail ([a-z-][^`]*)`", text))):
            found.append(pytest.param(span, id=f"{file.relative_to(ROOT)}: {span}"))
    return found


def _parse(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let click read a command line without running it."""
    monkeypatch.setattr(click.Command, "invoke", lambda self, ctx: None)
    main.main(arguments, prog_name="duetrail", standalone_mode=False)


@pytest.mark.parametrize("text", _fences("(?:sh|crontab)"))
def test_a_command_line_is_understood(text, monkeypatch) -> None:
    """Every command and option in the shell blocks exists."""
    for arguments in _commands(text):
        _parse(arguments, monkeypatch)


@pytest.mark.parametrize("span", _spans())
def test_a_command_in_a_sentence_is_understood(span, monkeypatch) -> None:
    """Every command and option in the running text exists; arguments may be left out there."""
    _parse([*shlex.split(span), "--help"], monkeypatch)


@pytest.mark.parametrize("text", _fences("(?:sh|crontab)"))
def test_what_is_installed_is_of_this_project(text) -> None:
    """Every distribution called duetrail-something, and every folder, is here."""
    named = re.findall(r"(?:(?<![\w/])duetrail-|\./plugins/)([a-z]+)", text)
    assert [name for name in named if name not in PLUGINS] == []


def test_an_option_that_does_not_exist_is_noticed(monkeypatch) -> None:
    """The tests above can fail."""
    for arguments in (["sync", "--no-such-option"], ["sync", "--gone", "--help"], ["no-command"]):
        with pytest.raises(click.UsageError):
            _parse(arguments, monkeypatch)
