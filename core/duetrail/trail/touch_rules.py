"""Linking touches that name no invoice, by the rules of `[[trail.touch]]`.

A rule links a touch to an invoice only where nothing else is possible. Where it finds several, or
cannot be certain, it links nothing and counts that. A touch that is linked in any other way is left
alone, and so is one for which an earlier rule has found several. Rules by thread come last, since
they go by the links of the other emails: they may choose among several, and never contradict.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Protocol, cast

from attrs import field, frozen

from duetrail.config import TouchRule
from duetrail.model import Email, Invoice, Link, LinkKind, Party, Ref, Touch
from duetrail.pipeline.summary import LinkChanges, RuleSummary
from duetrail.stores import (
    DerivationQuery,
    LinkQuery,
    RecordQuery,
    Row,
    StateChanges,
    Store,
    ValueQuery,
    from_row,
)
from duetrail.trail.evidence import (
    contacts_of,
    contacts_of_party,
    numbers_in,
    time_of,
    was_open,
    words_in,
)
from duetrail.trail.same import same_invoices

# Touches that are looked at together: one question for the invoices of all of them.
_PORTION = 500

Found = Mapping[Ref, frozenset[Ref]]
"""For each touch of which a rule knows something, the invoices it may be about.

One is the answer. Several, or none because not even these are certain, are no answer.
"""


class _Finder(Protocol):
    """What finds the invoices of touches."""

    def find(self, touches: Sequence[Touch]) -> Found:
        """What it knows of some touches of one table."""


def link_touches(store: Store, rules: Sequence[TouchRule], run: int) -> LinkChanges:
    """Bring the links of touches in step with the rules, in a run.

    Args:
        store: Where they are.
        rules: The rules, in the order in which they are tried.
        run: The run that does it.
    """
    tried = _Tried(store, rules)
    changed = 0
    for group in (tried.first, tried.threads):
        if group:
            with store.transaction():
                _prepare(store, group)
                names = [rule.name for rule in group]
                changed += store.replace_links(None, tried.links(group), run, names)
    counted = (
        RuleSummary(rule.name, tried.linked[rule.name], tried.ambiguous[rule.name])
        for rule in rules
    )
    return LinkChanges(changed, list(counted))


def _prepare(store: Store, rules: Iterable[TouchRule]) -> None:
    """Have the store find quickly what the rules look up."""
    columns = {(Invoice.table, rule.invoices[1]) for rule in rules if rule.invoices[1]}
    columns |= {(Email.table, "thread_id") for rule in rules if rule.by == "thread"}
    columns.discard((Invoice.table, "id"))
    if columns:
        store.put_sync_state(StateChanges(indexes=sorted(columns)))


@frozen
class _Tried:
    """Tries rules, and counts what they find.

    Attributes:
        store: Where everything is.
        rules: All rules, in order.
        linked: How many touches each rule has linked.
        ambiguous: For how many each has found several invoices.
    """

    store: Store
    rules: Sequence[TouchRule]
    linked: Counter[str] = field(factory=Counter)
    ambiguous: Counter[str] = field(factory=Counter)

    @property
    def threads(self) -> list[TouchRule]:
        """The rules by thread."""
        return [rule for rule in self.rules if rule.by == "thread"]

    @property
    def first(self) -> list[TouchRule]:
        """The other rules, which come before them."""
        return [rule for rule in self.rules if rule.by != "thread"]

    def links(self, group: Sequence[TouchRule]) -> Iterator[Link]:
        """The links that the rules by thread make, or the others."""
        is_last = group == self.threads
        # A link of a rule that is tried now or later is no reason to leave a touch alone.
        ours = frozenset(rule.name for rule in (group if is_last else self.rules))
        for connection, table in dict.fromkeys(rule.touches for rule in group):
            place = (connection, table)
            finders = {r.name: self._finder(r, ours) for r in group if r.touches == place}
            before = [self._finder(r, ours) for r in self.first if is_last and r.touches == place]
            stored = self.store.records(
                RecordQuery(table, connection, is_present=True, is_bare=True)
            )
            while rows := list(islice(stored, _PORTION)):
                touches = [cast("Touch", from_row(row)) for row in self._unlinked(rows, ours)]
                yield from self._linked(touches, finders, before)

    def _finder(self, rule: TouchRule, ours: frozenset[str]) -> _Finder:
        if rule.by == "number":
            return _ByNumber(self.store, *rule.invoices)
        if rule.by == "contact":
            return _ByContact.of(self.store, rule.invoices[0])
        return _ByThread(self.store, rule.touches[0], ours)

    def _unlinked(self, rows: Sequence[Row], ours: frozenset[str]) -> list[Row]:
        """Those that nothing but our rules links to an invoice."""
        asked = LinkQuery(touches=[row.ref for row in rows])
        linked = {link.touch for link in self.store.links(asked) if link.rule not in ours}
        return [row for row in rows if row.ref not in linked]

    def _linked(
        self, touches: list[Touch], finders: Mapping[str, _Finder], before: Sequence[_Finder]
    ) -> Iterator[Link]:
        """The links of some touches, by the first rule that knows anything of each.

        Args:
            touches: The touches.
            finders: What finds their invoices, by rule.
            before: What was tried before, and found several: only among these may be chosen.
        """
        among = _first_found(before, touches)
        found: dict[Ref, Link] = {}
        for name, finder in finders.items():
            decided = finder.find(touches)
            for touch, invoices in decided.items():
                invoice = next(iter(invoices)) if len(invoices) == 1 else None
                if invoice is None or invoice not in (among.get(touch) or invoices):
                    self.ambiguous[name] += 1
                else:
                    self.linked[name] += 1
                    found[touch] = Link(touch, invoice, LinkKind.DERIVED, name)
            touches = [touch for touch in touches if touch.ref not in decided]
        yield from found.values()
        # What is read off a touch is linked just as the touch is.
        for origin, derived in self.store.derivations(DerivationQuery(origins=found)):
            yield found[origin]._replace(touch=derived)


def _first_found(finders: Iterable[_Finder], touches: list[Touch]) -> Found:
    """What the first of some finders that knows anything of a touch has found."""
    found: dict[Ref, frozenset[Ref]] = {}
    for finder in finders:
        found |= finder.find([touch for touch in touches if touch.ref not in found])
    return found


# --- by number -----------------------------------------------------------------------------------


@frozen
class _ByNumber:
    """By the number of an invoice in the subject of an email."""

    store: Store
    connection: str
    column: str

    def find(self, touches: Sequence[Touch]) -> Found:
        numbers = {touch.ref: numbers_in(_subject(touch)) for touch in touches}
        spelt = {
            spelling
            for touch in touches
            for one in words_in(_subject(touch))
            if one.casefold() in numbers[touch.ref]
            for spelling in _cases(one)
        }
        asked = ValueQuery(
            Invoice.table, self.column, self.connection, values=sorted(spelt), is_present=True
        )
        holders: dict[str, list[Ref]] = defaultdict(list)
        for value, refs in self.store.values(asked) if spelt else ():
            holders[value.casefold().removeprefix("#")] += refs
        invoices: Mapping[Ref, Invoice] = {}
        if any(touch.connection == self.connection for touch in touches):  # they name customers
            invoices = _invoices(self.store, (ref for refs in holders.values() for ref in refs))
        decided = {}
        for touch in touches:
            held = {ref for number in numbers[touch.ref] for ref in holders.get(number, ())}
            fitting = frozenset(ref for ref in held if _may_concern(touch, invoices.get(ref)))
            if fitting:
                decided[touch.ref] = fitting
        return decided


def _subject(touch: Touch) -> str:
    return (touch.subject or "") if isinstance(touch, Email) else ""


def _cases(number: str) -> Iterator[str]:
    """A number as it is written, and in other cases it is likely to be stored in; also with `#`."""
    for one in (number, number.casefold(), number.upper(), number.capitalize()):
        yield from (one, f"#{one}")


def _may_concern(touch: Touch, invoice: Invoice | None) -> bool:
    """Whether a touch may be about an invoice: it is not if both name their customers."""
    if invoice is None or touch.connection != invoice.connection:
        return True
    return None in (touch.customer_id, invoice.customer_id) or (
        touch.customer_id == invoice.customer_id
    )


def _invoices(store: Store, refs: Iterable[Ref]) -> dict[Ref, Invoice]:
    """Some invoices of one connection, without their lines."""
    ids: dict[str, set[str]] = defaultdict(set)
    for ref in refs:
        ids[ref.connection].add(ref.id)
    asked = (
        RecordQuery(Invoice.table, connection, sorted(some), is_present=True, is_bare=True)
        for connection, some in ids.items()
    )
    rows = (row for query in asked for row in store.records(query))
    return {row.ref: cast("Invoice", from_row(row)) for row in rows}


# --- by contact ----------------------------------------------------------------------------------

_SHARED = ""
"""What stands for the customer of a contact that several have."""


@frozen
class _ByContact:
    """By the customer's telephone or address, and the one invoice that was open at the time.

    A customer that a touch itself names, of the same connection, is taken before its contacts.

    Attributes:
        store: Where everything is.
        connection: Whose customers and invoices.
        customers: The customer of each contact; kept in memory, since every touch asks for some.
    """

    store: Store
    connection: str
    customers: Mapping[str, str]

    @classmethod
    def of(cls, store: Store, connection: str) -> _ByContact:
        customers: dict[str, str] = {}
        for row in store.records(RecordQuery(Party.table, connection, is_present=True)):
            for contact in contacts_of_party(cast("Party", from_row(row))):
                if customers.setdefault(contact, row.id) != row.id:
                    customers[contact] = _SHARED
        return cls(store, connection, customers)

    def find(self, touches: Sequence[Touch]) -> Found:
        customers = {touch.ref: found for touch in touches if (found := self._customers_of(touch))}
        wanted = {one for found in customers.values() if len(found) == 1 for one in found}
        invoices = self._invoices_of(wanted - {_SHARED})
        decided: dict[Ref, frozenset[Ref]] = {}
        for touch in touches:
            found = customers.get(touch.ref, set())
            if len(found) > 1 or _SHARED in found:
                decided[touch.ref] = frozenset()
            elif found:
                (customer,) = found
                decided |= _open_then(touch, invoices[customer])
        return decided

    def _customers_of(self, touch: Touch) -> set[str]:
        """Whom a touch may concern."""
        if touch.connection == self.connection and touch.customer_id is not None:
            return {touch.customer_id}
        contacts = contacts_of(touch)
        return {self.customers[contact] for contact in contacts if contact in self.customers}

    def _invoices_of(self, customers: set[str]) -> Mapping[str, list[Invoice]]:
        """The invoices of some customers."""
        found: dict[str, list[Invoice]] = {customer: [] for customer in customers}
        asked = ValueQuery(
            Invoice.table, "customer_id", self.connection, values=sorted(customers), is_present=True
        )
        refs = [ref for _, some in self.store.values(asked) for ref in some] if customers else []
        for invoice in _invoices(self.store, refs).values():
            found[invoice.customer_id or ""].append(invoice)
        return found


def _open_then(touch: Touch, invoices: Iterable[Invoice]) -> Found:
    """The invoices that were open, or may have been, at the time of a touch."""
    at = time_of(touch)
    if at is None:
        return {}
    states = {invoice.ref: was_open(invoice, at) for invoice in invoices}
    may_be = frozenset(ref for ref, state in states.items() if state is not False)
    if not may_be:
        return {}
    is_doubtful = len(may_be) == 1 and None in states.values()
    return {touch.ref: frozenset() if is_doubtful else may_be}


# --- by thread -----------------------------------------------------------------------------------


@frozen
class _ByThread:
    """By the conversation: the one invoice that its other emails are linked to.

    Attributes:
        store: Where everything is.
        connection: Whose emails.
        rules: The rules by thread, whose links prove nothing.
    """

    store: Store
    connection: str
    rules: frozenset[str]

    def find(self, touches: Sequence[Touch]) -> Found:
        threads = {one.ref: one.thread_id for one in touches if isinstance(one, Email)}
        wanted = sorted({thread for thread in threads.values() if thread})
        if not wanted:
            return {}
        asked = ValueQuery(
            Email.table, "thread_id", self.connection, values=wanted, is_present=True
        )
        thread_of = {ref: thread for thread, refs in self.store.values(asked) for ref in refs}
        invoices: dict[str, set[Ref]] = defaultdict(set)
        for link in self.store.links(LinkQuery(touches=list(thread_of))):
            if link.rule not in self.rules:
                invoices[thread_of[link.touch]].add(link.invoice)
        ones = {thread: self._one_of(found) for thread, found in invoices.items()}
        return {ref: ones[thread] for ref, thread in threads.items() if thread in ones}

    def _one_of(self, invoices: set[Ref]) -> frozenset[Ref]:
        """The one invoice that all of these are by the user's rules, or all of them."""
        first = min(invoices)
        is_one = len(invoices) > 1 and invoices <= {*same_invoices(self.store, first)}
        return frozenset([first]) if is_one else frozenset(invoices)
