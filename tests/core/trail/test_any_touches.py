"""Whatever touches and invoices there are: the links are those that the rules ask for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from duetrail.config import TouchRule
from duetrail.model import (
    Call,
    Contact,
    Direction,
    Email,
    Invoice,
    Link,
    LinkKind,
    Party,
    Record,
    Ref,
)
from duetrail.stores import Changes, LinkQuery, Store, open_store, to_row
from duetrail.trail import link_touches
from duetrail.trail.evidence import numbers_in, was_open
from support.nightly import examples

NUMBER = TouchRule("number", "number", ("mail", "emails"), ("books", "number"))
PHONE = TouchRule("telephone", "contact", ("tel", "calls"), ("books", ""))
THREAD = TouchRule("thread", "thread", ("mail", "emails"))
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)

NUMBERS = st.sampled_from(["INV-1", "inv-1", "INV-12", "7", "70", None])
SUBJECTS = st.lists(
    st.sampled_from(["INV-1", "inv-12", "invoice 7", "and", "70", "(INV-12)", "paid"]), max_size=3
).map(" ".join)
PHONES = {
    "a": ("+1 202 555 0101", "(202) 555-0101", "0012025550101"),
    "b": ("+1 202 555 0102", "202.555.0102"),
    "c": ("+44 20 7946 0001", "0044 20 79460001"),
}
SPELT = st.sampled_from([(name, text) for name, texts in PHONES.items() for text in texts])
DAYS = st.integers(0, 9)


@st.composite
def worlds(draw: st.DrawFn) -> list[Record]:
    """Invoices of four customers with telephones, emails in three threads, calls."""
    records: list[Record] = []
    for at in range(draw(st.integers(0, 5))):
        paid = draw(st.none() | DAYS)
        records.append(
            Invoice(
                connection="books",
                id=f"i{at}",
                number=draw(NUMBERS),
                customer_id=f"c{draw(st.integers(0, 3))}",
                issued_at=BEGIN + timedelta(days=draw(DAYS)),
                paid_at=None if paid is None else BEGIN + timedelta(days=paid),
            )
        )
    for at in range(4):
        phones = tuple(Contact(phone=text) for _, text in draw(st.lists(SPELT, max_size=2)))
        records.append(Party(connection="books", id=f"c{at}", contacts=phones))
    for at in range(draw(st.integers(0, 5))):
        thread = draw(st.sampled_from(["t", "u", None]))
        subject = draw(SUBJECTS)
        records.append(Email(connection="mail", id=f"e{at}", subject=subject, thread_id=thread))
        day = BEGIN + timedelta(days=draw(DAYS), hours=1)
        call = {"direction": Direction.OUTBOUND, "started_at": day, "to_number": draw(SPELT)[1]}
        records.append(Call(connection="tel", id=f"t{at}", **call))
    return records


def _of(records: list[Record], kind: type) -> list:
    return [one for one in records if isinstance(one, kind)]


def _by_number(records: list[Record]) -> dict[Ref, set[Ref]]:
    """The invoices whose number stands in the subject of each email."""
    return {
        email.ref: {
            one.ref
            for one in _of(records, Invoice)
            if one.number and one.number.casefold() in numbers_in(email.subject)
        }
        for email in _of(records, Email)
    }


def _by_phone(records: list[Record]) -> dict[Ref, set[Ref]]:
    """The open invoices of the one customer who has the telephone of each call."""
    name_of = {text: name for name, texts in PHONES.items() for text in texts}
    found: dict[Ref, set[Ref]] = {}
    for call in _of(records, Call):
        name = name_of[call.to_number]
        owners = {
            party.id
            for party in _of(records, Party)
            if any(name_of[contact.phone] == name for contact in party.contacts)
        }
        if len(owners) == 1:
            found[call.ref] = {
                one.ref
                for one in _of(records, Invoice)
                if one.customer_id in owners and was_open(one, call.started_at)
            }
    return found


def _expected(records: list[Record]) -> set[Link]:
    """One invoice is a link, several are none; a thread chooses among several, or fills in."""
    numbers, phones = _by_number(records), _by_phone(records)
    links = {
        Link(touch, *invoices, LinkKind.DERIVED, rule.name)
        for rule, found in ((NUMBER, numbers), (PHONE, phones))
        for touch, invoices in found.items()
        if len(invoices) == 1
    }
    threads: dict[str | None, set[Ref]] = {}
    thread_of = {email.ref: email.thread_id for email in _of(records, Email)}
    for link in links:
        if thread := thread_of.get(link.touch):
            threads.setdefault(thread, set()).add(link.invoice)
    for touch, thread in thread_of.items():
        several = numbers[touch]
        if len(several) != 1 and len(threads.get(thread, ())) == 1:
            (invoice,) = threads[thread]
            if not several or invoice in several:
                links.add(Link(touch, invoice, LinkKind.DERIVED, THREAD.name))
    return links


def _put(store: Store, records: list[Record], gone: set[Ref]) -> None:
    rows = {one.ref: to_row(one) for one in records}
    with store.transaction():
        store.apply(Changes(1, rows=rows, known=set(rows), removed=gone - rows.keys()))


@settings(max_examples=examples(20, 200))
@given(st.lists(worlds(), min_size=1, max_size=2))
def test_the_links_are_those_of_the_rules(found: list[list[Record]]) -> None:
    """However the world was before: what stands is what follows from it now, and is counted."""
    with TemporaryDirectory() as folder:
        store = open_store("sqlite:///a.db", folder=Path(folder), create=True)
        before: set[Link] = set()
        gone: set[Ref] = set()
        for records in found:
            _put(store, records, gone)
            standing = {link for link in before if link.touch in {one.ref for one in records}}
            wanted = _expected(records)
            done = link_touches(store, [NUMBER, PHONE, THREAD], run=1)
            assert set(store.links(LinkQuery())) == wanted
            assert done.changed == len(standing ^ wanted)
            assert sum(rule.linked for rule in done.touch_rules) == len(wanted)
            before, gone = wanted, {one.ref for one in records}
        store.close()
