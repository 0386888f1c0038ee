"""Two objects with one id: nobody is lost without a word."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.nightly import examples


def invoices(*rows):
    return {"invoices": list(rows)}


def emails(*found, invoice="i1"):
    return {"id": invoice, "emails": list(found)}


ONE = {"id": "2026-03-02T09:00:00Z", "subject": "Reminder"}
OTHER = {"id": "2026-03-02T09:00:00Z", "subject": "Last call"}


def rejects(ledger):
    return [(one.path, one.reason) for one in ledger.store.rejects()]


def subjects(ledger):
    return ledger.column("emails", "subject")


# --- on one page ---------------------------------------------------------------------------------


def test_two_inside_one_object(toy, ledger):
    """Of two objects with one id inside one object one is kept, the other a reject, whole."""
    outcome = ledger.commit(toy.batch(invoices(emails(ONE, OTHER))))
    assert (outcome.items, outcome.mapped, outcome.rejected) == (3, 2, 1)
    (one,) = ledger.store.rejects()
    kept = subjects(ledger)
    lost = [row["subject"] for row in (ONE, OTHER) if row["subject"] not in kept]
    assert len(kept) == len(lost) == 1
    assert lost[0] in one.raw
    assert "$.emails[0]" in one.reason
    assert "$.emails[1]" in one.reason
    assert (one.item, one.json_path) == (ONE["id"], "$.id")


def test_two_rows_of_one_page(toy, ledger):
    """So it is with two rows of one page, of which the reason names both paths."""
    rows = [{"id": "i1", "number": "1"}, {"id": "i2"}, {"id": "i1", "number": "2"}]
    outcome = ledger.commit(toy.batch(invoices(*rows)))
    assert (outcome.items, outcome.mapped, outcome.rejected) == (3, 2, 1)
    ((_, reason),) = rejects(ledger)
    assert "$.invoices[0]" in reason
    assert "$.invoices[2]" in reason


def test_what_no_field_has_a_home_for_tells_two_apart(toy, ledger):
    """Two that differ in nothing but what is in `extra` are two, too."""
    ledger.commit(toy.batch(invoices({"id": "i1", "line": 1}, {"id": "i1", "line": 2})))
    assert len(rejects(ledger)) == 1


def test_equal_twins(toy, ledger):
    """The same object twice is one object; what changes by itself makes no other."""
    rows = [{"id": "i1", "age_days": 1, "emails": [ONE, ONE]}, {"id": "i1", "age_days": 2}]
    outcome = ledger.commit(toy.batch(invoices(*rows)))
    assert (outcome.items, outcome.rejected, rejects(ledger)) == (4, 0, [])


def test_a_version_says_which_is_newer(toy, ledger):
    """Of two versions on one page the newer one is the object, and the older a copy."""
    rows = [{**ONE, "revision": 2}, {**OTHER, "revision": 1}]
    outcome = ledger.commit(toy.batch(invoices(emails(*rows))))
    assert (subjects(ledger), rejects(ledger)) == (["Reminder"], [])
    assert outcome.skipped == {"an older copy of what is stored": 1}


# --- again ---------------------------------------------------------------------------------------


def test_again_nothing_is_written(toy, ledger):
    """The same page again changes nothing, and says the same."""
    page = invoices(emails(ONE, OTHER), {"id": "i2", "number": "1"}, {"id": "i2", "number": "2"})
    ledger.commit(toy.batch(page), done="all")
    before = ledger.digest
    assert len(rejects(ledger)) == 2
    outcome = ledger.run().commit(toy.batch(page, known=ledger.committer.known))
    assert (outcome.mapped, outcome.rejected, outcome.rejects, outcome.pages) == (0, 2, 0, 0)
    assert ledger.digest == before


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_two_that_are_one_reject_are_told_once(toy, ledger, order):
    """Two that differ only in what stands inside them are one reject, the same in the next run."""
    rows = [
        {"id": "i1", "number": "2"},
        {"id": "i1", "number": "1"},
        {**emails(ONE), "number": "1"},
    ]
    page = invoices(*(rows[at] for at in order))
    assert ledger.commit(toy.batch(page)).rejects == len(rejects(ledger))
    outcome = ledger.run().commit(toy.batch(page))
    assert (outcome.mapped, outcome.rejects, outcome.pages) == (0, 0, 0)


def test_mended_by_the_vendor(toy, ledger):
    """Where each has an id of its own again, both are records, and nothing is set aside."""
    ledger.commit(toy.batch(invoices(emails(ONE, OTHER))), done="all")
    ledger.run()
    good = invoices(emails(ONE, {**OTHER, "id": "later"}))
    ledger.commit(toy.batch(good, known=ledger.committer.known), done="all")
    assert (sorted(subjects(ledger)), rejects(ledger)) == (["Last call", "Reminder"], [])


@pytest.mark.parametrize("first", [1, 2])
def test_beside_one_that_is_known(toy, ledgers, first):
    """It is the same whether one of them was stored, and recognised, before the other came."""
    rows = [{"id": "i1", "number": "1"}, {"id": "i1", "number": "2"}]
    early, fresh = ledgers(), ledgers()
    early.commit(toy.batch(invoices(rows[first - 1])), done="all")
    early.run()
    outcome = early.commit(toy.batch(invoices(*rows), known=early.committer.known))
    fresh.commit(toy.batch(invoices(*rows)))
    assert (outcome.items, outcome.rejected) == (2, 1)
    assert early.digest == fresh.digest


# --- not on one page -----------------------------------------------------------------------------


def test_on_two_pages(toy, ledgers):
    """A list moves while it is read: what is met on two pages is one object, and no reject."""
    rows = [{"id": "i1", "number": "1"}, {"id": "i1", "number": "2"}]
    digests = set()
    for order in permutations(rows):
        ledger = ledgers()
        for row in order:
            ledger.commit(toy.batch(invoices(row)))
        assert rejects(ledger) == []
        digests.add(ledger.digest)
    assert len(digests) == 1


def test_inside_two_objects(toy, ledger):
    """An email inside two invoices is one, and each of its places may be of another day."""
    ledger.commit(toy.batch(invoices(emails(ONE), emails(OTHER, invoice="i2"))))
    assert (len(subjects(ledger)), rejects(ledger)) == (1, [])


# --- what a sync says -----------------------------------------------------------------------------


def test_a_sync_is_not_content(project):
    """Where one was set aside, the sync ends with 3, until the vendor or the plugin is mended."""
    page = {"invoices": [invoices(emails(ONE, OTHER))], "customers": [{"customers": []}]}
    for _ in range(2):
        summary = project.answer(**page, replies={}, calls={}).sync()
        assert (summary.exit_code, summary.open_rejects) == (3, 1)


@pytest.mark.parametrize(
    "pages",
    [
        [invoices(emails(ONE), emails(OTHER, invoice="i2"))],
        [invoices(emails(ONE)), invoices(emails(OTHER, invoice="i2"))],
        [invoices(emails(ONE)), invoices(emails(OTHER))],
    ],
)
def test_a_sync_says_what_may_be_two(project, pages):
    """What is one record, although it is not alike in two places of one reading, is told."""
    answer = {"invoices": pages, "customers": [{"customers": []}], "replies": {}, "calls": {}}
    summary = project.answer(**answer).sync()
    (notice,) = [text for one in summary.resources for text in one.notices]
    assert notice.startswith("once an id of 'in.email' came with another content than elsewhere")
    assert summary.exit_code == 0


@pytest.mark.parametrize("other", [ONE, {**OTHER, "revision": 2}])
def test_a_sync_says_nothing_of_copies(project, other):
    """Of copies that are alike, or of which one is newer, nothing is said."""
    page = invoices(emails(ONE), emails(other, invoice="i2"))
    answer = {"invoices": [page], "customers": [{"customers": []}], "replies": {}, "calls": {}}
    for _ in range(2):
        summary = project.answer(**answer).sync()
        assert [text for one in summary.resources for text in one.notices] == []


# --- any -----------------------------------------------------------------------------------------

_email = st.fixed_dictionaries(
    {"id": st.sampled_from(["a", "b"]), "subject": st.sampled_from(["x", "y", "z"])},
    optional={"revision": st.integers(1, 2)},
)


@settings(
    max_examples=examples(20, 100), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
@given(st.lists(_email, max_size=5))
def test_nobody_is_lost(toy, ledgers, found):
    """Whatever stands in one object: each content is a record, a reject, or an older version."""
    ledger = ledgers()
    ledger.commit(toy.batch(invoices(emails(*found))))
    kept = {(row["id"], row["subject"]) for row in ledger.store.select("SELECT * FROM emails")}
    raws = [one.raw for one in ledger.store.rejects()]
    for one in found:
        newer = [f for f in found if f["id"] == one["id"] and _version(f) > _version(one)]
        is_set_aside = any(f'"subject":"{one["subject"]}"' in raw for raw in raws)
        assert newer or (one["id"], one["subject"]) in kept or is_set_aside


def _version(one):
    return one.get("revision", 0)
