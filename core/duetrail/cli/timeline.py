"""`duetrail timeline`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import click

from duetrail.cli.output import json_option, one_line, short, write_json
from duetrail.cli.settings import Settings
from duetrail.cli.terminal import columns, display_width, has_colour, padded, wrapped
from duetrail.errors import UsageError

if TYPE_CHECKING:
    from duetrail.trail import Event, Timeline

_HEADINGS = ("when (UTC)", "who says so", "what")

_COLOURS = {
    "paid": "green",
    "credit": "green",
    "due": "yellow",
    "promise": "magenta",
    "call": "cyan",
    "email": "cyan",
    "message": "cyan",
    "seen": "cyan",
    "plan": "blue",
}

# A narrower column of text stands below the line instead of beside it.
_NARROWEST = 30

# Where lines are wrapped, a text may be longer than in a table, but not endless.
_LONGEST = 2_000


@click.command()
@click.argument("invoice")
@click.option("--html", "as_html", is_flag=True, help="Answer with a page of HTML on stdout.")
@click.option(
    "--without-people",
    is_flag=True,
    help="Leave out names, addresses, telephone numbers, and what people wrote or said.",
)
@click.option(
    "--color/--no-color",
    "colour",
    default=None,
    help="With or without colours; by itself as the terminal, NO_COLOR and FORCE_COLOR say.",
)
@json_option
@click.pass_obj
def timeline(
    settings: Settings,
    invoice: str,
    as_html: bool,
    without_people: bool,
    colour: bool | None,
    as_json: bool,
) -> None:
    """Show everything that happened on INVOICE: its number, id, ERP id, or CONNECTION:ID."""
    if as_html and as_json:
        raise UsageError("--html and --json are two answers", hint="Give one of them.")
    with settings.project() as project:
        found = project.timeline(invoice, without_people=without_people)
    if as_html:
        from duetrail.trail.page import draw_page

        click.echo(draw_page(found).encode(), nl=False)
    elif as_json:
        write_json(
            {
                "invoice": found.invoice._asdict(),
                "same": [ref._asdict() for ref in found.same],
                "record": found.record,
                "customer": found.customer,
                "events": found.events,
            }
        )
    else:
        write_timeline(found, colour)


def write_timeline(found: Timeline, colour: bool | None = None) -> None:
    """Print a timeline: a heading, then an event a row, wrapped to the width of a terminal.

    Args:
        found: What to print.
        colour: Whether with colours; None for as the terminal can.
    """
    coloured = has_colour(colour)
    for line in (_heading(found), "", *_table(found.events, columns())):
        click.echo(line, color=coloured)  # which takes them out again where they are not wanted


def _heading(found: Timeline) -> str:
    record = found.record
    name = one_line(f"Invoice {(record.number if record else None) or found.invoice.id}")
    words = [found.customer or ""]
    if record:
        words += ["usage bill" if record.kind == "usage_bill" else "", record.status_raw or ""]
    rest = one_line(", ".join(filter(None, words)))
    return ", ".join(filter(None, (click.style(name, bold=True), rest)))


def _table(events: tuple[Event, ...], width: int | None) -> Iterator[str]:
    """The rows of the events, with headings above them.

    Args:
        events: In order.
        width: In columns; None for one line a row, however long.
    """
    rows = [(_when(one), short(one.connection), short(one.kind)) for one in events]
    widths = [max(map(display_width, column)) for column in zip(_HEADINGS, *rows, strict=True)]
    left = sum(widths) + 2 * len(widths)
    is_beside = width is None or width - left >= _NARROWEST
    indent = " " * (left if is_beside else 2)
    yield click.style("  ".join(map(padded, _HEADINGS, widths)).rstrip(), dim=True)
    for event, row in zip(events, rows, strict=True):
        when, who, what = map(padded, row, widths)
        line = f"{click.style(when, dim=True)}  {who}  {click.style(what, fg=_colour(event))}  "
        if width is None:
            yield (line + short(_text(event))).rstrip()
            continue
        more = wrapped(short(_text(event), _LONGEST), max(width - len(indent), 2))
        if is_beside:
            line += next(more, "")
        yield line.rstrip()
        yield from (indent + one for one in more)


def _when(event: Event) -> str:
    if isinstance(event.at, datetime):
        return event.at.strftime("%Y-%m-%d %H:%M")
    return event.at.isoformat() if event.at else "no time given"


def _text(event: Event) -> str:
    rule = f"(linked by the rule “{event.rule}”)" if event.rule else ""
    gone = "(no longer listed)" if event.absent_since else ""
    return " ".join(filter(None, (event.text, rule, gone)))


def _colour(event: Event) -> str | None:
    from duetrail.trail.events import look_of

    return "red" if event.failed else _COLOURS.get(look_of(event))
