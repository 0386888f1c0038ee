"""A batch in the store: new, changed, the same; records, copies, pages, and all or nothing."""

import sqlite3
from contextlib import closing

import pytest

from duetrail import api
from duetrail.errors import StoreError
from duetrail.pipeline import digest
from duetrail.pipeline.commit import Committer
from duetrail.stores import Checkpoint, RecordQuery, from_row
from duetrail.stores.sqlite import SqliteStore

ROW = {
    "id": "i1",
    "number": "1042",
    "revision": 1,
    "customer": {"id": "u1", "name": "Bellwether Mills"},
    "emails": [{"id": "e1", "about": ["i1"]}],
    "calls": [{"id": "c1", "state": "planned", "revision": 1}],
}


def invoices(*rows):
    return {"invoices": list(rows)}


def calls(*rows):
    return invoices({"id": "i1", "calls": list(rows)})


def test_everything_on_a_first_page_is_new(toy, ledger):
    """Everything on a first page is new, and counted by table."""
    outcome = ledger.commit(toy.batch(invoices(ROW)))
    assert (outcome.items, outcome.mapped, outcome.unchanged) == (4, 4, 0)
    assert outcome.records == {"invoices": 1, "parties": 1, "emails": 1, "calls": 1, "callouts": 1}
    # e1 names i1 and stands in it; c1 and its callout stand in it
    assert (outcome.links, outcome.pages) == (4, 1)


def test_round_trip(toy, ledger):
    """What is stored is what was mapped."""
    batch = toy.batch(invoices(ROW))
    ledger.commit(batch)
    made = {record.ref: record for mapped in batch.mapped for record in mapped.records}
    stored = [
        row for table in ("invoices", "calls") for row in ledger.store.records(RecordQuery(table))
    ]
    assert [from_row(row) for row in stored] == [made[row.ref] for row in stored]


@pytest.mark.parametrize("again", ["same run", "next run"])
def test_the_same_page_again_writes_nothing(toy, ledger, again):
    """The same page again writes nothing, in the same run and in the next one."""
    ledger.commit(toy.batch(invoices(ROW)))
    before = ledger.digest
    if again == "next run":
        ledger.run()
    outcome = ledger.commit(toy.batch(invoices(ROW)))
    assert (outcome.items, outcome.unchanged, outcome.mapped) == (4, 4, 0)
    assert (outcome.records.total(), outcome.links, outcome.rejects, outcome.pages) == (0, 0, 0, 0)
    assert ledger.digest == before


def test_a_newer_copy_replaces_an_older_one(toy, ledger):
    """A newer copy replaces an older one; what did not change is not written."""
    ledger.commit(toy.batch(invoices(ROW)))
    outcome = ledger.commit(toy.batch(invoices({**ROW, "number": "1043", "revision": 2})))
    assert (outcome.mapped, outcome.unchanged) == (1, 3)
    assert outcome.records == {"invoices": 1}
    assert ledger.column("invoices", "number") == ["1043"]


def test_changed_without_a_field(toy, ledger):
    """A change that no field claims keeps the page and writes no record."""
    ledger.commit(toy.batch(invoices(ROW)))
    outcome = ledger.run().commit(toy.batch(invoices({**ROW, "colour": "red"})))
    assert (outcome.mapped, outcome.records.total(), outcome.pages) == (1, 0, 1)


@pytest.mark.parametrize("is_odd_first", [True, False])
def test_recognised_or_not(toy, ledger, is_odd_first):
    """Whether its document can be recognised or not makes no item another."""
    rows = [{**ROW, "emails": [5]}, {**ROW, "emails": []}]
    first, second = rows if is_odd_first else reversed(rows)
    ledger.commit(toy.batch(invoices(first)))
    outcome = ledger.run().commit(toy.batch(invoices(second)))
    assert (outcome.mapped, outcome.records.total()) == (0, 0)


def test_an_older_copy_is_left_out(toy, ledger):
    """An older copy of what is stored is left out, with the reason."""
    ledger.commit(toy.batch(invoices({**ROW, "revision": 10})))
    before = ledger.digest
    outcome = ledger.run().commit(toy.batch(invoices({**ROW, "number": "old", "revision": 9})))
    assert outcome.skipped == {"an older copy of what is stored": 1}
    assert (outcome.items, outcome.unchanged) == (4, 3)
    assert ledger.digest == before


def test_no_version_says_nothing(toy, ledger):
    """A vendor that stops giving versions is still believed: then the later run has the word."""
    ledger.commit(toy.batch(invoices({"id": "i1", "number": "old", "revision": 1})))
    ledger.run().commit(toy.batch(invoices({"id": "i1", "number": "new"})))
    assert ledger.column("invoices", "number") == ["new"]


@pytest.mark.parametrize(
    ("before", "after"), [(9, 10), ("9", "10"), (1700000000000000001, 1700000000000000002)]
)
def test_versions_are_numbers_where_they_look_like_it(toy, ledger, before, after):
    """Ten is newer than nine, and no digit of a long version is lost."""
    ledger.commit(toy.batch(invoices({"id": "i1", "number": "old", "revision": before})))
    ledger.commit(toy.batch(invoices({"id": "i1", "number": "new", "revision": after})))
    assert ledger.column("invoices", "number") == ["new"]
    outcome = ledger.commit(toy.batch(invoices({"id": "i1", "number": "old", "revision": before})))
    assert (outcome.mapped, outcome.skipped.total()) == (0, 1)


def test_twice_on_a_page(toy, ledger):
    """Of two copies on one page the newer one counts, wherever it stands; every item is counted."""
    old, new = {"id": "i1", "revision": 1}, {"id": "i1", "revision": 2, "number": "new"}
    outcome = ledger.commit(toy.batch(invoices(new, old, new)))
    assert (outcome.items, outcome.mapped, outcome.unchanged) == (3, 1, 1)
    assert outcome.skipped.total() == 1
    assert ledger.column("invoices", "number") == ["new"]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (9, 10),
        ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
        pytest.param(
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00.5Z",
        ),
        pytest.param(
            "2026-03-01T10:00:00+02:00",
            "2026-03-01T09:00:00+00:00",
        ),
    ],
)
def test_versions_are_compared_as_what_they_are(toy, ledger, older, newer):
    """Versions are compared as what they are: numbers, times."""
    ledger.commit(toy.batch(invoices({"id": "i1", "revision": older})))
    ledger.commit(toy.batch(invoices({"id": "i1", "revision": newer, "number": "new"})))
    assert ledger.column("invoices", "number") == ["new"]


# --- derived records -----------------------------------------------------------------------------


def test_a_derived_record_goes_with_its_reason(toy, ledger):
    """A derived record goes, with its links, when its item no longer gives rise to it."""
    ledger.commit(toy.batch(calls({"id": "c1", "state": "planned", "revision": 1})))
    assert ("call:c1", "i1", "contained") in ledger.links()
    outcome = ledger.commit(toy.batch(calls({"id": "c1", "state": "completed", "revision": 2})))
    assert outcome.records == {"calls": 1, "callouts": 1}
    assert ledger.count("callouts") == 0
    assert ledger.links() == {("c1", "i1", "contained")}


def test_not_retracted(toy, ledger):
    """The derived records of other items stay."""
    planned = [{"id": id, "state": "planned", "revision": 1} for id in ("c1", "c2")]
    ledger.commit(toy.batch(calls(*planned)))
    ledger.commit(toy.batch(calls({"id": "c1", "state": "completed", "revision": 2})))
    assert ledger.column("callouts", "id") == ["call:c2"]


def test_derived_again(toy, ledger):
    """A derived record that went comes back when its item gives rise to it again."""
    for number, state in enumerate(("planned", "completed", "planned")):
        ledger.commit(toy.batch(calls({"id": "c1", "state": state, "revision": number})))
    assert ledger.column("callouts", "id") == ["call:c1"]


# --- pages ---------------------------------------------------------------------------------------


def test_a_page_is_kept_with_what_was_asked_and_answered(toy, ledger):
    """A page is kept with what was asked and answered."""
    batch = toy.batch(invoices(ROW), shard="all")
    ledger.commit(batch)
    page = ledger.store.page(1)
    assert (page.resource, page.shard, page.url) == ("invoices", "all", "echo:/page")
    assert page.body == batch.page.body


@pytest.mark.parametrize(
    ("row", "kept"),
    [(ROW, 0), ({**ROW, "colour": "red"}, 1), ({**ROW, "emails": [5]}, 1), ({"id": "i2"}, 1)],
    ids=["same", "changed", "rejected", "new"],
)
def test_page_kept(toy, ledger, row, kept):
    """A page is kept only if something on it is new, changed or rejected."""
    ledger.commit(toy.batch(invoices(ROW)))
    ledger.run().commit(toy.batch(invoices(row)))
    assert ledger.count("pages") == 1 + kept


def test_superseded_pages(toy, ledger):
    """A page that no record and no reject came from goes."""
    ledger.commit(toy.batch(invoices({"id": "i1", "revision": 1})))
    ledger.commit(toy.batch(invoices({"id": "i1", "revision": 2})))
    ledger.store.drop_superseded()
    assert ledger.column("pages", "number") == [2]


def test_only_what_is_new_is_kept_of_a_page(project):
    """Of a page with one changed object only that is kept; remap and explain find it all."""
    rows = [{"id": f"i{n}", "number": str(n)} for n in range(5)]
    project.answer(invoices=[{"invoices": rows}], calls={}, replies={}).sync()
    rows[3] = {"id": "i3", "number": "thirty"}
    project.answer(invoices=[{"invoices": rows}], calls={}, replies={}).sync()
    before = project.digest
    store = project.store()
    first, second = (store.page(kept.number).body for kept in store.pages())
    store.close()
    assert b"thirty" in second
    assert b'"i4"' in first
    assert b'"i4"' not in second
    api.remap(config=project.folder / "duetrail.toml")
    assert project.digest == before
    told = api.explain("echo:invoices:i3", "number", config=project.folder / "duetrail.toml")
    assert [one.path for one in told.origins] == ["$.invoices[3].number"]


# --- all or nothing ------------------------------------------------------------------------------


class Broken(SqliteStore):
    """A store that fails in the middle of a commit."""

    def apply(self, changes):
        super().apply(changes)
        raise RuntimeError("broken")


TABLES = [
    "invoices",
    "calls",
    "links",
    "observations",
    "documents",
    "pages",
    "rejects",
    "checkpoints",
]
NOW = "2026-11-20T00:00:00.000000Z"
DONE = Checkpoint("echo", "invoices", "all", 1, NOW, "done")


def test_error_in_the_middle(toy, tmp_path):
    """An error in the middle of a commit leaves nothing of the batch, and no checkpoint."""
    store = Broken(tmp_path / "broken.db", "sqlite:///broken.db", create=True)
    committer = Committer(store, store.begin_run("now"), {"echo": toy.plugin}, NOW)
    empty = digest(store)
    with pytest.raises(RuntimeError, match="broken"):
        committer.commit((toy.batch(invoices(ROW, {"id": 7})), DONE))
    assert not any(list(store.select(f"SELECT 1 FROM {table}")) for table in TABLES)
    assert digest(store) == empty
    store.close()


@pytest.mark.parametrize("table", TABLES)
def test_error_in_the_database(toy, tmp_path, table):
    """So does an error of the database, whichever table it meets; it is a StoreError."""
    path = tmp_path / "store.db"
    store = SqliteStore(path, "sqlite:///store.db", create=True)
    with closing(sqlite3.connect(path)) as other, other:
        other.execute(
            f"CREATE TRIGGER no BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    other.close()
    committer = Committer(store, store.begin_run("now"), {"echo": toy.plugin}, NOW)
    with pytest.raises(StoreError, match="no"):
        committer.commit((toy.batch(invoices(ROW, {"id": 7})), DONE))
    assert not any(list(store.select(f"SELECT 1 FROM {table}")) for table in TABLES)
    store.close()


def test_after_an_error(toy, ledger):
    """What was committed before an error stays, and the store goes on."""
    ledger.commit(toy.batch(invoices({"id": "i1"})))
    good, ledger.store.apply = ledger.store.apply, _fail
    with pytest.raises(RuntimeError):
        ledger.commit(toy.batch(invoices(ROW, {"id": "i3"})))
    ledger.store.apply = good
    ledger.commit(toy.batch(invoices({"id": "i2"})))
    assert ledger.column("invoices", "id") == ["i1", "i2"]


def _fail(changes):
    raise RuntimeError
