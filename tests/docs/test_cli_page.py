"""docs/cli.md is what the commands say of themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest

from duetrail import errors
from duetrail.cli import main


def _context(command: click.Command) -> click.Context:
    """As below `duetrail`: a command remembers the help options of its first context."""
    return click.Context(command, parent=click.Context(main, **main.context_settings))


def _commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    """A command and all below it, each with its full name."""
    yield name, command
    if isinstance(command, click.Group):
        context = _context(command)
        for part in command.list_commands(context):
            below = command.get_command(context, part)
            assert below is not None
            yield from _commands(below, f"{name} {part}")


COMMANDS = dict(_commands(main, "duetrail"))


def _text(name: str, command: click.Command) -> str:
    usage = " ".join([name, *command.collect_usage_pieces(_context(command))])
    lines = [f"`{usage}`", "", *_paragraphs(command.help or "")]
    options = [_row(one) for one in command.params if isinstance(one, click.Option)]
    if options:
        lines += ["", "| option | takes | default | meaning |", "|---|---|---|---|", *options]
    return "\n".join(lines) + "\n"


def _paragraphs(help: str) -> list[str]:
    """One sentence per line, an empty line between paragraphs."""
    lines: list[str] = []
    for paragraph in re.split(r"\n\s*\n", help.strip()):
        text = " ".join(paragraph.split())
        lines += ["", *re.split(r"(?<=[.?!]) (?=[A-Z])", text)]
    return lines[1:]


def _row(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts)
    default = f"`{option.default}`" if option.show_default else ""
    if option.envvar:
        default = f"`${option.envvar}`"
    cells = (names, _takes(option), default, option.help or "")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _takes(option: click.Option) -> str:
    kind = option.type
    if option.is_flag:
        return ""
    if option.metavar:
        return f"`{option.metavar}`"
    if isinstance(kind, click.Choice):
        return " or ".join(f"`{choice}`" for choice in kind.choices)
    if isinstance(kind, (click.IntRange, click.FloatRange)):
        words = "whole number" if isinstance(kind, click.IntRange) else "number"
        ends = [
            f"{kind.min:,}" if kind.min is not None else "",
            f"{kind.max:,}" if kind.max else "",
        ]
        return f"{words}, {ends[0]} to {ends[1]}" if ends[1] else f"{words}, {ends[0]} or more"
    return {"integer": "whole number"}.get(kind.name, kind.name)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_described_as_it_describes_itself(name, generated) -> None:
    """Usage, help and options of every command stand on the page, word for word."""
    generated("cli.md", name, _text(name, COMMANDS[name]))


def test_every_command_on_the_page_exists(page) -> None:
    """A command that is gone leaves no description behind."""
    described = re.findall(r"^<!-- generated: (.*) -->$", page("cli.md").text, re.MULTILINE)
    assert sorted(described) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name) -> None:
    """A command says in words what it does."""
    assert (COMMANDS[name].help or "").strip()


@pytest.mark.parametrize(
    ("name", "heading"), [("cli.md", "Exit codes"), ("using.md", "Every night")]
)
def test_every_exit_code_is_explained(name, heading, page) -> None:
    """The tables of exit codes have those that errors and summaries can end a command with."""
    classes = [one for one in vars(errors).values() if isinstance(one, type)]
    codes = {one.exit_code for one in classes if issubclass(one, errors.DuetrailError)}
    told = [cells[0] for cells in page(name).section(heading).rows()]
    assert told == [str(code) for code in sorted(codes | {0, 3, 129, 130, 143})]
