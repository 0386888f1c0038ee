"""Suppression: a person who was erased is struck out of whatever is about to be written.

The list holds hashes, keyed with a salt of the store, never a contact itself. What is struck out
depends on a text alone, so a store that was erased and one that never knew the person are the same.
The hash of a copy stays the one over what the vendor sent: so nothing looks changed afterwards.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from hashlib import blake2b
from typing import Any

import msgspec
from attrs import evolve

from duetrail.escapes import Span
from duetrail.privacy.forms import ERASED, ContactKind, Form
from duetrail.privacy.spans import Replaced, one_for_all, with_replaced
from duetrail.stores import Checkpoint, Row, Store, StoredPage, Suppressed, table_of
from duetrail.stores.codecs import to_json
from duetrail.stores.history import parts_of
from duetrail.stores.logical import LINKS
from duetrail.stores.rows import Table, Values
from duetrail.stores.schema import Kind
from duetrail.stores.variants import content_of, rows_of

Change = Callable[[str], str]

# A string in JSON.
_LITERAL = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)

# A text that is nothing but people, such as a name in two parts, is one person.
_ONLY_ERASED = re.compile(r"\[erased\](?:,? \[erased\])+")

# How many short texts are cached: keys, words and addresses come again and again.
_REMEMBERED = 50_000
_SHORT = 100


class Suppression:
    """The people to leave out, and how a text, a row or a page reads without them.

    Args:
        listed: The list.
    """

    def __init__(self, listed: Iterable[Suppressed]) -> None:
        every = list(listed)
        self._listed = {(ContactKind(one.kind), one.size, one.hash) for one in every}
        self._salt = every[0].salt if every else b""
        self._known: dict[Form, bool] = {}
        self._texts: dict[str, str] = {}
        self._tables: dict[str, dict[str, Change]] = {}

    @classmethod
    def of(cls, store: Store) -> Suppression:
        """The one of a store."""
        return cls(store.sync_state().suppressed)

    def __bool__(self) -> bool:
        """Whether anybody is to be left out."""
        return bool(self._listed)

    # --- texts

    def text(self, text: str) -> str:
        """A text with everybody on the list struck out; JSON stays JSON."""
        if not self or not text:
            return text
        if len(text) > _SHORT:
            return self._judged(text)
        if text not in self._texts:
            _forget_some(self._texts)
            self._texts[text] = self._judged(text)
        return self._texts[text]

    def _judged(self, text: str) -> str:
        if text.lstrip()[:1] in {"[", "{"} and _is_json(text):
            return self.json(text)
        while (struck := self._strike(text)) != text:  # what is left may be a contact by itself
            text = struck
        return ERASED if _ONLY_ERASED.fullmatch(text) else text

    def finds_somebody(self, text: str) -> bool:
        """Whether somebody on the list is in a text of any kind, read as one.

        A telephone number only where it would be struck out: amounts and ids have digits, too.
        """
        is_json = text.lstrip()[:1] in {"[", "{"} and _is_json(text)
        if is_json and self.json(text) != text:
            return True
        numbers = {ContactKind.NUMBER} if is_json or text.isdecimal() else set()
        kinds = [kind for kind in self._sizes if kind not in numbers]
        return any(True for _ in self._find(text, kinds))

    def label(self, text: str) -> str:
        """The same, for a field that holds no person: bare digits are no telephone number there."""
        return text if text.isdecimal() else self.text(text)

    def json(self, text: str) -> str:
        """JSON with people struck out of its strings, and names in halves and telephone numbers.

        Everything else stays, byte for byte.
        """
        if not self:
            return text
        # Loaded late: only a store with somebody on the list needs it.
        from duetrail.privacy.split_values import split_values

        struck = _LITERAL.sub(self._literal, text)
        found = split_values(struck, self._holds_name, self._holds_new)
        return with_replaced(struck, ((begin, end, _quoted(ERASED)) for begin, end in found))

    def _holds_new(self, text: str) -> bool:
        return ERASED not in text and self.text(text) != text

    def _holds_name(self, text: str) -> bool:
        kinds = [kind for kind in self._sizes if kind is ContactKind.NAME]
        return ERASED not in text and any(True for _ in self._find(text, kinds))

    def is_personal_id(self, id: str) -> bool:
        """Whether an id is itself a person; one of bare digits is not."""
        return self.label(id) != id

    def _literal(self, found: re.Match[str]) -> str:
        literal = found[0]
        before = json.loads(literal, strict=False) if "\\" in literal else literal[1:-1]
        after = self.text(before)
        return literal if after == before else _quoted(after)

    def _strike(self, text: str) -> str:
        replaced: list[Replaced] = []
        at = 0
        # Of several that begin at one place the longest.
        for parts in sorted(self._find(text, self._sizes), key=lambda p: (p[0][0], -p[-1][1])):
            if parts[0][0] >= at:
                replaced += one_for_all(parts, ERASED)
                at = parts[-1][1]
        return with_replaced(text, replaced)

    def _find(self, text: str, kinds: Iterable[ContactKind]) -> Iterator[list[Span]]:
        """Where somebody on the list is, in every way the text can be read."""
        from duetrail.privacy.labels import halves
        from duetrail.privacy.views import views

        for view in views(text):
            for kind in kinds:
                for begin, end in self._find_listed(view.text, kind):
                    yield view.parts(begin, end)
                if kind is ContactKind.NAME:
                    for pair in halves(view.text, partial(self._find_listed, kind=kind)):
                        yield from (view.parts(*half) for half in pair)

    def _find_listed(self, text: str, kind: ContactKind) -> Iterator[Span]:
        from duetrail.privacy.contacts import FINDERS

        for begin, end, form in FINDERS[kind](text, self._sizes[kind]):
            if self._is_listed(form):
                yield begin, end

    def _is_listed(self, form: Form) -> bool:
        known = self._known.get(form)
        if known is None:
            _forget_some(self._known)
            known = (form.kind, form.size, hash_of(form, self._salt)) in self._listed
            self._known[form] = known
        return known

    @cached_property
    def _sizes(self) -> Mapping[ContactKind, frozenset[int]]:
        """The kinds on the list, each with the sizes that stand there."""
        return {
            kind: frozenset(size for other, size, _ in self._listed if other is kind)
            for kind in ContactKind
            if any(other is kind for other, _, _ in self._listed)
        }

    # --- what the pipeline writes

    def page(self, page: StoredPage) -> StoredPage:
        """A page without the people."""
        if not self:
            return page
        shard = self.lines(page.shard)
        return evolve(page, shard=shard, url=self.text(page.url), body=self.body(page.body))

    def body(self, body: bytes) -> bytes:
        """The body of a page without the people."""
        text = body.decode(errors="surrogateescape")
        struck = self.json(text)
        return body if struck == text else struck.encode(errors="surrogateescape")

    def checkpoint(self, checkpoint: Checkpoint | None) -> Checkpoint | None:
        """A checkpoint without the people: no cursor that names one, no shard that is one."""
        if not self or checkpoint is None:
            return checkpoint
        if self.is_personal_id(checkpoint.shard):
            return None
        return evolve(checkpoint, cursor=self.cursor(checkpoint.cursor))

    def cursor(self, cursor: str | None) -> str | None:
        """A cursor, unless it names a person: then the listing is read in full."""
        return None if cursor is not None and self.text(cursor) != cursor else cursor

    def lines(self, within: str) -> str:
        """Keys and ids, a line each, without the people."""
        return "\n".join(self.label(line) for line in within.split("\n")) if self else within

    def row(self, row: Row) -> Row:
        """A record without the people, and without invoices whose id is one."""
        table = table_of(row.table)
        children = {child.name: child for child in table.children.values()}
        return evolve(
            row,
            values=self._values(table, row.values),
            children={
                name: tuple(self._values(children[name], values) for values in rows)
                for name, rows in row.children.items()
            },
            invoices=tuple(ref for ref in row.invoices if not self.is_personal_id(ref.id)),
        )

    def content(self, body: str) -> str:
        """The content of a differing observation without the people."""
        return content_of(self.row(row) for row in rows_of(body) if not self.is_personal_id(row.id))

    def state(self, content: str) -> str:
        """What a record was, in history, without the people, and without links to one."""
        parts = parts_of(content)
        table = table_of(parts["record"])
        struck = self._named(table, parts)
        for child in table.children.values():
            struck[child.name] = [self._named(child, one) for one in parts.get(child.name, ())]
        links = parts[LINKS]
        struck[LINKS] = [one for one in links if not self.is_personal_id(one["invoice_id"])]
        return content if struck == parts else to_json(struck).decode()

    def _named(self, table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
        changes = self.columns(table)
        return {
            name: changes[name](value) if name in changes and value else value
            for name, value in values.items()
        }

    def columns(self, table: Table) -> dict[str, Change]:
        """How each column of a record table that holds free text reads without the people."""
        if table.name not in self._tables:
            ways = {"personal": self.text, "free": self.label}
            kinds = {one.name: one.schema.kind for one in table.fields}
            self._tables[table.name] = {
                name: self.json if kinds[name] is Kind.JSON else ways[words]
                for name, words in table.words.items()
            }
        return self._tables[table.name]

    def _values(self, table: Table, values: Values) -> Values:
        changes = self.columns(table)
        return tuple(
            changes[column.name](value) if column.name in changes and value else value
            for column, value in zip(table.columns, values, strict=True)
        )


class Search(Suppression):
    """Empties each value in which somebody is found, of whatever kind its column is.

    Args:
        suppression: The people to find.
    """

    def __init__(self, suppression: Suppression) -> None:
        super().__init__(())
        self._people = suppression

    def __bool__(self) -> bool:
        """Whether there is anybody to find."""
        return bool(self._people)

    def text(self, text: str) -> str:
        """The text, or nothing."""
        return "" if self._people.finds_somebody(text) else text

    label = json = text


def salt_of(store: Store) -> bytes:
    """The salt of a store's list; a new one where the list is empty."""
    return next((one.salt for one in store.sync_state().suppressed), None) or secrets.token_bytes(
        32
    )


def listed_as(form: Form, salt: bytes) -> Suppressed:
    """The entry of the list for a form."""
    return Suppressed(form.kind.value, form.size, salt, hash_of(form, salt))


def hash_of(form: Form, salt: bytes) -> bytes:
    """The hash of a form, keyed with the salt."""
    identity = f"{form.kind.value}\n{form.text}".encode(errors="surrogatepass")
    return blake2b(identity, key=salt, digest_size=16).digest()


def _forget_some(remembered: dict[Any, Any]) -> None:
    """Empty a cache that has grown too large."""
    if len(remembered) >= _REMEMBERED:
        remembered.clear()


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return False
    return True


def _quoted(text: str) -> str:
    try:
        return msgspec.json.encode(text).decode()
    except UnicodeEncodeError:  # half a character, which only an escape can write
        return json.dumps(text)
