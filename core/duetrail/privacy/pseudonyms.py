"""Pseudonyms: people in texts and JSON replaced by made-up ones, each always by the same.

What is personal is learned first, from every item that was mapped (`personal`). Then whatever was
learned is replaced where it stands whole. Email addresses, and telephone numbers written with a
plus, are always replaced. Pseudonyms are drawn at random, never computed from what they replace
(`replacements`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from email.utils import getaddresses
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from duetrail.errors import UsageError
from duetrail.json_tree import at, steps_of
from duetrail.model import Record
from duetrail.privacy.contacts import (
    find_addresses,
    find_names,
    find_numbers,
    forms_of,
)
from duetrail.privacy.forms import ContactKind
from duetrail.privacy.personal import Kind, personal, places
from duetrail.privacy.replacements import (
    COMMON,
    SIZES,
    WORD,
    Replacements,
    digits_of,
    written_as,
)
from duetrail.privacy.spans import FreeSpans, Replaced, one_for_all, with_replaced
from duetrail.privacy.views import views
from duetrail.source import Item

_AT = re.compile(r"%40|&#64;|&#x40;|&commat;|\\u0040", re.IGNORECASE)
_LINK = re.compile(r"https?://[^\s\"'<>\\]+")
_NAME_KEY = re.compile(r"(?:^|[a-z_-])name$", re.IGNORECASE)

_ESCAPED = re.compile(r"[&%\\<=]")
_MACHINE = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\d)|(?=[\da-fA-F:]*::?[\da-fA-F])[\da-fA-F:]{3,39})"
    r"(?![\w:])",
    re.ASCII,
)
# So many words and more are a sentence, whatever the field.
_SENTENCE = 5

# A code of fewer characters may be any other number.
_DISTINCT = 5


class Pseudonyms:
    """The people of one cassette and their pseudonyms.

    Args:
        host: The vendor's own host; links to it are kept.

    """

    def __init__(self, host: str) -> None:
        self._host = host
        self._drawn = Replacements()
        self._names: set[str] = set()
        self._sizes: set[int] = set()
        self._may_draw = True
        self._keys: dict[str, set[str]] = defaultdict(set)
        self._places: dict[tuple[str, str], Kind] = {}
        self._prose: set[str] = set()
        self._items: list[tuple[str, Any]] = []
        self._mapped: list[tuple[Item, Record]] = []

    @property
    def count(self) -> int:
        """How many names, addresses, numbers and other texts have a pseudonym so far."""
        return self._drawn.count

    # --- learning

    def add_item(self, shape: str, raw: Any) -> None:
        """Note an item, mapped or not; from any thread."""
        self._items.append((shape, raw))

    def add_record(self, item: Item, record: Record) -> None:
        """Note an item and a record that was made of it; from any thread."""
        self._mapped.append((item, record))

    def learn(self, answers: Iterable[Any]) -> None:
        """Learn who is to be replaced: from what was added, and from the JSON of all answers."""
        for item, record in self._mapped:
            self._know_mapped(item.shape.name, at(item.page.data, steps_of(item.path)), record)
        for shape, raw in self._items:
            for place, key, text in places(raw):
                if kind := self._places.get((shape, place)):
                    self._know(kind, text, key)
        for data in answers:
            self._know_somebody(data)

    def _know_mapped(self, shape: str, raw: Any, record: Record) -> None:
        known: dict[str, Kind] = {}
        for kind, text in personal(record):
            if kind is not Kind.PROSE or text.strip() not in known:
                known[text.strip()] = kind
            self._know(kind, text, "")
        words = {w for text, kind in known.items() if kind is Kind.NAME for w in text.split()}
        for place, key, text in places(raw):
            meant = known.get(text.strip()) or (Kind.NAME if text in words else None)
            if meant is not None:
                self._places[shape, place] = meant
                self._know(meant, text, key)

    def _know(self, kind: Kind, text: str, key: str) -> None:
        text = text.strip()
        if not text:
            return
        if kind is Kind.PROSE:
            self._prose.update({key} - {""})
        elif kind is Kind.CONTACT:
            self._know_contact(text, key)
        elif kind is Kind.NAME or (kind is Kind.NOTE and " " not in text):
            self._know_name(text, key)
        elif kind is not Kind.LINK or urlsplit(text).hostname != self._host:
            self._drawn.text(kind, text)
            self._keys[text].add(key)

    def _know_contact(self, text: str, key: str) -> None:
        # A name and who it is shown for, as telephones and mailers write it; without `sip:`.
        if shown := re.fullmatch(r"([^<>@]+)<(?:sips?:|tel:)?([^<>]+)>[^<>]*", text):
            if name := shown[1].strip(' \t"'):
                self._know_name(name, "")
            self._know_contact(shown[2], key)
        elif "@" in text:
            for name, _ in getaddresses([text]):
                if name:
                    self._know_name(name, "")
            self.text(text)
        elif digits_of(text):
            self._drawn.number(text)
        else:
            self._know_name(text, key)

    def _know_name(self, text: str, key: str) -> None:
        if "@" in text:
            self.text(text)
            return
        self._drawn.count += text not in self._keys
        self._keys[text].add(key)
        self._drawn.name(text)
        try:
            forms = forms_of(text, has_digits=True)
        except UsageError:  # a single word
            return
        for form in forms:
            if form.kind is ContactKind.NAME:
                self._names.add(form.text)
                self._sizes.add(form.size)

    def _know_somebody(self, value: Any) -> None:
        """An object with an email address of its own is about somebody, and so are its names."""
        if isinstance(value, list):
            for part in value:
                self._know_somebody(part)
        elif isinstance(value, Mapping):
            texts = {key: text for key, text in value.items() if isinstance(text, str)}
            if any(_is_address(text) for text in texts.values()):
                for key, text in texts.items():
                    if _NAME_KEY.search(key) and text[:1].isupper():
                        self._know_name(text, key)
            for part in value.values():
                self._know_somebody(part)

    # --- replacing

    def json(self, value: Any, key: str = "") -> Any:
        """JSON without the people; texts, keys, and numbers that are telephone numbers."""
        if isinstance(value, str):
            return self.leaf(value, key)
        if isinstance(value, Mapping):
            return {self.text(name): self.json(part, name) for name, part in value.items()}
        if isinstance(value, list):
            # In a list under `id` a number that was learned is no id of what holds it.
            return [self.json(part, "" if _is_number(part) else key) for part in value]
        if _is_number(value) and key != "id":
            return self._counted(value)
        return value

    def _counted(self, value: float) -> float:
        """A telephone number that is written as a number."""
        is_whole = isinstance(value, int) or value.is_integer()
        drawn = self._drawn.numbers.get(str(abs(int(value)))) if is_whole else None
        if drawn is None:
            return value
        return type(value)(f"-{drawn}" if value < 0 else drawn)

    def leaf(self, text: str, key: str | None) -> str:
        """A whole text, under a key; None where it has none, in an address."""
        bare = text.strip()
        if self._is_meant(bare, key):
            changed = self._drawn.texts.get(bare) or self._drawn.name(bare)
            return text.replace(bare, changed)
        return self.text(text, prose=key in self._prose or len(text.split()) >= _SENTENCE)

    def uri(self, uri: str) -> str:
        """The address of a request; what is not replaced stays as it is written."""
        parts = urlsplit(uri)
        steps = [self._quoted(step) for step in parts.path.split("/")]
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        changed = [(key, self.leaf(value, None)) for key, value in pairs]
        query = parts.query if changed == pairs else urlencode(changed, quote_via=quote)
        return urlunsplit((parts.scheme, parts.netloc, "/".join(steps), query, ""))

    def _quoted(self, step: str) -> str:
        before = unquote(step)
        after = self.leaf(before, None)
        return step if after == before else quote(after, safe="")

    def text(self, text: str, *, prose: bool = False) -> str:
        """A text with everybody in it replaced.

        Args:
            text: Any text.
            prose: Whether somebody wrote it, so that single words of names are names there.
        """
        return with_replaced(text, sorted(self._spans(text, prose=prose)))

    def names_somebody(self, text: str) -> bool:
        """Whether somebody who was learned still shows in a text."""
        self._may_draw = False
        try:
            return bool(self._spans(text, prose=False))
        finally:
            self._may_draw = True

    def _spans(self, text: str, *, prose: bool) -> list[Replaced]:
        """What is replaced, nothing twice: of two that overlap the one found first."""
        found: list[Replaced] = []
        taken = FreeSpans()
        finders = [self._links, self._mails, self._phones, self._known, self._named]
        finders += [self._disguised, self._machines]
        for finder in [*finders, self._alone] if prose else finders:
            for begin, end, instead in finder(text):
                if taken.take(begin, end):
                    found.append((begin, end, instead))
        return [span for span in found if text[span[0] : span[1]] != span[2]]

    def _links(self, text: str) -> Iterator[Replaced]:
        for link in _LINK.finditer(text):
            whole = link[0].rstrip(".,;:!?)")
            if whole in self._drawn.texts:
                yield link.start(), link.start() + len(whole), self._drawn.texts[whole]

    def _mails(self, text: str) -> Iterator[Replaced]:
        every = list(find_addresses(text, ()))
        known = [one for one in every if one[2] in self._drawn.addresses]
        bases = {(begin, end): form for begin, end, form in every}  # the last is without its `+tag`
        # What stands before an address may be part of one: where that is known, it is no question.
        taken = FreeSpans()
        for begin, end, form in [*known, *every] if self._may_draw else known:
            if taken.take(begin, end):
                written = text[begin:end]
                sign = _AT.search(written)
                address = self._drawn.address(form, bases[begin, end])
                instead = address if "@" in written or not sign else address.replace("@", sign[0])
                yield begin, end, instead

    def _phones(self, text: str) -> Iterator[Replaced]:
        for begin, end, form in find_numbers(text, SIZES):
            written = text[begin:end]
            has_plus = written.startswith(("+", "%2B", "%2b"))
            is_new = self._may_draw and has_plus and form.size > SIZES.start
            if form.text in self._drawn.numbers or is_new:
                digits = self._drawn.numbers.get(form.text) or self._drawn.number(written)
                yield begin, end, written_as(digits, written)

    def _known(self, text: str) -> Iterator[Replaced]:
        """Streets, and codes that are long enough to be no other number."""
        for known, instead in self._drawn.texts.items():
            if len(known) >= _DISTINCT and known in text and not _LINK.match(known):
                for found in re.finditer(rf"(?<![^\W_]){re.escape(known)}(?![^\W_])", text):
                    yield found.start(), found.end(), instead

    def _named(self, text: str) -> Iterator[Replaced]:
        if not self._sizes:
            return
        for begin, end, form in find_names(text, self._sizes):
            if form.text in self._names:
                yield begin, end, self._drawn.name(text[begin:end])

    def _disguised(self, text: str) -> Iterator[Replaced]:
        """Names and numbers as people read them, where they are stored otherwise."""
        if text.isascii() and not _ESCAPED.search(text):
            return
        for view in views(text):
            for begin, end, form in find_names(view.text, self._sizes) if self._sizes else ():
                if form.text in self._names:
                    instead = self._drawn.name(view.text[begin:end].title())
                    yield from one_for_all(view.parts(begin, end), instead)
            for begin, end, form in find_numbers(view.text, SIZES):
                if drawn := self._drawn.numbers.get(form.text):
                    instead = written_as(drawn, view.text[begin:end])
                    yield from one_for_all(view.parts(begin, end), instead)
            for begin, end, form in find_addresses(view.text, ()):
                if form in self._drawn.addresses:
                    yield from one_for_all(view.parts(begin, end), self._drawn.addresses[form])

    def _machines(self, text: str) -> Iterator[Replaced]:
        """IP addresses, by which a person's machine is found; not the vendor's own."""
        for found in _MACHINE.finditer(text):
            written = found[0].casefold()
            if self._may_draw and written != self._host:
                self._drawn.machine(written)
            if instead := self._drawn.machines.get(written):
                yield found.start(), found.end(), instead

    def _alone(self, text: str) -> Iterator[Replaced]:
        """Single words of names: those in capitals, since a sentence has all the others."""
        for found in WORD.finditer(text):
            word = found[1] or ""
            is_name = word[:1].isupper() and len(word) > 2 and word.lower() not in COMMON
            if is_name and word.casefold() in self._drawn.words:
                yield found.start(), found.end(), self._drawn.word(word)

    # --- what is meant

    def _is_meant(self, text: str, key: str | None) -> bool:
        """Whether a whole text is one that was learned, not the same word for something else."""
        if text not in self._keys:
            return False
        is_distinct = " " in text or (len(text) > _DISTINCT and any(map(str.isdigit, text)))

        if key is None:
            return is_distinct or text[:1].isupper()
        return is_distinct or key in self._keys[text]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_address(text: str) -> bool:
    return any(begin == 0 and end == len(text) for begin, end, _ in find_addresses(text, ()))
