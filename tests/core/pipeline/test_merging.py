"""One record from many copies: whatever order they come in, the store says the same."""

from itertools import permutations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duetrail.declared import FieldMapping
from duetrail.model import Callout, Party
from duetrail.pipeline.fold import fold
from duetrail.source import Resource, Shape
from duetrail.stores import from_row, to_row
from support.nightly import examples


def invoices(*rows):
    return {"invoices": list(rows)}


def inside(customer, invoice="i1"):
    """A page that shows a customer inside an invoice: its name only."""
    return invoices({"id": invoice, "customer": customer})


def party(ledger):
    (row,) = ledger.store.select("SELECT name, email FROM parties")
    return tuple(row.values())


def digests(toy, ledgers, *pages):
    """The digests of a store after these pages, in every order."""
    found = set()
    for order in permutations(pages):
        ledger = ledgers()
        for resource, data in order:
            ledger.commit(toy.batch(data, resource))
        found.add(ledger.digest)
    return found


FULL = {"id": "u1", "name": "Mills Ltd", "email": "pay@mills.example"}
THIN = {"id": "u1", "name": "Mills"}


def test_higher_rank_wins(toy, ledgers):
    """Where two shapes carry a field, it comes from the one of higher rank, in any order."""
    pages = [("customers", {"customers": [FULL]}), ("invoices", inside(THIN))]
    assert len(digests(toy, ledgers, *pages)) == 1
    ledger = ledgers()
    ledger.commit(toy.batch({"customers": [FULL]}, "customers"), toy.batch(inside(THIN)))
    assert party(ledger) == ("Mills Ltd", "pay@mills.example")


def test_a_mapping_says_nothing_of_a_field_that_it_has_no_rule_for():
    """Although its shape wins, and does not say what it carries: another shape fills the field."""
    thin = Shape(name="in", mapping=FieldMapping(Party, id="id", name="n"), path="$.a[*].p", rank=1)
    full = Shape(
        name="all", mapping=FieldMapping(Party, id="id", name="n", email="e"), path="$.p[*]"
    )
    one = Party(connection="acme", id="u1", name=None)
    other = Party(connection="acme", id="u1", name="Mills", email="pay@mills.example")
    folded = from_row(fold([(thin, to_row(one)), (full, to_row(other))]))
    assert (folded.name, folded.email) == (None, "pay@mills.example")


def test_what_was_lost_may_be_new_elsewhere(project, projects):
    """What stands in a new place just as it once stood in a lost one counts as it is now."""

    def answers(*rows, customers=()):
        pages = {"invoices": [invoices(*rows)], "customers": [{"customers": list(customers)}]}
        return pages | {"replies": {}, "calls": {}}

    project.answer(**answers({"id": "i1", "customer": THIN}, customers=[FULL])).sync()
    project.answer(**answers({"id": "i2"})).sync()
    now = answers({"id": "i2"}, {"id": "i3", "customer": THIN})
    project.answer(**now).sync()
    fresh = projects("fresh").answer(**now)
    fresh.sync()
    assert project.digest == fresh.digest


def test_a_field_absent_from_the_shape_that_carries_it_is_cleared(toy, ledger):
    """A field that is absent from the shape that carries it is cleared."""
    ledger.commit(toy.batch(inside(THIN)), toy.batch({"customers": [FULL]}, "customers"))
    ledger.run().commit(toy.batch({"customers": [{"id": "u1"}]}, "customers"))
    assert party(ledger) == (None, None)


def test_not_cleared(toy, ledger):
    """A shape that does not carry a field says nothing about it."""
    ledger.commit(toy.batch({"customers": [FULL]}, "customers"))
    ledger.run().commit(toy.batch(inside({"id": "u1", "name": "New"})))
    assert party(ledger) == ("Mills Ltd", "pay@mills.example")


def test_newest_per_shape(toy, ledger):
    """A shape's version counts within the shape: an old detail outlives a new list row."""
    ledger.commit(toy.batch({"customers": [{**FULL, "revision": 1}]}, "customers"))
    ledger.commit(toy.batch(inside({**THIN, "revision": 9})))
    assert party(ledger) == ("Mills Ltd", "pay@mills.example")


def test_unchanged_in_two_shapes(toy, ledger):
    """Both shapes again write nothing."""
    pages = [toy.batch({"customers": [FULL]}, "customers"), toy.batch(inside(THIN))]
    ledger.commit(*pages)
    before = ledger.digest
    ledger.run()
    for page in reversed(pages):
        outcome = ledger.commit(page)
        assert (outcome.mapped, outcome.records.total(), outcome.pages) == (0, 0, 0)
    assert ledger.digest == before


# --- any set of copies ---------------------------------------------------------------------------

_word = st.sampled_from(["a", "b", "c"])
_copies = st.one_of(
    st.builds(
        lambda name, n: ("customers", {"id": "u1", "name": name, "revision": n}),
        _word,
        st.integers(1, 3),
    ),
    st.builds(
        lambda mail, n: ("customers", {"id": "u1", "email": mail, "revision": n}),
        _word,
        st.integers(1, 3),
    ),
    st.builds(
        lambda name, n: ("invoices", {"id": "u1", "name": name, "revision": n}),
        _word,
        st.integers(1, 3),
    ),
)


@settings(max_examples=examples(8, 40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_copies, min_size=2, max_size=6), st.data())
def test_any_order_and_batching(toy, ledgers, copies, data):
    """Any order and any batching of a set of copies in a run gives one digest."""
    alone, mixed = ledgers(), ledgers()
    for resource, customer in copies:
        alone.commit(_page(toy, resource, [customer]))
    shuffled = data.draw(st.permutations(copies))
    while shuffled:
        resource = shuffled[0][0]
        most = data.draw(st.integers(1, 3))
        taken = _of_one_page([copy for copy in shuffled if copy[0] == resource])[:most]
        for copy in taken:
            shuffled.remove(copy)
        mixed.commit(_page(toy, resource, [customer for _, customer in taken]))
    assert alone.digest == mixed.digest


def _of_one_page(copies):
    """Those that are copies on one page, too: of one version that is said once, or alike."""
    said = {copy["revision"]: copy for _, copy in reversed(copies)}
    return [one for one in copies if said[one[1]["revision"]] == one[1]]


def _page(toy, resource, customers):
    if resource == "customers":
        return toy.batch({"customers": customers}, "customers")
    # The invoice around it is the same every time.
    rows = [{"id": "i1", "customer": customer} for customer in customers]
    return toy.batch(invoices(*rows))


# --- where it still depends on order -------------------------------------------------------------


def test_two_copies_of_one_version_again(toy, ledger):
    """Where a vendor shows two differing copies of one version, a second run writes nothing."""
    pages = [toy.batch(inside({"id": "u1", "name": name}, name)) for name in ("a", "b")]
    ledger.commit(*pages)
    before = ledger.digest
    ledger.run()
    written = [ledger.commit(page).records.total() for page in pages]
    assert (written, ledger.digest) == ([0, 0], before)


def test_two_copies_of_one_version_in_any_order(toy, ledgers):
    """The order in which a run meets two differing copies of one version does not matter."""
    for first in "ab":
        found = set()
        for order in permutations("ab"):
            ledger = ledgers()
            ledger.commit(toy.batch(inside({"id": "u1", "name": first})))
            ledger.run()
            for name in order:
                ledger.commit(toy.batch(inside({"id": "u1", "name": name})))
            found.add(ledger.digest)
        assert len(found) == 1


def call(**fields):
    return ("invoices", invoices({"id": "i1", "calls": [{"id": "c1", **fields}]}))


def test_links_of_an_older_copy(toy, ledgers):
    """The links of a touch are those of its newest copy, in any order."""
    pages = [call(about=["i1"], revision=1), call(about=["i2"], revision=2)]
    assert len(digests(toy, ledgers, *pages)) == 1


def test_derived_from_an_older_copy(toy, ledgers):
    """What only an older copy gives rise to has no link."""
    pages = [call(state="planned", revision=1), call(state="completed", revision=2)]
    assert len(digests(toy, ledgers, *pages)) == 1


def test_derived_in_two_shapes(toy, ledgers):
    """A record derived from two shapes of one object is the same in any order."""
    shape = toy.shape("call", derives=(Callout,))
    listed = Resource(name="calls", shapes=(shape,))
    inside_call = call(state="planned", planned="2026-01-01T00:00:00Z")
    assert (
        len(
            digests(
                toy, ledgers, inside_call, (listed, {"calls": [{"id": "c1", "state": "planned"}]})
            )
        )
        == 1
    )


def test_retracted_in_one_shape(toy, ledger):
    """It stays while the newest of the two shapes still gives rise to it."""
    listed = Resource(name="calls", shapes=(toy.shape("call", derives=(Callout,)),))
    ledger.commit(toy.batch({"calls": [{"id": "c1", "state": "planned", "revision": 2}]}, listed))
    ledger.commit(toy.batch(call(state="planned", revision=0)[1]))
    ledger.commit(toy.batch(call(state="completed", revision=1)[1]))
    assert ledger.count("callouts") == 1


def test_the_newer_of_equal_shapes(toy, ledgers):
    """Of two shapes of one rank the newer version has the first word, in any order."""
    listed = Resource(name="calls", shapes=(toy.shape("call", derives=(Callout,)),))
    newer = (listed, {"calls": [{"id": "c1", "state": "completed", "revision": 2}]})
    assert len(digests(toy, ledgers, call(state="planned", revision=1), newer)) == 1
    ledger = ledgers()
    ledger.commit(toy.batch(newer[1], newer[0]))
    ledger.commit(toy.batch(call(state="planned", revision=1)[1]))
    assert ledger.column("calls", "status_raw") == ["completed"]
    assert ledger.count("callouts") == 0
