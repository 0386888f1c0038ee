"""What a store says about where records were seen."""

from __future__ import annotations

import pytest

from duetrail.model import Ref
from duetrail.stores import (
    Changes,
    KeptPage,
    Observation,
    Question,
    StateChanges,
    Store,
    StoredDocument,
    StoredPage,
    StoredReject,
)


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
    assert seen.has_observations("acme")
    assert not seen.has_observations("other")
    assert seen.has_observations("acme", "log")
    assert not seen.has_observations("acme", "invoices")


def test_observed_shapes(seen: Store) -> None:
    """Each resource with each shape once."""
    assert seen.observed_shapes("acme") == {("calls", "call"), ("calls", "part"), ("log", "call")}


def test_latest_keys(seen: Store) -> None:
    """The newest answers come first; keys that show nothing any more, or no such shape, are out."""
    assert seen.latest_keys("acme", "calls", ["call"], 9) == ["b2", "b1"]
    assert seen.latest_keys("acme", "calls", ["call", "part"], 2) == ["b4", "b2"]


def test_keys_of_several_lines(store: Store) -> None:
    """A key is given back as it was asked, whatever is written in it."""
    _see(store, ("calls", "call", "c", '"two\\nlines"', 1, 0))
    assert store.latest_keys("acme", "calls", ["call"], 9) == ["two\nlines"]
    assert store.count_present("acme", "calls", ["call"], ["two\nlines"]) == 1


def test_present_records_are_counted_once(seen: Store) -> None:
    """In whatever number of places they stand; of some keys, those their answers show."""
    assert seen.count_present("acme", "calls", ["call"]) == 2
    assert seen.count_present("acme", "calls", ["call", "part"]) == 3
    assert seen.count_present("acme", "calls", ["call"], ["b2", "b3"]) == 1
    assert seen.count_present("acme", "calls", ["call"], []) == 0


def test_a_document_says_when_what_it_shows_was_seen(store: Store) -> None:
    """What stands on the page of its document was seen when the document was; the rest was not."""
    _see(store, ("calls", "call", "c1", "b1", 1, 0), ("calls", "call", "c2", "b2", 2, 0))
    with store.transaction():
        found = store.observations([Ref("acme", "calls", "c1")])
        shown = [one._replace(document=7) for many in found.values() for one in many]
        store.apply(
            Changes(
                observations={(one.ref, one.place): one for one in shown},
                documents={7: StoredDocument(7, b"bytes", 1, 9, 1)},
            )
        )
    assert store.latest_keys("acme", "calls", ["call"], 9) == ["b1", "b2"]


def test_what_is_known_of_a_page(store: Store) -> None:
    """Whether what only it holds is noted, and whether a reject refers to it."""
    page = StoredPage("acme", "calls", "b1", 1, "https://acme.example/", 200, "2026-01-02", b"{}")
    reject = StoredReject(*"abcdefghijk", 3, 1, "{}")
    with store.transaction():
        rejects = {reject.identity: reject}
        store.apply(
            Changes(pages=dict.fromkeys((1, 2, 3), page), extras={2: "{}"}, rejects=rejects)
        )
    facts = ("acme", "calls", 1, "2026-01-02")
    assert list(store.pages()) == [
        KeptPage(1, *facts, is_noted=False, is_rejected=False),
        KeptPage(2, *facts, is_noted=True, is_rejected=False),
        KeptPage(3, *facts, is_noted=False, is_rejected=True),
    ]


def test_a_dropped_page(store: Store) -> None:
    """What no field has a home for is kept of it, and no later page gets its number."""
    page = StoredPage("acme", "calls", "b1", 1, "https://acme.example/", 200, "2026-01-02", b"{}")
    with store.transaction():
        store.apply(Changes(pages={1: page, 2: page}, extras={1: "[1]"}))
        store.put_sync_state(StateChanges(dropped_pages={1: None, 2: "[2]"}))
    assert (store.extras(1), store.extras(2)) == ("[1]", "[2]")
    assert store.situation(Question()).next_page == 3
