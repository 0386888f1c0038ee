"""What a store says about where records were seen."""

from __future__ import annotations

import pytest

from duetrail.model import Invoice, Link, LinkKind, Ref
from duetrail.pipeline.sightings import was_seen
from duetrail.stores import (
    Changes,
    Checkpoint,
    KeptPage,
    Loss,
    Observation,
    ObservationQuery,
    Question,
    StateChanges,
    Store,
    StoredDocument,
    StoredPage,
    StoredReject,
    Withheld,
    to_row,
)
from support.stored import DAYS, INVOICE, observed


def _see(store: Store, *seen: tuple[str, str, str, str, int, int]) -> None:
    """Note observations of calls: resource, shape, id, key, the last run that saw it, missing."""
    with store.transaction():
        found = [
            Observation(
                "acme", "calls", id, resource, shape, key, "", b"h", 0, run, f"$.{id}", run, missing
            )
            for resource, shape, id, key, run, missing in seen
        ]
        store.apply(Changes(observations={(one.ref, one.place): one for one in found}))


ANSWERS = [
    Checkpoint("acme", "calls", key, run, DAYS[0], state)
    for key, run, state in [("b1", 2, "done"), ("b2", 3, "done"), ("b4", 9, "failed")]
]


@pytest.fixture
def seen(store: Store) -> Store:
    """A store with calls: of one resource with keys, of another that shows the same."""
    _see(
        store,
        ("calls", "call", "c1", "b1", 1, 0),
        ("calls", "call", "c2", "b1", 1, 0),
        ("calls", "call", "c2", "b2", 3, 0),
        ("calls", "call", "c3", "b3", 2, 4),
        ("calls", "part", "c4", "b4", 5, 0),
        ("log", "call", "c1", "", 2, 0),
    )
    return store


def test_observations_of_a_connection_or_a_resource(seen: Store) -> None:
    """What is missing by now was observed all the same; another connection saw nothing."""
    assert was_seen(seen, "acme")
    assert not was_seen(seen, "other")
    assert was_seen(seen, "acme", "log")
    assert not was_seen(seen, "acme", "invoices")


def test_shapes_that_were_seen(seen: Store) -> None:
    """Of each resource by itself."""
    assert was_seen(seen, "acme", "calls", "part")
    assert not was_seen(seen, "acme", "log", "part")


def _keys(store: Store, *shapes: str) -> list[str]:
    """The places of what is not missing, as they were seen last."""
    asked = ObservationQuery(resource="calls", shapes=shapes, is_present=True, is_newest_first=True)
    return [one.within for one in store.observations(asked)]


def test_the_newest_come_first(seen: Store) -> None:
    """Those that were seen in one run by place; what is missing, or in no such shape, is out."""
    assert _keys(seen, "call") == ["b2", "b1", "b1"]
    assert _keys(seen, "call", "part") == ["b4", "b2", "b1", "b1"]
    asked = ObservationQuery(connection="acme", is_newest_first=True, most=1)
    assert [one.within for one in seen.observations(asked)] == ["b4"]
    refs = [Ref("acme", table, id) for table in ("calls", "emails") for id in ("c1", "c2")]
    assert len(list(seen.observations(ObservationQuery(refs=refs, most=1)))) == 1
    asked = ObservationQuery(refs=refs, connection="other")
    assert list(seen.observations(asked)) == []


def test_keys_of_several_lines(store: Store) -> None:
    """What stands under a key is found, whatever is written in it."""
    _see(store, ("calls", "call", "c", '"two\\nlines"', 1, 0))
    asked = ObservationQuery(keys=["two\nlines"])
    assert [one.id for one in store.observations(asked)] == ["c"]


def test_present_records_are_counted_once(seen: Store) -> None:
    """In whatever number of places they stand; of some keys, those their answers show."""
    asked = ObservationQuery(resource="calls", shapes=["call"], is_present=True)
    for query, count in [
        (asked, 2),
        (asked._replace(shapes=["call", "part"]), 3),
        (asked._replace(keys=["b2", "b3"]), 1),
        (asked._replace(keys=[]), 0),
        (asked._replace(missing_in=4), 3),
        (asked._replace(is_present=False), 3),
    ]:
        assert sum(seen.counts(query).values()) == count


def test_what_stands_under_answered_keys(seen: Store) -> None:
    """Under keys that were answered from a run on, or after what stands there was seen."""
    with seen.transaction():
        points = [("b1", 2, "done"), ("b2", 3, "done"), ("b4", 9, "failed")]
        checkpoints = [
            Checkpoint("acme", "calls", key, run, DAYS[0], state) for key, run, state in points
        ]
        seen.apply(Changes(checkpoints=checkpoints))
    asked = ObservationQuery(resource="calls", is_present=True, answered_since=9)
    assert sorted({one.within for one in seen.observations(asked)}) == ["b1"]
    asked = asked._replace(answered_since=3)
    assert sorted({one.within for one in seen.observations(asked)}) == ["b1", "b2"]


def _missing(store: Store) -> set[tuple[str, str]]:
    """What is missing, and where."""
    asked = ObservationQuery(connection="acme", resource="calls")
    return {(one.id, one.within) for one in store.observations(asked) if one.missing}


def test_what_no_run_has_met_is_lost(seen: Store) -> None:
    """In the shapes that were read; the run that proves it is noted, once."""
    with seen.transaction():
        loss = Loss("acme", "calls", 3, ["call"], unseen_since=3)
        assert seen.mark_missing(loss) == [Ref("acme", "calls", "c1"), Ref("acme", "calls", "c2")]
        assert seen.mark_missing(loss) == []
    assert _missing(seen) == {("c1", "b1"), ("c2", "b1"), ("c3", "b3")}


def test_what_a_later_answer_does_not_show_is_lost(seen: Store) -> None:
    """Of a key that was answered; an answer of the same run shows what was seen in it."""
    with seen.transaction():
        points = [("b1", 2, "done"), ("b2", 3, "done"), ("b4", 9, "failed")]
        checkpoints = [
            Checkpoint("acme", "calls", key, run, DAYS[0], state) for key, run, state in points
        ]
        seen.apply(Changes(checkpoints=checkpoints))
        seen.mark_missing(Loss("acme", "calls", 9, ["call", "part"], is_unanswered=True))
    assert _missing(seen) == {("c1", "b1"), ("c2", "b1"), ("c3", "b3")}


def test_what_stood_inside_is_lost(store: Store) -> None:
    """By the line of the place that names what is gone."""
    _see(
        store,
        ("calls", "call", "c1", "b1\ni1", 1, 0),
        ("calls", "call", "c2", "b1\ni2", 1, 0),
        ("calls", "call", "c3", "b2\ni1", 1, 0),
    )
    with store.transaction():
        store.mark_missing(Loss("acme", "calls", 2, ["call"], places=["i1"], depth=1))
        assert _missing(store) == {("c1", "b1\ni1"), ("c3", "b2\ni1")}
        store.mark_missing(Loss("acme", "calls", 2, ["call"], places=["b1"]))
    assert _missing(store) == {("c1", "b1\ni1"), ("c2", "b1\ni2"), ("c3", "b2\ni1")}


def test_an_object_that_is_no_record_is_met_and_lost_as_any_other(store: Store) -> None:
    """Beside a record with its id; what stood inside it may be lost by when it was seen, too."""
    _see(store, ("calls", "call", "c1", "i1", 1, 0), ("calls", "call", "c2", "i1", 3, 0))
    none = Observation(
        "acme", "bill (no record)", "i1", "calls", "bill (no record)", "", "", b"", 0, 0, "$", 1
    )
    record = none._replace(record="invoices", shape="bill")
    with store.transaction():
        store.apply(Changes(observations={(one.ref, one.place): one for one in (none, record)}))
        asked = ObservationQuery(refs=[none.ref, record.ref], shapes=[none.shape], is_present=True)
        assert [one.ref for one in store.observations(asked)] == [none.ref]
        loss = Loss("acme", "calls", 3, [none.shape], unseen_since=3)
        assert store.mark_missing(loss) == [none.ref]
        assert [*store.observations(asked)] == []
        inside = loss._replace(shapes=["call"], places=["i1"])
        assert store.mark_missing(inside) == [Ref("acme", "calls", "c1")]


def test_withheld_records(store: Store) -> None:
    """Noted with the run that missed them last, until they are released."""
    one, two = (Withheld("acme", "calls", "calls", id, 1) for id in ("c1", "c2"))
    with store.transaction():
        store.put_sync_state(StateChanges(withheld=[two, one]))
        assert store.sync_state().withheld == [one, two]
        store.put_sync_state(StateChanges(withheld=[one._replace(run=2)], released=[one, two]))
    assert store.sync_state().withheld == [one._replace(run=2)]


def test_a_document_says_when_what_it_shows_was_seen(store: Store) -> None:
    """What stands on the page of its document was seen when the document was; the rest was not."""
    _see(store, ("calls", "call", "c1", "b1", 1, 0), ("calls", "call", "c2", "b2", 2, 0))
    with store.transaction():
        found = store.observations(ObservationQuery(refs=[Ref("acme", "calls", "c1")]))
        shown = [one._replace(document=7) for one in found]
        store.apply(
            Changes(
                observations={(one.ref, one.place): one for one in shown},
                documents={7: StoredDocument(7, b"bytes", 1, 9, 1)},
            )
        )
    assert _keys(store, "call") == ["b1", "b2"]
    assert [one.run for one in store.observations(ObservationQuery(page=1))] == [9]


def test_what_is_known_of_a_page(store: Store) -> None:
    """Whether what only it holds is noted, and whether a reject refers to it."""
    page = StoredPage("acme", "calls", "b1", 1, "https://acme.example/", 200, DAYS[1], b"{}")
    reject = StoredReject(*"abcdefghijk", 3, 1, "{}")
    with store.transaction():
        rejects = {reject.identity: reject}
        store.apply(
            Changes(pages=dict.fromkeys((1, 2, 3), page), extras={2: "{}"}, rejects=rejects)
        )
    facts = ("acme", "calls", 1, DAYS[1])
    assert list(store.pages()) == [
        KeptPage(1, *facts, is_noted=False, is_rejected=False),
        KeptPage(2, *facts, is_noted=True, is_rejected=False),
        KeptPage(3, *facts, is_noted=False, is_rejected=True),
    ]


def test_a_dropped_page(store: Store) -> None:
    """What no field has a home for is kept of it, and no later page gets its number."""
    page = StoredPage("acme", "calls", "b1", 1, "https://acme.example/", 200, DAYS[1], b"{}")
    with store.transaction():
        store.apply(Changes(pages={1: page, 2: page}, extras={1: "[1]"}))
        store.put_sync_state(StateChanges(dropped_pages={1: None, 2: "[2]"}))
    assert (store.extras(1), store.extras(2)) == ("[1]", "[2]")
    assert store.situation(Question()).next_page == 3


def test_what_differs_is_known_with_all_its_links(store: Store) -> None:
    """Of an invoice, too, which is no touch: what it was is kept when it changes."""
    same = Invoice(connection="tool", id="9")
    links = {Link(INVOICE.ref, same.ref, LinkKind.DERIVED, "same")}
    seen = observed(INVOICE.id, 1)
    with store.transaction():
        rows = {one.ref: to_row(one) for one in (INVOICE, same)}
        store.apply(
            Changes(run=1, rows=rows, links=links, observations={(seen.ref, seen.place): seen})
        )
    found = store.situation(Question(sights={seen.ref: [(seen.place, b"other")]}))
    assert found.rows == {seen.ref: rows[seen.ref]}
    assert found.links == {seen.ref: links}
