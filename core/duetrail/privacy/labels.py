"""Labels: first and last name, each behind a label in a text.

Such texts are the URL of a request (`?first_name=Pat&last_name=Doe`) and mails made from forms
(`First name: Pat`, and `Last name: Doe` in the next line).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from attrs import frozen

from duetrail.escapes import Span

_WORDS = ("name", "last", "family", "nom")
_LABEL = re.compile(
    r"(?:(given|first|fore_?name|vorname|pr[e\u00e9]nom|prename|christian|\bf_?name|\bnome\b)"
    r"|(\bname\b)|family|last|surname|nachname|cognome|sobrenome|\b[ls]_?name|\bnom\b)"
    r"[\w.\]-]{0,20}(?: name)?\s{0,3}[:=]"
)
# Where a value ends, if not with the next label. What is quoted is a string of JSON.
_END = re.compile(r"[&;,#\"<>=:|{}\r\n]")
_LONGEST = 100
# So far apart may two halves stand, counted in labels.
_NEAR = 3


@frozen(order=True)
class _Half:
    """The value of a label; `name` alone may be either half."""

    place: int
    begin: int
    end: int


def halves(text: str, listed: Callable[[str], Iterator[Span]]) -> Iterator[tuple[Span, Span]]:
    """Where the two halves of a listed name are in a text, each behind its label.

    Args:
        text: The text.
        listed: Finds listed names in a text.
    """
    if not (("=" in text or ":" in text) and any(word in text for word in _WORDS)):
        return
    found: list[_Half] = []
    labels = list(_LABEL.finditer(text))
    ends = [*(label.start() for label in labels[1:]), len(text)]
    for label, until in zip(labels, ends, strict=False):
        limit = min(label.end() + _LONGEST, until)
        end = _END.search(text, label.end(), limit)
        stop = end.start() if end else limit
        stop = label.end() + len(text[label.end() : stop].rstrip())
        half = _Half(0 if label[1] else 1 if label[2] else 2, label.end(), stop)
        for other in found[-_NEAR:]:
            if other.place != half.place and '"' not in text[other.end : half.begin]:
                given, family = sorted((other, half))
                yield from _pair(text, given, family, listed)
        found.append(half)


def _pair(
    text: str, given: _Half, family: _Half, listed: Callable[[str], Iterator[Span]]
) -> Iterator[tuple[Span, Span]]:
    first = text[given.begin : given.end]
    for begin, end in listed(f"{first} {text[family.begin : family.end]}"):
        if begin < len(first) < end:
            last = family.begin + end - len(first) - 1
            yield (given.begin + begin, given.end), (family.begin, last)
