"""What commands print: tables for people, one JSON value for machines."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TextIO, TypeVar

import attrs
import click

from duetrail.cli.settings import Settings
from duetrail.cli.terminal import display_width, padded
from duetrail.errors import DuetrailError, UsageError
from duetrail.secrets import redact, redacted

# Characters of one cell; a vendor's text may be of any length.
_WIDEST = 240


class _Escapes(dict[int, str | int]):
    """What JSON leaves as it is and a terminal may obey, as JSON's own escapes: the same value.

    Control characters, and those that turn the direction of what stands beside them.
    """

    def __missing__(self, code: int) -> str | int:
        character = chr(code)
        is_odd = unicodedata.category(character).startswith("C") and character != "\n"
        self[code] = json.dumps(character)[1:-1] if is_odd else code
        return self[code]


_escapes = _Escapes()

# The same in CSV, which has no escapes: control characters and those that turn the direction.
# Other invisible ones belong to words, such as the joiners of Persian.
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

F = TypeVar("F", bound=Callable[..., Any])


def json_option(command: F) -> F:
    """Add `--json`, which every command has."""

    def remember(ctx: click.Context, _: click.Parameter, value: bool) -> bool:
        if isinstance(ctx.obj, Settings):
            ctx.obj.json = value
        return value

    help = "Answer with one JSON value on stdout."
    return click.option("--json", "as_json", is_flag=True, callback=remember, help=help)(command)


def pair_of(setting: str) -> tuple[str, str]:
    """The two halves of what `--set` is given.

    Raises:
        UsageError: It is not KEY=VALUE.
    """
    key, separator, value = setting.partition("=")
    if not separator or not key:
        raise UsageError(f"--set {setting!r} is not KEY=VALUE")
    return key, value


def workers_option(command: F) -> F:
    """Add `--workers`, of commands that read vendors."""
    return click.option(
        "--workers",
        type=click.IntRange(1, 64),
        default=8,
        show_default=True,
        help="How many shards are read at once.",
    )(command)


def quiet_option(command: F) -> F:
    """Add `--quiet`, of commands that may take long."""
    help = "No progress on stderr; what went wrong is told."
    return click.option("-q", "--quiet", is_flag=True, help=help)(command)


@contextmanager
def stdout_to_stderr() -> Iterator[None]:
    """Send what plugins print to stderr meanwhile: stdout is for the answer of the command."""
    with redirect_stdout(sys.stderr):
        yield


def write_json(value: Any) -> None:
    """Print one JSON value, without secrets, and without a character that a terminal obeys."""
    plain = redacted(json.loads(json.dumps(value, default=_plain)))
    text = json.dumps(plain, ensure_ascii=False, indent=2).translate(_escapes)
    click.echo(text if _can_hold(sys.stdout, text) else json.dumps(plain, indent=2))


def write_json_text(text: str, out: TextIO | None) -> None:
    """Print a line that is JSON already, as `write_json` would; to nobody if stdout was closed."""
    text = redact(text).translate(_escapes)
    if out is not None:
        click.echo(text if _can_hold(out, text) else json.dumps(json.loads(text)), out)


def print_error(error: DuetrailError) -> None:
    """Tell people of an error, and what to do next."""
    click.echo(safe(f"Error: {redact(error.message)}"), err=True)
    if error.hint:
        click.echo(safe(f"  {redact(error.hint)}"), err=True)


def write_table(headings: Sequence[str], table: Iterable[Sequence[object]]) -> None:
    """Print rows in columns; numbers to the right, everything else to the left."""
    cells = [[_cell(value) for value in row] for row in table]
    numeric = [
        bool(cells) and all(row[i].replace(",", "").isdigit() for row in cells)
        for i in range(len(headings))
    ]
    rows = [list(headings), *cells]
    widths = [max(display_width(row[i]) for row in rows) for i in range(len(headings))]
    for row in rows:
        parts = [
            text.rjust(width) if right else padded(text, width)
            for text, width, right in zip(row, widths, numeric, strict=True)
        ]
        click.echo("  ".join(parts).rstrip())


def one_line(text: str) -> str:
    """Any text made safe for a terminal: one line, no control characters, no secrets."""
    text = redact(text)
    printable = (" " if unicodedata.category(c).startswith("C") else c for c in text)
    return " ".join("".join(printable).split())


def harmless(text: str) -> str:
    """A cell of CSV made safe for a terminal: no secrets, a blank for what a terminal obeys."""
    return _OBEYED.sub(" ", redact(text))


def short(text: str, longest: int = _WIDEST) -> str:
    """The same, cut where it is longer than so many characters."""
    text = one_line(text)
    return text if len(text) <= longest else f"{text[:longest]}…"


def safe(text: str) -> str:
    """Text of several lines made safe for a terminal: line by line, indentation kept."""
    lines = (line.expandtabs() for line in text.splitlines())
    return "\n".join(" " * (len(line) - len(line.lstrip())) + one_line(line) for line in lines)


def _can_hold(stream: TextIO | None, text: str) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _cell(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return short(str(value))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if attrs.has(type(value)):
        return {f.name: getattr(value, f.name) for f in attrs.fields(type(value))}
    raise TypeError(f"{type(value).__name__} is no JSON")
