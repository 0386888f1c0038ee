"""Rejects open, change and close; every item is accounted for."""

import tracemalloc
from itertools import permutations

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from duetrail.source import Key
from duetrail.stores import Changes, Question, RejectQuery
from support.nightly import examples


def invoices(*rows):
    return {"invoices": list(rows)}


BAD = {"id": "i1", "number": 5}
GOOD = {"id": "i1", "number": "5"}


def reject(ledger):
    (one,) = ledger.store.rejects()
    return one


def test_a_reject_is_kept_whole(toy, ledger):
    """A reject is kept whole, with reason, place, page, run and plugin."""
    outcome = ledger.commit(toy.batch(invoices({"id": "i0"}, BAD)))
    assert (outcome.items, outcome.mapped, outcome.rejected, outcome.rejects) == (2, 1, 1, 1)
    one = reject(ledger)
    assert (one.connection, one.resource, one.shape, one.shard) == (
        "echo",
        "invoices",
        "invoice",
        "all",
    )
    assert (one.within, one.item, one.path, one.json_path) == (
        "",
        "i1",
        "$.invoices[1]",
        "$.number",
    )
    assert (one.reason, one.raw) == ("expected text, got a whole number", '{"id":"i1","number":5}')
    assert (one.plugin, one.page, one.run) == ("echo 0.1.0", 1, 1)


def test_the_same_reject_again_is_no_news(toy, ledger):
    """The same reject again is not news: it is seen in this run, and no page is kept."""
    ledger.commit(toy.batch(invoices(BAD)))
    outcome = ledger.run().commit(toy.batch(invoices(BAD)))
    assert (outcome.rejected, outcome.rejects, outcome.pages) == (1, 0, 0)
    assert (reject(ledger).run, reject(ledger).page) == (2, 1)


def test_older_by_a_day(toy, ledger):
    """What changes by itself makes no other reject."""
    ledger.commit(toy.batch(invoices({**BAD, "age_days": 1})))
    outcome = ledger.run().commit(toy.batch(invoices({**BAD, "age_days": 2})))
    assert (outcome.rejected, outcome.rejects, outcome.pages) == (1, 0, 0)


@pytest.mark.parametrize(
    "row", [{"id": "i1", "number": None, "cents": []}, {"id": "i1", "number": 6}, {**BAD, "x": 1}]
)
def test_another_reject_takes_its_place(toy, ledger, row):
    """An item that is bad in another way, or looks different, takes the place of its reject."""
    ledger.commit(toy.batch(invoices(BAD)), done="all")
    outcome = ledger.run().commit(toy.batch(invoices(row)))
    assert (outcome.rejects, outcome.pages) == (1, 1)
    ledger.commit(toy.batch(invoices(row)), done="all")
    assert reject(ledger).page == 2


def test_closed_when_mapped(toy, ledger):
    """An item that maps again is no reject any more."""
    ledger.commit(toy.batch(invoices(BAD)))
    outcome = ledger.run().commit(toy.batch(invoices(GOOD)))
    assert outcome.rejects == 1
    assert list(ledger.store.rejects()) == []


def test_closed_when_gone(toy, ledger):
    """An item without an id that is gone at the end of its shard is no reject any more."""
    ledger.commit(toy.batch(invoices({"number": 5})), done="all")
    assert len(list(ledger.store.rejects())) == 1
    outcome = ledger.run().commit(toy.batch(invoices(GOOD)), done="all")
    assert outcome.rejects == 1
    assert list(ledger.store.rejects()) == []


def test_not_closed_before_the_end(toy, ledger):
    """A shard that did not come to its end closes nothing."""
    ledger.commit(toy.batch(invoices(BAD)), done="all")
    ledger.run().commit(toy.batch(invoices({"id": "i2"})))
    assert reject(ledger).item == "i1"


def test_not_closed_by_another_shard(toy, ledger):
    """One key's answer closes nothing of another key's."""
    one, other = Key("1"), Key("2")
    bad = {"calls": [{"id": "c1", "seconds": -1}]}
    ledger.commit(toy.batch(bad, "calls", key=one), done="1")
    ledger.run().commit(toy.batch({"calls": []}, "calls", key=other), done="2")
    assert reject(ledger).shard == "1"


def test_in_the_digest(toy, ledgers):
    """Open rejects belong to what a store says."""
    clean, open_ = ledgers(), ledgers()
    clean.commit(toy.batch(invoices({"id": "i0"})))
    open_.commit(toy.batch(invoices({"id": "i0"}, BAD)))
    assert clean.digest != open_.digest


# --- one item more than once ---------------------------------------------------------------------


def test_same_twice(toy, ledger):
    """One bad item twice on a page is one reject and two items."""
    outcome = ledger.commit(toy.batch(invoices(BAD, BAD)))
    assert (outcome.items, outcome.rejected, len(list(ledger.store.rejects()))) == (2, 2, 1)


@pytest.mark.parametrize("pages", [1, 2])
def test_differing_twice_again(toy, ledger, pages):
    """One bad item in two forms, on one page or on two, writes nothing the second time."""
    rows = [BAD, {**BAD, "number": 6}]
    batches = [toy.batch(invoices(*rows))] if pages == 1 else [toy.batch(invoices(r)) for r in rows]
    ledger.commit(*batches)
    ledger.run()
    assert [ledger.commit(batch).rejects for batch in batches] == [0] * pages


def test_differing_in_any_order(toy, ledgers):
    """One bad item in two forms is the same reject in any order."""
    found = set()
    for order in permutations([5, 6]):
        ledger = ledgers()
        ledger.commit(*(toy.batch(invoices({"id": "i1", "number": number})) for number in order))
        found.add(ledger.digest)
    assert len(found) == 1


def test_good_and_bad_on_a_page(toy, ledger):
    """An item that is good in one place and bad in another stays a reject, or it would be lost."""
    outcome = ledger.commit(toy.batch(invoices(GOOD, BAD)))
    assert outcome.rejected == len(list(ledger.store.rejects())) == 1


def test_good_and_bad_in_any_order(toy, ledgers):
    """And the order of the two does not matter."""
    found = set()
    for order in permutations([GOOD, BAD]):
        ledger = ledgers()
        ledger.commit(*(toy.batch(invoices(row)) for row in order))
        found.add(ledger.digest)
    assert len(found) == 1


def test_good_and_bad_again(toy, ledger):
    """And the second run writes nothing."""
    ledger.commit(toy.batch(invoices(GOOD, BAD)), done="all")
    outcome = ledger.run().commit(toy.batch(invoices(GOOD, BAD)))
    assert (outcome.rejects, outcome.pages) == (0, 0)


# --- every item is accounted for -----------------------------------------------------------------

_ids = st.sampled_from(["a", "b", "c", 1, None])
_touch = st.fixed_dictionaries(
    {"id": _ids},
    optional={
        "subject": st.sampled_from(["s", 5]),
        "state": st.sampled_from(["planned", "completed"]),
        "seconds": st.sampled_from([-1, 5]),
        "revision": st.integers(1, 3),
    },
)
_some = st.lists(st.one_of(_touch, st.just("junk")), max_size=3)
_row = st.fixed_dictionaries(
    {"id": _ids},
    optional={
        "number": st.sampled_from(["1", 2]),
        "state": st.sampled_from(["open", "test"]),
        "revision": st.integers(1, 3),
        "emails": _some,
        "calls": st.one_of(_some, st.just("junk")),
        "customer": _touch,
    },
)
_pages = st.lists(st.lists(st.one_of(_row, st.just(7)), max_size=4), min_size=1, max_size=4)


@settings(max_examples=examples(12, 60), deadline=None)
@given(_pages)
def test_items_are_counted_once_each(toy, ledgers, pages):
    """Items are mapped, unchanged, rejected or skipped: nothing else, and none twice."""
    ledger = ledgers()
    for rows in pages * 2:
        batch = toy.batch(invoices(*rows))
        outcome = ledger.commit(batch)
        left_out = outcome.skipped.total()
        assert outcome.items == _count(rows)
        assert outcome.items == (outcome.mapped + outcome.unchanged + outcome.rejected + left_out)
        assert outcome.rejected == len(batch.rejected)


def _count(rows):
    """How many candidates a page holds, counted the plain way."""
    total = 0
    for row in rows:
        total += 1
        if isinstance(row, dict):
            for inner in ("emails", "calls"):
                held = row.get(inner, [])
                total += len(held) if isinstance(held, list) else 1
            total += "customer" in row
    return total


# --- memory --------------------------------------------------------------------------------------


def _peak_of_a_run(toy, ledger):
    """The most memory, in bytes, that one more run takes: bad again, good again, and its end."""
    pages = [toy.batch(invoices({"id": "r1", "number": 5}, {"id": "r2", "number": "5"}))]
    tracemalloc.start()
    try:
        outcome = ledger.run().commit(*pages, *pages)
        closed = ledger.commit(*pages, done="1")
        return tracemalloc.get_traced_memory()[1], (outcome.rejects, closed.rejects)
    finally:
        tracemalloc.stop()


def test_memory_of_many(toy, ledgers):
    """A run over ten times as many open rejects takes no more memory."""
    peaks = []
    for count in (1_000, 10_000):
        ledger = ledgers().run()
        ledger.commit(toy.batch(invoices(BAD)), done="all")
        one = reject(ledger)
        many = (
            evolve(one, key=f"k{n}", item=f"r{n}", raw=f'"{"x" * 1_000}"') for n in range(count)
        )
        rejects = {("echo", one.resource, one.shape, one.key): one for one in many}
        with ledger.store.transaction():
            ledger.store.apply(Changes(rejects=rejects))
        _peak_of_a_run(toy, ledger)  # what is made once
        peaks.append(_peak_of_a_run(toy, ledger)[0])
        assert ledger.count("rejects") == count + 1  # r2 went, the bad one came once more
    assert peaks[1] < 2 * peaks[0]


def test_none_loaded(toy, ledger, monkeypatch):
    """No run reads all open rejects, neither at its start nor later."""
    ledger.commit(toy.batch(invoices(BAD, {"number": 5})), done="all")
    every = ledger.store.rejects
    left = RejectQuery("echo", "invoices", shards=["all"], unseen_since=2)

    def asked(query=None):
        return every(query) if query == left else pytest.fail("all of them")

    monkeypatch.setattr(ledger.store, "rejects", asked)
    outcome = ledger.run().commit(toy.batch(invoices(GOOD)), done="all")
    assert (outcome.rejects, list(every())) == (1, [])


def test_found_by_an_index(toy, ledger):
    """However many rejects are open, a page's are found without going through them."""
    ledger.commit(toy.batch(invoices(BAD)))
    asked = []
    ledger.store._db.set_trace_callback(asked.append)
    seen, mapped = ("echo", "invoices", "invoice", "k"), {("echo", "invoices"): ["i1"]}
    ledger.store.situation(Question(rejects=frozenset({seen}), mapped=mapped))
    ledger.store._db.set_trace_callback(None)
    plans = [
        row["detail"]
        for sql in asked
        for row in ledger.store.select(f"EXPLAIN QUERY PLAN {sql}")
        if "SEARCH rejects " in row["detail"]
    ]
    assert len(plans) == 2
    assert "shape=? AND key=?" in plans[0]
    assert "item=?" in plans[1]


def test_only_the_place_that_maps(toy, ledger):
    """An item of the same id that is bad in another place, or shape, stays a reject."""
    rows = [{"id": f"i{n}", "calls": [{"id": "c1", "seconds": -1}]} for n in (1, 2)]
    ledger.commit(toy.batch(invoices(*rows)))
    good = {"id": "i1", "calls": [{"id": "c1", "seconds": 1}]}
    assert ledger.run().commit(toy.batch(invoices(good))).rejects == 1
    assert reject(ledger).within == "i2"
