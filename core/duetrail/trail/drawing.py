"""The trail of one invoice drawn as a strip: a fragment of HTML, and the style that it wants.

    <style>{TRAIL_CSS}</style>{draw_trail(found)}

The fragment is well-formed XML, too. It holds no script, no style, no address and no id: many of
them can stand on one page. Icons and colours come from the style; what they say is said in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path

from duetrail.trail.events import Event, day, look_of
from duetrail.trail.markup import clean, escaped
from duetrail.trail.telling import Timeline

TRAIL_CSS = Path(__file__).with_name("trail.css").read_text(encoding="utf-8")
"""The style of the fragment. Its colours are variables, which a page may set on `.trail`."""

COLOURS = 8
"""How many connections have a colour of their own."""

# So many days without an event are told between two.
_SILENCE = 7

# A longer text is folded, and shown up to here or to the end of a word before.
_FOLDED = 280
_BEGINNING = 200


def draw_trail(found: Timeline, *, colours: Sequence[str] = ()) -> str:
    """The trail as `<ol class="trail">`, an entry an event.

    Args:
        found: The timeline; nothing else is read.
        colours: The names of connections in the order of their colours: the same for all fragments
            of a page. Those of this timeline if none is given.
    """
    if not found.events:
        return '<p class="trail">Nothing is known to have happened on this invoice.</p>'
    names = colours or sorted({event.connection for event in found.events})
    numbers = {name: number % COLOURS for number, name in enumerate(names)}
    later = (*found.events[1:], None)
    entries = [
        _entry(event, numbers.get(event.connection, 0), _gap(event, after))
        for event, after in zip(found.events, later, strict=True)
    ]
    return f'<ol class="trail">{"".join(entries)}</ol>'


def draw_text(text: str, style: str) -> str:
    """A text as a paragraph; a long one folded, its beginning shown.

    Args:
        text: Any text. What is shown and what is folded are together the text, character by
            character.
        style: The class of the element.
    """
    text = clean(text)
    if len(text) <= _FOLDED:
        return f'<p class="{style}">{escape(text)}</p>'
    end = text.rfind(" ", _BEGINNING // 2, _BEGINNING)
    end = _BEGINNING if end < 0 else end
    shown, folded = escape(text[:end]), escape(text[end:])
    return f'<details class="{style}"><summary>{shown}</summary><span>{folded}</span></details>'


def draw_time(at: datetime | date | None) -> str:
    """A time with its zone, or a day, as `<time>`."""
    if at is None:
        return "<span>no time given</span>"
    if not isinstance(at, datetime):
        return f'<time datetime="{at}">{at}</time>'
    exact = at.astimezone(UTC).isoformat("T", "seconds")[:19]
    return f'<time datetime="{exact}Z">{exact[:10]} {exact[11:16]} UTC</time>'


def _entry(event: Event, colour: int, gap: str) -> str:
    state = f"{' planned' if event.planned else ''}{' failed' if event.failed else ''}"
    facts = event.text.removesuffix(event.said).removesuffix(", ") if event.said else event.text
    return (
        f'<li class="{look_of(event)}{state}"><p><b>{escaped(_title(event.kind))}</b> '
        f'<i class="c{colour}">{escaped(event.connection)}</i> {draw_time(event.at)}</p>'
        f"{draw_text(facts, 'facts') if facts else ''}"
        f"{draw_text(event.said, 'said') if event.said else ''}"
        f"{''.join(_notes(event))}{gap}</li>"
    )


def _title(kind: str) -> str:
    return "SMS" if kind == "sms" else kind.capitalize()


def _notes(event: Event) -> Iterator[str]:
    if event.rule:
        yield f'<p class="note">linked by the rule “{escaped(event.rule)}”</p>'
    if event.absent_since:
        yield '<p class="note">no longer listed</p>'


def _gap(event: Event, after: Event | None) -> str:
    """How many days pass until the next event, where they are many."""
    if after is None or event.at is None or after.at is None:
        return ""
    days = (day(after.at) - day(event.at)).days
    return f'<p class="gap">{days:,} days later</p>' if days >= _SILENCE else ""
