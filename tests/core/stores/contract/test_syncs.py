"""Transactions, runs, checkpoints, rejects, pages and documents, as any store keeps them."""

import json

import pytest
from attrs import evolve

from duetrail.errors import StoreError
from duetrail.model import Call
from duetrail.pipeline.digest import content
from duetrail.stores import (
    Changes,
    Checkpoint,
    CheckpointQuery,
    Fingerprint,
    ObservationQuery,
    Question,
    RejectQuery,
    StateChanges,
    StoredDocument,
    StoredReject,
    StoredRun,
    Suppressed,
    to_row,
)
from support.stored import DAYS, INVOICE, ODD_IDS, PAGE, count, observed, put

REJECT = StoredReject(
    connection="acme",
    resource="invoices",
    shape="bill",
    key="b1",
    within="",
    shard="all",
    item="b1",
    path="$.bills[0]",
    json_path="$.total",
    reason="expected a number, got text",
    plugin="acme 1.0",
    page=1,
    run=1,
    raw='{"id":"b1"}',
)

KEY = REJECT.identity


def put_rejects(store, *rejects):
    found = {(one.connection, one.resource, one.shape, one.key): one for one in rejects}
    store.apply(Changes(rejects=found))


def put_points(store, *points):
    store.apply(Changes(checkpoints=list(points)))


def test_all_or_nothing(store, keep):
    """A transaction that fails leaves nothing behind, and the store goes on."""

    def pull_the_plug():
        with store.transaction():
            store.apply(Changes(rows={INVOICE.ref: to_row(INVOICE)}, pages={1: PAGE}))
            raise RuntimeError("the plug is pulled")

    with pytest.raises(RuntimeError, match="pulled"):
        pull_the_plug()
    assert (count(store, "invoices"), count(store, "pages")) == (0, 0)
    keep(INVOICE)
    assert count(store, "invoices") == 1


def test_page_that_is_gone(store):
    """A page that is no longer kept is asked for in vain, politely."""
    with pytest.raises(StoreError, match="page 7 is no longer kept"):
        store.page(7)


def test_superseded_pages(store):
    """A page is dropped when no observation and no reject refers to it any more, and not before."""
    with store.transaction():
        store.apply(Changes(pages=dict.fromkeys((1, 2, 3), PAGE)))
        put(store, observed("1", 1))
        put_rejects(store, evolve(REJECT, page=2))
        store.drop_superseded()
        assert count(store, "pages") == 2
        put(store, observed("1", 2))
        store.drop_superseded()
        assert count(store, "pages") == 1
        store.apply(Changes(closed_rejects={KEY}))
        store.drop_superseded()
    assert store.page(2) == PAGE
    assert count(store, "pages") == 1


def test_a_reject_is_kept_whole_and_replaced_by_the_next(store):
    """A reject is kept whole; the same item again replaces it; another connection's is another."""
    other = evolve(REJECT, connection="other", raw=json.dumps({"id": "it's"}))
    with store.transaction():
        put_rejects(store, REJECT, other)
        put_rejects(store, evolve(REJECT, run=2))
    assert list(store.rejects()) == [evolve(REJECT, run=2), other]
    assert list(store.rejects(RejectQuery("other"))) == [other]


def test_some_rejects(store):
    """Rejects are found by key, by the item that maps again, and by the shard they came with."""
    odd = [evolve(REJECT, key=f"k{n}", item=id, shard=id) for n, id in enumerate(ODD_IDS)]
    nameless = evolve(REJECT, key="none", item=None, run=2)
    place = ("acme", "invoices")
    with store.transaction():
        put_rejects(store, *odd, nameless, evolve(REJECT, connection="other"))
    keys = [(*KEY[:3], one.key) for one in odd]
    seen = store.situation(Question(rejects=frozenset([*keys, KEY]))).rejects
    assert {key: (one.reason, one.json_path) for key, one in seen.items()} == dict.fromkeys(
        keys, (REJECT.reason, REJECT.json_path)
    )
    assert sorted(store.situation(Question(mapped={place: ODD_IDS})).rejects) == sorted(keys)
    others = {("acme", "notes"): [ODD_IDS[0]], place: ["none"]}
    assert store.situation(Question(mapped=others)).rejects == {}
    unseen = RejectQuery(*place, unseen_since=2)
    assert found(store, unseen._replace(shards=ODD_IDS)) == sorted(keys)
    assert found(store, unseen._replace(shards=["all"])) == []
    assert found(store, RejectQuery(keys=[*keys[:2], KEY])) == sorted(keys[:2])
    with store.transaction():
        for shard, run, state in [(ODD_IDS[0], 2, "done"), (ODD_IDS[1], 1, "done")]:
            put_points(store, Checkpoint(*place, shard, run, DAYS[0], state))
        put_points(store, Checkpoint(*place, ODD_IDS[2], 2, DAYS[0], "unknown"))
        put_points(store, Checkpoint(*place, ODD_IDS[3], 2, DAYS[0], "failed"))
    assert found(store, RejectQuery(*place, is_answered=True)) == [keys[0], keys[2]]
    with store.transaction():
        store.apply(Changes(closed_rejects={*keys[:2], KEY}))
    assert found(store, RejectQuery(*place)) == sorted([*keys[2:], nameless.identity])


def found(store, query):
    return [reject.identity for reject in store.rejects(query)]


def test_runs_come_newest_first(store):
    """Runs come newest first, each as it ended, or as one that goes on."""
    first, second = store.begin_run(DAYS[0]), store.begin_run(DAYS[1])
    store.end_run(second, DAYS[2], "ended", "{}")
    assert list(store.runs()) == [
        StoredRun(second, DAYS[1], DAYS[2], "ended", "{}"),
        StoredRun(first, DAYS[0], None, "running", None),
    ]


def test_a_shard_has_one_checkpoint(store):
    """A shard has one checkpoint, the latest."""
    with store.transaction():
        put_points(store, Checkpoint("acme", "calls", "b1", 1, DAYS[0], "failed"))
        put_points(store, Checkpoint("acme", "calls", "b1", 2, DAYS[3], "done"))
    newest = Checkpoint("acme", "calls", "b1", 2, DAYS[3], "done")
    assert list(store.checkpoints(CheckpointQuery("acme", "calls", ["b1", "b2"]))) == [newest]


def test_a_checkpoint_without_a_cursor_keeps_the_one_before(store):
    """A checkpoint without a cursor keeps the one its shard had."""
    with store.transaction():
        put_points(store, Checkpoint("acme", "calls", "all", 1, DAYS[0], "begun", "[7]"))
        put_points(store, Checkpoint("acme", "calls", "all", 1, DAYS[0], "done"))
    assert [point.cursor for point in store.checkpoints()] == ["[7]"]


def test_dropped_checkpoints(store):
    """Of some shards, of a resource or of a connection; all others stay."""
    calls = [("acme", "calls", shard) for shard in ("b1", "b2")]
    places = [*calls, ("acme", "bills", ""), ("b", "bills", "")]
    with store.transaction():
        put_points(store, *(Checkpoint(*place, 1, DAYS[0], "done") for place in places))
        for query, left in [
            (CheckpointQuery("acme", "calls", ["b2", "b3"]), 3),
            (CheckpointQuery("acme", "calls", []), 3),
            (CheckpointQuery("acme", "calls"), 2),
            (CheckpointQuery("acme"), 1),
        ]:
            store.put_sync_state(StateChanges(dropped_checkpoints=[query]))
            assert len(list(store.checkpoints())) == left


def test_the_account_of_a_connection_is_noted_once(store):
    """The account that a connection's data comes from is noted once, and may change."""
    one = Fingerprint("acme", "acme", "https://acme.example", b"salt", b"account", None)
    for noted in (one, evolve(one, account=None)):
        with store.transaction():
            store.put_sync_state(StateChanges(fingerprints=[noted]))
        assert store.sync_state().fingerprints == {"acme": noted}


def test_bodies_are_rewritten_as_they_were(store):
    """However the body of a page is kept, whoever changes it gets what was received."""
    with store.transaction():
        store.apply(Changes(pages={1: PAGE}))
        changed = store.rewrite("pages", {"body": lambda body: body.replace(b"b1", b"b2")})
    assert changed == 1
    assert store.page(1).body == PAGE.body.replace(b"b1", b"b2")


def test_documents_are_recognised_until_they_are_not(store):
    """By their whole hash; after that they are mapped when they are seen next."""
    hashes = [bytes([at]) * 16 for at in range(3)]
    shown = [observed(str(at), 1)._replace(document=at) for at in range(2)]
    with store.transaction():
        put(store, *shown)
        documents = {at: StoredDocument(at, hashes[at], 1, 1, 5) for at in range(2)}
        store.apply(Changes(documents=documents))
    assert store.known_documents(hashes) == set(hashes[:2])
    with store.transaction():
        assert store.see_documents(hashes, 2) == dict.fromkeys(hashes[:2], 5)
        assert [one.run for one in store.observations(ObservationQuery(page=1))] == [2, 2]
        store.put_sync_state(StateChanges(unrecognised=[shown[0].ref]))
    assert store.known_documents(hashes) == {hashes[1]}
    with store.transaction():
        store.put_sync_state(StateChanges(unrecognised=None))
    assert store.known_documents(hashes) == set()


def test_whom_to_keep_out(store):
    """Each form once, in order, and whether an erasure is under way."""
    forms = [Suppressed("name", 2, b"salt", b"b"), Suppressed("address", 0, b"salt", b"a")]
    with store.transaction():
        store.put_sync_state(StateChanges(suppressed=forms, is_erasing=True))
        store.put_sync_state(StateChanges(suppressed=forms[:1]))
    assert store.sync_state().suppressed == sorted(forms, key=lambda form: form.kind)
    assert store.sync_state().is_erasing
    with store.transaction():
        store.put_sync_state(StateChanges(is_erasing=False))
    assert not store.sync_state().is_erasing


def test_one_sync_at_a_time(store):
    """Whoever is second is told, and may come again."""
    with store.exclusive(), pytest.raises(StoreError), store.exclusive():
        pass
    with store.exclusive():
        pass


@pytest.mark.parametrize("is_scrubbed", [True, False])
def test_compacting_keeps_everything(store, keep, is_scrubbed):
    """However thoroughly: what the store says is what it said."""
    keep(INVOICE, Call(connection="acme", id="c", invoices=(INVOICE.ref,)))
    before = list(content(store))
    store.compact(is_scrubbed=is_scrubbed)
    assert list(content(store)) == before


def test_the_former_name_of_exclusive_warns(store):
    """`store.alone()` still is the lock."""
    with (
        pytest.warns(DeprecationWarning, match="exclusive"),
        store.alone(),
        pytest.raises(StoreError),
    ):
        store.exclusive().__enter__()
