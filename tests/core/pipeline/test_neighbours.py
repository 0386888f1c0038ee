"""What must not touch each other does not."""

from itertools import permutations

import pytest
from attrs import evolve

from duetrail import api
from duetrail.errors import StoreError
from duetrail.pipeline.mapping import map_page
from duetrail.source import Shard
from duetrail.stores import open_store


def email(id, invoice, **fields):
    """A page with one invoice and one email in it."""
    return {"invoices": [{"id": invoice, "emails": [{"id": id, **fields}]}]}


def test_two_connections_to_one_account(toy, ledger):
    """The same objects read with two connections are two records each, and fold apart."""
    other = evolve(toy.connection, name="b")
    for connection in (toy.connection, other):
        for page in (
            email("e1", "i1", subject="old", revision=1),
            email("e1", "i2", subject="new", revision=2),
        ):
            batch = map_page(
                toy.plugin,
                connection,
                toy.source.resource("invoices"),
                Shard("invoices"),
                toy.page(page),
            )
            ledger.plugins[connection.name] = toy.plugin
            ledger.commit(batch)
    subjects = {
        (row["connection"], row["subject"])
        for row in ledger.store.select("SELECT connection, subject FROM emails")
    }
    assert subjects == {("echo", "new"), ("b", "new")}


def test_native_links_of_two_copies_on_one_page(toy, ledger):
    """What the newer copy names stays named, whichever copy stands first on the page."""
    page = {
        "invoices": [
            {"id": "i1", "calls": [{"id": "c1", "about": ["i1"], "revision": 2}]},
            {"id": "i2", "calls": [{"id": "c1", "about": [], "revision": 1}]},
        ]
    }
    ledger.commit(toy.batch(page))
    assert ("c1", "i1", "native") in ledger.links()


def test_links_of_what_is_derived_follow_their_origin(toy, ledgers):
    """A derived record belongs to the invoices its origin belongs to, in any order of pages."""
    pages = [
        {"invoices": [{"id": f"i{n}", "calls": [{"id": "c1", "state": state, "revision": n}]}]}
        for n, state in enumerate(["planned", "completed", "planned"], start=1)
    ]
    found = set()
    for order in permutations(pages):
        ledger = ledgers()
        ledger.commit(*(toy.batch(page) for page in order))
        found.add(ledger.digest)
        ledger.run()
        assert [ledger.commit(toy.batch(page)).links for page in order] == [0, 0, 0]
    assert len(found) == 1


def test_keys_are_read_by_range(ledger):
    """A portion of keys is answered by an index, however many keys there are."""
    plan = " ".join(
        str(row["detail"])
        for row in ledger.store.select(
            "EXPLAIN QUERY PLAN SELECT remote_id, id FROM invoices "
            "WHERE connection = ? AND remote_id BETWEEN ? AND ? ORDER BY remote_id, id",
            ("a", "b", "c"),
        )
    )
    assert "invoices_by_remote_id" in plan
    assert "SCAN" not in plan


def test_one_sync_at_a_time(tmp_path):
    """A second sync of one store is refused while the first goes on, and told what to do."""
    one, two = (open_store("sqlite:///s.db", folder=tmp_path, create=True) for _ in range(2))
    with (
        one.exclusive(),
        pytest.raises(StoreError, match="another command is writing"),
        two.exclusive(),
    ):
        pass
    with two.exclusive():
        pass
    one.close()
    two.close()


def _link_to_the_file(folder):
    (folder / "link.db").symlink_to("s.db")
    return "link.db"


def _link_to_the_folder(folder):
    (folder / "again").symlink_to(folder)
    return "again/s.db"


def _link_to_a_link(folder):
    _link_to_the_file(folder)
    (folder / "far.db").symlink_to(folder / "link.db")
    return "far.db"


def _way_round(folder):
    (folder / "sub").mkdir()
    return "sub/../s.db"


@pytest.mark.parametrize(
    "way", [_link_to_the_file, _link_to_the_folder, _link_to_a_link, _way_round]
)
def test_one_sync_at_a_time_by_whatever_path(tmp_path, way):
    """A store has one lock, whatever path leads to it: an erasure waits for the sync's end."""
    url = f"sqlite:///{way(tmp_path)}"
    one = open_store("sqlite:///s.db", folder=tmp_path, create=True)
    two = open_store(url, folder=tmp_path)
    with (
        one.exclusive(),
        pytest.raises(StoreError, match="another command is writing"),
        two.exclusive(),
    ):
        pass
    with (
        two.exclusive(),
        pytest.raises(StoreError, match="another command is writing"),
        one.exclusive(),
    ):
        pass
    with one.exclusive(), pytest.raises(StoreError, match="another command is writing"):
        api.erase("ann@acme.example", store=f"sqlite:///{tmp_path / url[10:]}")
    one.close()
    two.close()


def test_a_folder_that_is_left(tmp_path, monkeypatch):
    """A program that goes to another folder meanwhile has the same lock still."""
    monkeypatch.chdir(tmp_path)
    one, two = (open_store("sqlite:///s.db", create=True) for _ in range(2))
    (tmp_path / "sub").mkdir()
    with one.exclusive():
        monkeypatch.chdir(tmp_path / "sub")
        with pytest.raises(StoreError, match="another command is writing"), two.exclusive():
            pass
    one.close()
    two.close()


def test_an_item_nobody_can_read_costs_itself_alone(toy, ledger):
    """Numbers beyond all bounds are a reject, with all its neighbours kept."""
    rows = [{"id": "i1", "revision": 10**400}, {"id": "i2"}]
    outcome = ledger.commit(toy.batch({"invoices": rows}))
    assert (outcome.mapped, outcome.rejected) == (1, 1)


def test_a_copy_left_behind_has_no_word(toy, ledger):
    """What an object was in a place it has left says nothing of what it is elsewhere now."""
    resource = toy.source.resource("invoices")
    for here, there in [("z", "a"), ("a", "z")]:
        last, stays, left = here, f"stays-{here}", f"left-{here}"
        ledger.run()
        ledger.commit(toy.batch(email(f"e-{last}", stays, subject=here)))
        ledger.commit(toy.batch(email(f"e-{last}", left, subject=there)))
        ledger.run()
        ledger.commit(toy.batch(email(f"e-{last}", stays, subject="now")))
        ledger._committers[-1].end_listing(toy.connection, resource, len(ledger._committers))
    assert ledger.column("emails", "subject") == ["now", "now"]


def test_a_record_nobody_met_stays(toy, ledger):
    """A complete reading that does not meet a record at all marks it, and removes nothing."""
    ledger.commit(toy.batch(email("e1", "i1", subject="one")))
    ledger.commit(toy.batch(email("e1", "i2", subject="two")))
    ledger.run()
    resource = toy.source.resource("invoices")
    outcome = ledger._committers[-1].end_listing(toy.connection, resource, 2)
    assert outcome.records.total() == 0
    assert ledger.column("emails", "id") == ["e1"]
