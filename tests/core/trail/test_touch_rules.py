"""Touches that name no invoice are linked by the user's rules, or counted as ambiguous."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from duetrail.config import SameInvoice, TouchRule
from duetrail.model import (
    Call,
    Callout,
    Contact,
    Direction,
    Email,
    Invoice,
    Link,
    LinkKind,
    Party,
    Ref,
)
from duetrail.pipeline.summary import RuleSummary
from duetrail.stores import Changes, LinkQuery, RecordQuery, Store
from duetrail.trail import link_same_invoices, link_touches, timeline

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PHONE = "+1 202 555 0101"

NUMBER = TouchRule("number", "number", ("mail", "emails"), ("books", "number"))
CONTACT = TouchRule("telephone", "contact", ("tel", "calls"), ("books", ""))
ADDRESS = TouchRule("address", "contact", ("mail", "emails"), ("books", ""))
THREAD = TouchRule("thread", "thread", ("mail", "emails"))

Keep = Callable[..., None]


def invoice(id: str, number: str | None = None, **fields: object) -> Invoice:
    made = Invoice(connection="books", id=id, number=number, issued_at=NOON - 9 * DAY)
    return evolve(made, **{"customer_id": "c1", **fields})


def party(id: str = "c1", *, phone: str | None = PHONE, email: str | None = None) -> Party:
    return Party(connection="books", id=id, contacts=(Contact(phone=phone, email=email),))


def call(id: str = "t1", number: str = PHONE, **fields: object) -> Call:
    direction = Direction.OUTBOUND
    made = Call(connection="tel", id=id, direction=direction, to_number=number, started_at=NOON)
    return evolve(made, **fields)


def email(id: str, subject: str | None = None, **fields: object) -> Email:
    return evolve(Email(connection="mail", id=id, subject=subject, sent_at=NOON), **fields)


@pytest.fixture
def linked(store: Store) -> Callable[..., tuple[set[tuple[str, str, str]], list[tuple[int, int]]]]:
    """Links after rules: touch, invoice and rule of each; and what each rule counted."""

    def after(*rules: TouchRule):
        counted = link_touches(store, rules, run=1).touch_rules
        links = (link for link in store.links(LinkQuery()) if link.how is LinkKind.DERIVED)
        found = {(link.touch.id, link.invoice.id, link.rule) for link in links}
        return found, [(one.linked, one.ambiguous) for one in counted]

    return after


# --- by number -----------------------------------------------------------------------------------


def test_a_number_in_the_subject(keep: Keep, linked) -> None:
    """It links, whatever its case, and carries the rule's name."""
    keep(invoice("i1", "INV-1042"), email("e1", "Re: inv-1042 overdue"), email("e2", "hello"))
    assert linked(NUMBER) == ({("e1", "i1", "number")}, [(1, 0)])


@pytest.mark.parametrize(
    ("number", "subject"),
    [
        ("Inv-1042", "Re: Inv-1042"),
        ("Inv-1042", "INV-1042"),
        ("in_1MtHbELkdIw", "Payment of in_1MtHbELkdIw"),
        ("#INV-1042", "inv-1042"),
        ("#1042", "Invoice #1042"),
    ],
)
def test_a_number_is_found_in_whatever_case_it_is_stored(
    keep: Keep, linked, number: str, subject: str
) -> None:
    """As the subject writes it, and in the cases that are usual."""
    keep(invoice("i1", number), email("e1", subject))
    assert linked(NUMBER) == ({("e1", "i1", "number")}, [(1, 0)])


def test_two_numbers_in_a_subject_link_nothing(keep: Keep, linked) -> None:
    """Which of them is meant nobody knows; that is counted."""
    keep(invoice("i1", "INV-1"), invoice("i2", "INV-2"), email("e1", "INV-1 (as for INV-2)"))
    assert linked(NUMBER) == (set(), [(0, 1)])


def test_a_number_that_two_invoices_share_links_nothing(keep: Keep, linked) -> None:
    """Nor does one that differs in case only."""
    keep(invoice("i1", "INV-1"), invoice("i2", "inv-1"), email("e1", "INV-1"))
    assert linked(NUMBER) == (set(), [(0, 1)])


def test_an_invoice_of_another_customer_is_not_meant(keep: Keep, linked) -> None:
    """Where the touch and the invoice are of one connection and name their customers."""
    rule = TouchRule("number", "number", ("books", "emails"), ("books", "number"))
    theirs = Email(connection="books", id="e1", subject="Invoice 7", customer_id="c2")
    keep(invoice("i1", "7"), theirs, evolve(theirs, id="e2", customer_id="c1"))
    assert linked(rule) == ({("e2", "i1", "number")}, [(1, 0)])


def test_numbers_of_other_connections_are_not_meant(keep: Keep, linked) -> None:
    """A rule names the connection of its invoices."""
    keep(evolve(invoice("i1", "INV-1"), connection="other"), email("e1", "INV-1"))
    assert linked(NUMBER) == (set(), [(0, 0)])


# --- by contact ----------------------------------------------------------------------------------


def test_the_one_open_invoice_of_whom_was_called(keep: Keep, linked) -> None:
    """An invoice that was paid before, or issued after, is not the one."""
    keep(
        party(),
        invoice("open"),
        invoice("paid", paid_at=NOON - DAY),
        invoice("later", issued_at=NOON + DAY),
        call(number="202-555-0101"),
    )
    assert linked(CONTACT) == ({("t1", "open", "telephone")}, [(1, 0)])


def test_two_open_invoices_link_nothing(keep: Keep, linked) -> None:
    """The call may be about either."""
    keep(party(), invoice("i1"), invoice("i2"), call())
    assert linked(CONTACT) == (set(), [(0, 1)])


def test_an_invoice_that_may_have_been_open_links_nothing(keep: Keep, linked) -> None:
    """Paid, and nobody says when: neither is it the one, nor is another one."""
    keep(party(), invoice("i1", status="paid", issued_at=NOON - DAY), call())
    assert linked(CONTACT) == (set(), [(0, 1)])
    keep(invoice("i2"))
    assert linked(CONTACT) == (set(), [(0, 1)])


def test_a_shared_telephone_links_nothing(keep: Keep, linked) -> None:
    """Two customers have it, even if only one of them has an open invoice."""
    keep(party(), party("c2"), invoice("i1"), call())
    assert linked(CONTACT) == (set(), [(0, 1)])


@pytest.mark.parametrize("number", ["+1 202 555 0102", "+1 202 555 01012", "+44 202 555 0101"])
def test_a_telephone_that_looks_alike_is_another_one(keep: Keep, linked, number: str) -> None:
    """The last digit, one more, another country."""
    keep(party(), invoice("i1"), call(number=number))
    assert linked(CONTACT) == (set(), [(0, 0)])


def test_an_address_of_a_contact(keep: Keep, linked) -> None:
    """Emails are linked by it as calls by a telephone."""
    keep(party(email="Pat@acme.example"), invoice("i1"))
    keep(email("e1", "hello", direction=Direction.INBOUND, from_address="pat@acme.example"))
    keep(email("e2", "hello", direction=Direction.INBOUND, from_address="spat@acme.example"))
    assert linked(ADDRESS) == ({("e1", "i1", "address")}, [(1, 0)])


def test_the_customer_that_a_touch_names_comes_first(keep: Keep, linked) -> None:
    """Where it is of the connection of the invoices, no contact is needed."""
    rule = TouchRule("telephone", "contact", ("books", "calls"), ("books", ""))
    named = evolve(call(), connection="books", customer_id="c1", to_number=None)
    keep(party("c2"), invoice("i1"), named)
    assert linked(rule) == ({("t1", "i1", "telephone")}, [(1, 0)])


# --- by thread -----------------------------------------------------------------------------------


def test_a_thread_whose_other_emails_have_one_invoice(keep: Keep, linked) -> None:
    """An answer with another subject belongs where the first email does."""
    keep(invoice("i1", "INV-1"), email("e1", "INV-1", thread_id="t"))
    keep(email("e2", "Re: your message", thread_id="t"), email("e3", "hi", thread_id="u"))
    expected = {("e1", "i1", "number"), ("e2", "i1", "thread")}
    assert linked(THREAD, NUMBER) == (expected, [(1, 0), (1, 0)])


def test_a_thread_about_two_invoices_links_nothing(keep: Keep, linked) -> None:
    """Unless the user's rules say that both are one."""
    keep(invoice("i1", "INV-1"), invoice("i2", "INV-2"), email("e3", "hi", thread_id="t"))
    keep(email("e1", "INV-1", thread_id="t"), email("e2", "INV-2", thread_id="t"))
    assert linked(NUMBER, THREAD)[1] == [(2, 0), (0, 1)]


def test_a_thread_about_two_invoices_that_are_one(store: Store, keep: Keep, linked) -> None:
    """Native links to two connections' invoices are links to one invoice."""
    same = SameInvoice("same", (("books", "number"), ("other", "number")))
    one, other = invoice("i1", "INV-1"), evolve(invoice("i2", "INV-1"), connection="other")
    keep(one, other, email("e1", invoices=(one.ref,), thread_id="t"))
    keep(email("e2", invoices=(other.ref,), thread_id="t"), email("e3", thread_id="t"))
    link_same_invoices(store, [same], run=1)
    link_touches(store, [THREAD], run=1)
    (link,) = store.links(LinkQuery(touches=[Ref("mail", "emails", "e3")]))
    assert (link.invoice, link.rule) == (one.ref, "thread")


def test_a_thread_does_not_contradict_a_subject(keep: Keep, linked) -> None:
    """It chooses among the numbers of a subject, and takes no other."""
    keep(*(invoice(f"i{n}", f"INV-{n}") for n in (1, 2, 3)), email("e1", "INV-1", thread_id="t"))
    keep(email("e2", "INV-1 and INV-2", thread_id="t"), email("e3", "INV-2, INV-3", thread_id="t"))
    found, counted = linked(NUMBER, THREAD)
    assert found == {("e1", "i1", "number"), ("e2", "i1", "thread")}
    assert counted == [(1, 2), (1, 1)]


# --- all rules -----------------------------------------------------------------------------------


def test_what_a_vendor_links_is_left_alone(keep: Keep, linked) -> None:
    """A rule is for touches that name no invoice."""
    keep(invoice("i1", "INV-1"), invoice("i2"), email("e1", "INV-1", invoices=(invoice("i2").ref,)))
    assert linked(NUMBER) == (set(), [(0, 0)])


def test_the_first_rule_that_knows_decides(keep: Keep, linked) -> None:
    """What one has found several invoices for is not guessed by the next."""
    keep(party(email="pat@acme.example"), invoice("i1", "INV-1"), invoice("i2", "INV-2"))
    keep(invoice("i3", customer_id="c3"), party("c3", phone=None, email="jo@b.example"))
    keep(email("e1", "INV-1, INV-2", to_addresses=("jo@b.example",)))
    assert linked(NUMBER, ADDRESS) == (set(), [(0, 1), (0, 0)])
    assert linked(ADDRESS, NUMBER) == ({("e1", "i3", "address")}, [(1, 0), (0, 0)])


def test_a_second_time_nothing_is_written(store: Store, keep: Keep) -> None:
    """Nor does it matter what the rules have linked before."""
    keep(party(), invoice("i1", "INV-1"), call(), email("e1", "INV-1", thread_id="t"))
    keep(email("e2", thread_id="t"))
    rules = [NUMBER, CONTACT, THREAD]
    first = link_touches(store, rules, run=1)
    assert first.changed == 3
    again = link_touches(store, rules, run=2)
    assert (again.changed, again.touch_rules) == (0, first.touch_rules)
    assert first.touch_rules == [RuleSummary(rule.name, 1, 0) for rule in rules]


def test_a_link_goes_when_its_reason_goes(store: Store, keep: Keep, linked) -> None:
    """A second invoice of that number makes it ambiguous; links of others stay."""
    keep(invoice("i1", "INV-1"), email("e1", "INV-1"))
    other = Link(
        Ref("mail", "emails", "e9"), Ref("books", "invoices", "i1"), LinkKind.DERIVED, "period"
    )
    with store.transaction():
        store.apply(Changes(links={other}))
    assert linked(NUMBER)[1] == [(1, 0)]
    keep(invoice("i2", "INV-1"))
    assert linked(NUMBER) == ({("e9", "i1", "period")}, [(0, 1)])


def test_what_is_read_off_a_touch_is_linked_with_it(store: Store, keep: Keep) -> None:
    """A callout made of a planned call belongs where the call does."""
    keep(party(), invoice("i1"), call(), Callout(connection="tel", id="o1"))
    lead, read_off = Ref("tel", "calls", "t1"), Ref("tel", "callouts", "o1")
    with store.transaction():
        store.apply(Changes(derived={lead: frozenset([read_off])}))
    link_touches(store, [CONTACT], run=1)
    links = store.links(LinkQuery(touches=[lead, read_off]))
    assert {(link.touch, link.rule) for link in links} == {
        (lead, "telephone"),
        (read_off, "telephone"),
    }


def test_the_run_is_noted_in_the_touch(store: Store, keep: Keep) -> None:
    """So whoever asks what changed is told of the link."""
    keep(invoice("i1", "INV-1"), email("e1", "INV-1"))
    link_touches(store, [NUMBER], run=7)
    (row,) = store.records(RecordQuery("emails"))
    assert row.changed_run == 7


def test_the_timeline_names_the_rule(store: Store, keep: Keep) -> None:
    """Whoever reads it knows that the link is a rule's, and whose."""
    keep(invoice("i1", "INV-1", total=None), email("e1", "INV-1"))
    link_touches(store, [NUMBER], run=1)
    events = timeline(store, Ref("books", "invoices", "i1")).events
    assert [(event.kind, event.how, event.rule) for event in events] == [
        ("issued", "", ""),
        ("email", "derived", "number"),
    ]


def test_many_touches_are_looked_at_in_portions(store: Store, keep: Keep, linked) -> None:
    """More than one portion, each touch once."""
    keep(*(invoice(f"i{n}", f"INV-{n}") for n in range(1100)))
    keep(*(email(f"e{n}", f"INV-{n}") for n in range(1100)))
    found, counted = linked(NUMBER)
    assert counted == [(1100, 0)]
    assert {(touch[1:], to[1:]) for touch, to, _ in found} == {
        (f"{n}", f"{n}") for n in range(1100)
    }
