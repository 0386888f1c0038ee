"""The SQLite store: private, exact, all or nothing."""

import json
import os
import sqlite3
from contextlib import closing
from decimal import Decimal

import pytest
from attrs import evolve

from duetrail.errors import ConfigError, StoreError
from duetrail.model import Call, Email, How, Invoice, InvoiceLine, Link, Money, Ref
from duetrail.stores import (
    Changes,
    Checkpoint,
    CheckpointQuery,
    CountQuery,
    DerivationQuery,
    Fingerprint,
    LinkQuery,
    Observation,
    Question,
    RecordQuery,
    RejectQuery,
    StateChanges,
    StoredPage,
    StoredReject,
    StoredRun,
    ValueQuery,
    open_store,
    to_row,
)

INVOICE = Invoice(connection="acme", id="1", number="INV-1")
PAGE = StoredPage(
    connection="acme",
    resource="invoices",
    shard="all",
    run=1,
    url="https://api.acme.example/bills",
    status=200,
    received_at="2026-01-01T00:00:00.000000Z",
    body=b'{"bills": [' + b'{"id": "b1"},' * 500 + b"null]}",
)
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

# Whatever a vendor calls its things.
ODD_IDS = [
    "it's",
    'say "x"',
    "'; DROP TABLE invoices; --",
    "a\nb\tc",
    "ünï-漢字-🧾",
    "%_*?[]",
    " 1 ",
    "1.0",
]


def observed(id, page, *, within="", version="", hash=b"hash"):
    place = ("invoices", "bill", within)
    return Observation("acme", "invoices", id, *place, version, hash, 0, page, "$.bills[0]", 1)


def put(store, *observations):
    found = {(one.ref, one.place): one for one in observations}
    store.apply(Changes(observations=found))


def put_rejects(store, *rejects):
    found = {(one.connection, one.resource, one.shape, one.key): one for one in rejects}
    store.apply(Changes(rejects=found))


def put_points(store, *points):
    store.apply(Changes(checkpoints=list(points)))


def count(store, table):
    return sum(store.counts(CountQuery(table)).values())


def plans(store, ask):
    """How SQLite goes about what is asked, step by step."""
    asked = []
    store._db.set_trace_callback(asked.append)
    ask()
    store._db.set_trace_callback(None)
    return [row["detail"] for sql in asked for row in store.select(f"EXPLAIN QUERY PLAN {sql}")]


# --- the file ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("store")
def test_others_read_while_a_sync_writes(tmp_path):
    """Others can read while a sync is writing."""
    with closing(sqlite3.connect(tmp_path / "store.db")) as db, db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_files_are_readable_by_their_owner_only(store, keep, tmp_path):
    """Its files are readable by their owner only, whatever the umask: they are about people."""
    keep(INVOICE)
    modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.glob("store.db*")}
    assert modes == {"store.db": 0o600, "store.db-wal": 0o600, "store.db-shm": 0o600}


def test_what_was_written_is_there_when_opened_again(store, keep, tmp_path):
    """What was written is there when the store is opened again."""
    keep(INVOICE)
    store.close()
    again = open_store("sqlite:///store.db", folder=tmp_path)
    assert list(again.records(RecordQuery("invoices"))) == [to_row(INVOICE)]
    again.close()


def test_two_at_once(store, keep, tmp_path):
    """A reader sees what was committed while it is open."""
    reader = open_store("sqlite:///store.db", folder=tmp_path)
    keep(INVOICE)
    assert count(reader, "invoices") == 1
    reader.close()


@pytest.mark.parametrize(
    "url", ["", "store.db", "sqlite://", "sqlite:///", "sqlite:store.db", "mysql://a/b"]
)
def test_no_url(url):
    """What is no store URL is answered with two that are."""
    with pytest.raises(ConfigError, match=r"not a store URL\n.*sqlite:///relative.db or sqlite:/"):
        open_store(url, create=True)


def test_absolute_url(tmp_path):
    """Four slashes begin an absolute path."""
    open_store(f"sqlite:///{tmp_path}/a.db", folder=tmp_path / "other", create=True).close()
    assert (tmp_path / "a.db").exists()


# --- rows ----------------------------------------------------------------------------------------


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


def test_decimals_are_exact(store, keep, tmp_path):
    """In the file an amount is text, digit by digit."""
    amount = Decimal("12345678901234567890123456789012.10")
    keep(evolve(INVOICE, currency="USD", total=Money(amount, "USD")))
    with closing(sqlite3.connect(tmp_path / "store.db")) as db, db:
        (found,) = db.execute("SELECT total, typeof(total) FROM invoices")
    db.close()
    assert found == ("12345678901234567890123456789012.10", "text")


def test_links_are_a_set(store):
    """A link that is put twice is there once, and can be taken away."""
    link = Link(Ref("a", "calls", "c"), Ref("a", "invoices", "i"), How.DERIVED, "a rule")
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


@pytest.mark.parametrize("column", ["number", "customer_name", "status_raw"])
def test_keys_of_any_column(store, keep, column):
    """Any column of keys is read in order, without looking at other records."""
    keep(*(Invoice(connection="acme", id=str(at), **{column: f"k{at}"}) for at in range(9)))
    for _ in range(2):
        with store.transaction():
            store.put_sync_state(StateChanges(indexes=[("invoices", column)]))
    step, *_ = plans(store, lambda: list(store.values(ValueQuery("invoices", column, "acme"))))
    assert f"(connection=? AND {column}>?)" in step
    assert len(list(store.values(ValueQuery("invoices", column, "acme", after="k3")))) == 5


def test_all_rows_in_portions(store, keep, monkeypatch):
    """However many rows there are, few are in memory; each comes once, with its children."""
    monkeypatch.setattr("duetrail.stores.records._PORTION", 2)
    made = [
        Invoice(connection=c, id=str(at), lines=(InvoiceLine(name=f"{c}{at}"),) * (at % 3))
        for c in "ab"
        for at in range(5)
    ]
    keep(*made)
    assert list(store.records(RecordQuery("invoices"))) == [to_row(invoice) for invoice in made]


# --- transactions --------------------------------------------------------------------------------


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


# --- pages and rejects ---------------------------------------------------------------------------


def test_a_page_is_kept_compressed_and_comes_back(store, tmp_path):
    """A page is kept compressed and comes back as it was."""
    with store.transaction():
        store.apply(Changes(pages={7: PAGE}))
    assert store.page(7) == PAGE
    with closing(sqlite3.connect(tmp_path / "store.db")) as db, db:
        (size,) = db.execute("SELECT length(body) FROM pages").fetchone()
    db.close()
    assert size < len(PAGE.body) / 10


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
            put_points(store, Checkpoint(*place, shard, run, "2026", state))
        put_points(store, Checkpoint(*place, ODD_IDS[2], 2, "2026", "unknown"))
        put_points(store, Checkpoint(*place, ODD_IDS[3], 2, "2026", "failed"))
    assert found(store, RejectQuery(*place, is_answered=True)) == [keys[0], keys[2]]
    with store.transaction():
        store.apply(Changes(closed_rejects={*keys[:2], KEY}))
    assert found(store, RejectQuery(*place)) == sorted([*keys[2:], nameless.identity])


def found(store, query):
    return [reject.identity for reject in store.rejects(query)]


# --- runs and checkpoints ------------------------------------------------------------------------


def test_runs_come_newest_first(store):
    """Runs come newest first, each as it ended, or as one that goes on."""
    first, second = store.begin_run("2026-01-01"), store.begin_run("2026-01-02")
    store.end_run(second, "t3", "ended", "{}")
    assert list(store.runs()) == [
        StoredRun(second, "2026-01-02", "t3", "ended", "{}"),
        StoredRun(first, "2026-01-01", None, "running", None),
    ]


def test_a_shard_has_one_checkpoint(store):
    """A shard has one checkpoint, the latest."""
    with store.transaction():
        put_points(store, Checkpoint("acme", "calls", "b1", 1, "2026", "failed"))
        put_points(store, Checkpoint("acme", "calls", "b1", 2, "2027", "done"))
    newest = Checkpoint("acme", "calls", "b1", 2, "2027", "done")
    assert list(store.checkpoints(CheckpointQuery("acme", "calls", ["b1", "b2"]))) == [newest]


def test_a_checkpoint_without_a_cursor_keeps_the_one_before(store):
    """A checkpoint without a cursor keeps the one its shard had."""
    with store.transaction():
        put_points(store, Checkpoint("acme", "calls", "all", 1, "2026", "begun", "[7]"))
        put_points(store, Checkpoint("acme", "calls", "all", 1, "2026", "done"))
    assert [point.cursor for point in store.checkpoints()] == ["[7]"]


def test_dropped_checkpoints(store):
    """Of some shards, of a resource or of a connection; all others stay."""
    calls = [("acme", "calls", shard) for shard in ("b1", "b2")]
    places = [*calls, ("acme", "bills", ""), ("b", "bills", "")]
    with store.transaction():
        put_points(store, *(Checkpoint(*place, 1, "2026", "done") for place in places))
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


def test_observations_are_kept_by_place(store):
    """The observations of a record are kept by place; a later one in a place replaces it."""
    here, there = (observed("1", 1, within=w, hash=w.encode()) for w in ("a", "b"))
    with store.transaction():
        put(store, here, there, observed("2", 1))
        put(store, here._replace(version="2"))
    found = store.observations([here.ref, Ref("acme", "invoices", "3")])
    assert found == {here.ref: [here._replace(version="2"), there]}
    assert store.observed_on(2) == []
    assert len(store.observed_on(1)) == 3


def test_contents_of_observations(store):
    """The content of differing observations is kept once, as long as one of them has it."""
    with store.transaction():
        put(store, observed("1", 1, hash=b"kept"))
        store.apply(Changes(variants={b"kept": "[]", b"gone": "[]"}))
        store.drop_superseded()
    assert contents(store) == {b"kept": "[]"}


def contents(store):
    return dict(store._db.execute("SELECT hash, content FROM variants"))


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


# --- interrupts ----------------------------------------------------------------------------------


class Striking:
    """A connection that is interrupted right after a statement."""

    def __init__(self, db, statement):
        self._db, self._statement = db, statement

    def __getattr__(self, name):
        return getattr(self._db, name)

    def execute(self, sql, *more):
        done = self._db.execute(sql, *more)
        if sql == self._statement:
            raise KeyboardInterrupt
        return done


@pytest.mark.parametrize("statement", ["BEGIN IMMEDIATE", "COMMIT"])
def test_an_interrupt_in_a_transaction(store, statement):
    """Wherever an interrupt strikes, no transaction is left open for the next one."""
    real = store._db
    store._db = Striking(real, statement)
    with pytest.raises(KeyboardInterrupt), store.transaction():
        pass
    store._db = real
    assert not real.in_transaction
    assert store.begin_run("2026-01-01T00:00:00.000000Z") == 1


def test_a_run_ends_over_what_was_left_open(store):
    """A transaction that an interrupt left open is undone by the end of the run."""
    run = store.begin_run("2026-01-01T00:00:00.000000Z")
    left = store.transaction()
    left.__enter__()
    store.apply(Changes(variants={b"x": "never committed"}))
    store.end_run(run, "2026-01-01T00:00:01.000000Z", "interrupted", "{}")
    assert contents(store) == {}
    assert next(store.runs()).state == "interrupted"


def test_an_interrupt_in_a_function_of_ours(store):
    """An interrupt while SQLite calls back is an interrupt, not an error of the store."""
    with store.transaction():
        store.apply(Changes(variants={b"x": "text"}))

    def strike(value):
        raise KeyboardInterrupt

    for dry_run in (True, False):
        with pytest.raises(KeyboardInterrupt):
            store.rewrite("variants", {"content": strike}, dry_run=dry_run)
        with pytest.raises(KeyboardInterrupt):
            store.remove("variants", ["content"], strike, dry_run=dry_run)
    assert contents(store) == {b"x": "text"}
