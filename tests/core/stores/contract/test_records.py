"""Records, links and observations, as any store keeps them."""

from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve

from duetrail.model import (
    Call,
    CreditAllocation,
    Email,
    Instalment,
    Invoice,
    InvoiceLine,
    Link,
    LinkKind,
    Money,
    Payment,
    PaymentApplication,
    Ref,
)
from duetrail.stores import (
    Changes,
    CountQuery,
    DerivationQuery,
    LinkQuery,
    Observation,
    ObservationQuery,
    RecordQuery,
    StoredDocument,
    ValueQuery,
    to_row,
)
from support.stored import INVOICE, ODD_IDS, count, observed, put


def test_put_again(store, keep):
    """A record that is put again replaces the former one with all its lines."""
    keep(evolve(INVOICE, lines=(InvoiceLine(name="a"), InvoiceLine(name="b"))))
    latest = evolve(INVOICE, number="INV-2", lines=(InvoiceLine(name="c"),))
    keep(latest)
    assert list(store.records(RecordQuery("invoices"))) == [to_row(latest)]
    assert count(store, "invoice_lines") == 1


@pytest.mark.parametrize("count", [1, 3, 16, 40])
def test_put_again_with_less(store, keep, count):
    """Records that lost a field, and their lines, are stored without it, however many come."""
    line = InvoiceLine(name="a", description="n")
    full = [evolve(INVOICE, id=str(at), customer_name="Jo", lines=(line,)) for at in range(count)]
    keep(*full)
    less = [evolve(one, customer_name=None, lines=(InvoiceLine(description="n"),)) for one in full]
    keep(*less)
    found = {row.id: row for row in store.records(RecordQuery("invoices"))}
    assert found == {one.id: to_row(one) for one in less}


def test_a_dropped_record_takes_its_children_and_links_along(store, keep):
    """A record that is dropped takes its children and links along, and nobody else's."""
    ref = Ref("acme", "invoices", "1")
    keep(evolve(INVOICE, lines=(InvoiceLine(name="a"),)), evolve(INVOICE, connection="other"))
    keep(Call(connection="acme", id="c", invoices=(ref,)))
    with store.transaction():
        store.apply(Changes(removed={ref, Ref("acme", "calls", "c")}))
    assert [row.connection for row in store.records(RecordQuery("invoices"))] == ["other"]
    assert (count(store, "invoice_lines"), count(store, "links")) == (0, 0)


def test_all_rows_are_ordered(store, keep):
    """All rows come by connection and id."""
    keep(*(Invoice(connection=c, id=i) for c in "ba" for i in ("10", "9", "1")))
    found = [(row.connection, row.id) for row in store.records(RecordQuery("invoices"))]
    assert found == [("a", "1"), ("a", "10"), ("a", "9"), ("b", "1"), ("b", "10"), ("b", "9")]


@pytest.mark.parametrize("id", ODD_IDS)
def test_ids_are_only_data(store, keep, id):
    """Quotes, SQL, line breaks and any script in an id mean nothing to the store."""
    invoice = Invoice(connection=id, id=id, number=id, lines=(InvoiceLine(name=id),))
    keep(invoice, INVOICE, Call(connection=id, id=id, invoices=(invoice.ref,)))
    assert list(store.records(RecordQuery("invoices", id, [id]))) == [to_row(invoice)]
    (call,) = store.records(RecordQuery("calls", id, [id]))
    assert call.invoices == (invoice.ref,)
    assert list(store.values(ValueQuery("invoices", "number", id))) == [(id, [invoice.ref])]
    assert list(store.values(ValueQuery("invoices", "id", values=[id]))) == [(id, [invoice.ref])]
    assert count(store, "invoices") == 2


def test_links_are_a_set(store):
    """A link that is put twice is there once, and can be taken away."""
    link = Link(Ref("a", "calls", "c"), Ref("a", "invoices", "i"), LinkKind.DERIVED, "a rule")
    with store.transaction():
        for _ in range(2):
            store.apply(Changes(links={link}))
        asked = LinkQuery(touches=[link.touch, Ref("a", "calls", "other")])
        assert list(store.links(asked)) == [link]
        store.apply(Changes(dropped_links={link}))
    assert list(store.links(asked)) == []


def test_keys_are_distinct_and_in_order(store, keep):
    """Keys are distinct, in order, in portions; an empty one is none."""
    numbers = ["b", "a", None, "", "a", "c"]
    keep(*(Invoice(connection="acme", id=str(i), number=n) for i, n in enumerate(numbers)))
    asked = ValueQuery("invoices", "number", "acme", most=2)
    first = [(value, [ref.id for ref in refs]) for value, refs in store.values(asked)]
    assert first == [("a", ["1", "4"]), ("b", ["0"])]
    assert [value for value, _ in store.values(asked._replace(after="b"))] == ["c"]
    assert store.counts(CountQuery("invoices", where={"number": ""})) == {"acme": 2}


def test_observations_are_kept_by_place(store):
    """The observations of a record are kept by place; a later one in a place replaces it."""
    here, there = (observed("1", 1, within=w, hash=w.encode()) for w in ("a", "b"))
    with store.transaction():
        put(store, here, there, observed("2", 1))
        put(store, here._replace(version="2"))
    asked = ObservationQuery(refs=[here.ref, Ref("acme", "invoices", "3")])
    assert sorted(store.observations(asked)) == [here._replace(version="2"), there]
    assert list(store.observations(ObservationQuery(page=2))) == []
    assert len(list(store.observations(ObservationQuery(page=1)))) == 3


def test_what_is_derived_is_known_by_its_record(store):
    """What is derived from a record is known by that record."""
    ref, callout = Ref("acme", "calls", "1"), Ref("acme", "callouts", "call:1")
    with store.transaction():
        store.apply(Changes(derived={ref: frozenset({callout})}))
    for asked in (DerivationQuery(origins=[ref, callout]), DerivationQuery(derived=[callout])):
        assert list(store.derivations(asked)) == [(ref, callout)]
    assert list(store.derivations(DerivationQuery(derived=[ref]))) == []
    with store.transaction():
        store.apply(Changes(derived={ref: frozenset()}))
    assert list(store.derivations(DerivationQuery())) == []


def test_text_of_an_email(store, keep):
    """Text of third parties is kept to the letter."""
    email = Email(connection="acme", id="1", html="<script>\u2028\x00\x1b[31m'\"\\</script>")
    keep(email)
    assert list(store.records(RecordQuery("emails", "acme", ["1"]))) == [to_row(email)]


def test_links_of_what_documents_show(store):
    """Those by keys to other invoices than given, of what stands on the page of its document."""
    here, there = Ref("acme", "invoices", "1"), Ref("acme", "invoices", "2")
    touch, old = (Ref("acme", "calls", id) for id in ("c", "old"))
    links = {Link(ref, to, LinkKind.KEYED) for ref in (touch, old) for to in (here, there)}
    links |= {Link(touch, here, LinkKind.NATIVE)}
    sights = [
        Observation(*ref, "calls", "call", "", "", b"h", 7, page, "$", 1)
        for ref, page in ((touch, 3), (old, 2))
    ]
    document = StoredDocument(7, b"its hash", 3, 1, 1)
    with store.transaction():
        put(store, *sights)
        store.apply(Changes(documents={7: document}, links=links))
    found = store.keyed_links({b"its hash": (), b"another": ()})
    assert sorted(found) == [(b"its hash", Link(touch, to, LinkKind.KEYED)) for to in (here, there)]
    found = store.keyed_links({b"its hash": [here]})
    assert found == [(b"its hash", Link(touch, there, LinkKind.KEYED))]
    assert store.keyed_links({b"another": ()}) == []


def test_what_is_removed(store, keep):
    """Rows of which a column matches go; a dry run only counts them."""
    keep(INVOICE, evolve(INVOICE, id="2"), evolve(INVOICE, id="3"))
    with store.transaction():
        for dry_run in (True, False):
            gone = store.remove("invoices", ["id"], lambda id: id in "23", dry_run=dry_run)
            assert gone == 2
    assert [row.id for row in store.records(RecordQuery("invoices"))] == ["1"]


def test_what_is_rewritten(store, keep):
    """Rows in which a column changes are changed and counted; what is empty is left alone."""
    keep(INVOICE, evolve(INVOICE, id="2", number=None), evolve(INVOICE, id="3", number="x"))

    def change(number):
        return "[gone]" if number == "INV-1" else number

    with store.transaction():
        for dry_run in (True, False):
            assert store.rewrite("invoices", {"number": change}, dry_run=dry_run) == 1
    found = store.values(ValueQuery("invoices", "number"))
    assert [value for value, _ in found] == ["[gone]", "x"]


def test_what_a_payment_is_applied_to_comes_back_and_goes(store, keep):
    """And is found by the invoice, once, however often the payment names it."""
    share = PaymentApplication(invoice_id="i1", currency="EUR", amount=Money(Decimal(1), "EUR"))
    shares = (share, share, evolve(share, invoice_id="i2", applied_on=date(2026, 3, 1)))
    paid = Payment(connection="acme", id="p", paid_on=date(2026, 2, 28), applications=shares)
    keep(paid, evolve(paid, connection="other"), evolve(paid, id="q", applications=(shares[2],)))
    asked = ValueQuery("payment_applications", "invoice_id", "acme", values=["i1", "i2", "i3"])
    p, q = paid.ref, Ref("acme", "payments", "q")
    assert list(store.values(asked)) == [("i1", [p]), ("i2", [p, q])]
    (found, _) = store.records(RecordQuery("payments", "acme"))
    assert found == to_row(paid)
    keep(evolve(paid, applications=()))
    assert list(store.values(asked)) == [("i2", [q])]


def test_children_of_a_later_contract_come_back_and_go(store, keep):
    """Instalments and what a credit note is used for are children as lines are."""
    part = Instalment(currency="EUR", amount=Money(Decimal("1.50"), "EUR"), due_on=date(2026, 3, 1))
    share = CreditAllocation(applied_invoice_id="i2")
    full = evolve(INVOICE, id="1", instalments=(part, part), credit_allocations=(share,))
    plain = evolve(INVOICE, id="2")
    keep(full, plain)
    assert list(store.records(RecordQuery("invoices"))) == [to_row(full), to_row(plain)]
    keep(evolve(full, instalments=(), credit_allocations=()))
    assert (count(store, "instalments"), count(store, "credit_allocations")) == (0, 0)
