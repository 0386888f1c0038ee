"""Kept pages are mapped again without a request, and rejects are replayed after a fix."""

import weakref
from datetime import UTC, datetime

import pytest
from attrs import evolve

from duetrail import api, model
from duetrail.errors import BadItem, UsageError
from duetrail.model import Email
from duetrail.pipeline.open_rejects import find_rejects
from duetrail.pipeline.remap import remap, replay
from duetrail.source import Resource
from duetrail.stores import moment
from duetrail.streams import BoundSource

NOW = datetime(2026, 7, 1, tzinfo=UTC)
GOOD = {"id": "i1", "number": "1"}
BAD = {"id": "i2", "number": 7}


@pytest.fixture
def vendor(toy, project):
    """A connection whose plugin can be mended, and how often it was asked."""

    class Vendor:
        rows = [GOOD, BAD]
        asked = 0
        plugin = None
        connection = toy.connect(
            source=toy.declaring(Resource(name="invoices", shapes=(toy.shape("invoice"),)))
        )

        def fetch(self, shard, session, connection):
            self.asked += 1
            yield toy.page({"invoices": self.rows})

        def sync(self):
            return project.run(self.plugin, self.connection)

        def with_store(self, work):
            store = project.store()
            try:
                return work(
                    store, {self.connection.name: BoundSource(self.connection, self.plugin)}
                )
            finally:
                store.close()

        def remap(self):
            return self.with_store(lambda store, all: remap(store, all, NOW))

        def replay(self):
            return self.with_store(
                lambda store, all: replay(store, all, list(store.rejects()), NOW)
            )

        def mend(self):
            """A wire class that takes numbers, too."""
            from typing import Any

            from attrs import frozen

            @frozen
            class Lenient:
                id: str
                number: Any = None

            shape = toy.shape("invoice", wire=Lenient)
            resource = Resource(name="invoices", shapes=(shape,))
            self.connection = toy.connect(source=toy.declaring(resource))

            def map_item(item, connection):
                number = str(item.wire.number)
                yield model.Invoice(connection=connection.name, id=item.id, number=number)

            self.plugin = toy.hooked(fetch=self.fetch, map_item=map_item)

    one = Vendor()
    one.plugin = toy.hooked(fetch=one.fetch)
    return one


# --- rejects -------------------------------------------------------------------------------------


def test_a_fix_empties_the_rejects(vendor, project):
    """What maps after a fix is a record, and no reject any more; nobody is asked."""
    assert vendor.sync().open_rejects == 1
    vendor.mend()
    summary = vendor.replay()
    assert (summary.open_rejects, summary.exit_code, vendor.asked) == (0, 0, 1)
    assert project.rows("SELECT id, number FROM invoices ORDER BY 1") == [("i1", "1"), ("i2", "7")]


def test_only_what_was_rejected_is_mapped(vendor):
    """Its neighbours on the page are left alone."""
    vendor.sync()
    vendor.mend()
    (entry,) = vendor.replay().resources
    assert (entry.items, entry.mapped, entry.rejects) == (1, 1, 1)


def test_without_a_fix_all_stays(vendor, project):
    """What is still bad stays a reject, of the same number, and nothing is written."""
    vendor.sync()
    numbers = vendor.with_store(lambda store, all: [r.number for r in store.rejects()])
    summary = vendor.replay()
    assert (summary.open_rejects, summary.written, summary.exit_code) == (1, 0, 3)
    assert vendor.with_store(lambda s, all: [r.number for r in s.rejects()]) == numbers
    assert project.rows("SELECT count(*) FROM pages") == [(1,)]


def test_a_newer_record_is_not_overruled(vendor, project):
    """Replaying an old page brings nothing back that has changed since."""
    vendor.sync()
    vendor.rows = [{"id": "i1", "number": "new"}, BAD]
    vendor.sync()
    vendor.mend()
    vendor.replay()
    assert project.rows("SELECT number FROM invoices WHERE id = 'i1'") == [("new",)]


def test_an_item_without_an_id(vendor, project):
    """An item that had not even an id is replayed as well, once a plugin finds one."""
    vendor.rows = [{"number": "5"}]
    vendor.sync()
    shape = evolve(vendor.connection.source.resources[0].shapes[0], id="number")
    wire = evolve(shape, wire=vendor_wire())
    source = evolve(
        vendor.connection.source, resources=(Resource(name="invoices", shapes=(wire,)),)
    )
    vendor.connection = evolve(vendor.connection, source=source)

    def map_item(item, connection):
        yield model.Invoice(connection=connection.name, id=item.id)

    vendor.plugin = evolve(
        vendor.plugin, implementations={**vendor.plugin.implementations, "map_item": map_item}
    )
    assert vendor.replay().open_rejects == 0
    assert project.rows("SELECT id FROM invoices") == [("5",)]


def vendor_wire():
    from attrs import frozen

    @frozen
    class Numbered:
        number: str

    return Numbered


def test_replay_of_a_number(project):
    """From Python and the command line rejects are chosen by number; an unknown one is told."""
    project.answer(invoices=[{"invoices": [GOOD, BAD]}])
    project.sync(select=["invoices"])
    config = project.folder / "duetrail.toml"
    with pytest.raises(UsageError, match="no reject has the number 'zz'"):
        api.replay("zz", config=config)
    assert api.replay(config=config).open_rejects == 1


def test_rejects_are_not_held(vendor, monkeypatch):
    """Each has its item with it: of many, a replay and a search hold one or two at a time."""
    vendor.rows = [BAD | {"id": f"i{number}"} for number in range(9)]
    vendor.sync()
    every, held = [], []

    def work(store, sources):
        of_store = store.rejects

        def rejects(*query):
            for one in of_store(*query):
                held.append(sum(before() is not None for before in every))
                every.append(weakref.ref(one))
                yield one

        monkeypatch.setattr(type(store), "rejects", lambda self, *query: rejects(*query))
        chosen = find_rejects(store, [number])
        replay(store, sources, store.rejects(), NOW)
        return chosen

    number = vendor.with_store(lambda store, sources: next(store.rejects()).number)
    assert [one.number for one in vendor.with_store(work)] == [number]
    assert len(held) >= 18
    assert max(held) <= 3


def test_dropped_for_good(project):
    """A reject that is dropped is gone, until the vendor sends the item again."""
    project.answer(invoices=[{"invoices": [GOOD, BAD]}])
    project.sync(select=["invoices"])
    config = project.folder / "duetrail.toml"
    store = project.store()
    (reject,) = store.rejects()
    store.close()
    assert [r.number for r in api.drop_rejects(reject.number, config=config)] == [reject.number]
    assert project.rows("SELECT * FROM rejects") == []
    assert project.sync(select=["invoices"]).open_rejects == 1


# --- pages ---------------------------------------------------------------------------------------


def test_a_better_mapping_reaches_what_is_stored(vendor, project):
    """Every record is as if the better plugin had read it, and nobody is asked."""
    vendor.rows = [GOOD, {"id": "i3"}]
    vendor.sync()
    vendor.mend()
    summary = vendor.remap()
    assert (summary.records, vendor.asked) == ({"invoices": 1}, 1)
    assert project.rows("SELECT number FROM invoices ORDER BY id") == [("1",), ("None",)]
    assert vendor.remap().written == 0


def test_what_is_gone_stays_gone(toy, vendor, project):
    """A shape the plugin did not have before is not filled with what stood in what is gone."""
    vendor.rows = [{"id": "i1", "emails": [{"id": "e1"}]}, {"id": "i2", "emails": [{"id": "e2"}]}]
    vendor.sync()
    vendor.rows = vendor.rows[1:]
    vendor.sync()
    shapes = (toy.shape("invoice"), toy.shape("in.email"))
    vendor.connection = toy.connect(source=toy.declaring(Resource(name="invoices", shapes=shapes)))
    vendor.remap()
    assert project.rows("SELECT id FROM emails") == [("e2",)]


def test_the_same_mapping_changes_nothing(vendor, project):
    """Mapping again with the same plugin writes nothing."""
    vendor.sync()
    before = project.digest
    assert vendor.remap().written == 0
    assert project.digest == before


def test_superseded_items_stay_superseded(vendor, project):
    """Of two kept pages each item is taken from the one the store goes by."""
    vendor.rows = [GOOD, {"id": "i3", "number": "3"}]
    vendor.sync()
    vendor.rows = [{"id": "i1", "number": "new"}, {"id": "i3", "number": "3"}]
    vendor.sync()
    assert project.rows("SELECT count(*) FROM pages") == [(2,)]
    vendor.mend()
    vendor.remap()
    assert project.rows("SELECT number FROM invoices ORDER BY id") == [("new",), ("3",)]


def test_a_shape_that_is_new(toy, project):
    """Objects inside a kept item that no earlier plugin looked at become records."""
    inner = {"id": "i1", "emails": [{"id": "e1", "subject": "s"}]}
    project.answer(invoices=[{"invoices": [inner]}])
    bare = toy.connect(
        source=toy.declaring(Resource(name="invoices", shapes=(toy.shape("invoice"),))),
        answers=str(project.folder / "answers.json"),
    )
    project.run(toy.plugin, bare)
    assert project.rows("SELECT * FROM emails") == []
    wider = evolve(
        bare,
        source=toy.declaring(
            Resource(name="invoices", shapes=(toy.shape("invoice"), toy.shape("in.email")))
        ),
    )
    store = project.store()
    summary = remap(store, {"echo": BoundSource(wider, toy.plugin)}, NOW)
    store.close()
    assert summary.records == {Email.table: 1}
    assert project.rows("SELECT id, how FROM links") == [("e1", "contained")]


def test_a_shape_that_is_new_at_two_connections(toy, project):
    """What one connection shows is no reason to leave the same ids of another one out."""
    project.answer(invoices=[{"invoices": [{"id": "i1", "emails": [{"id": "e1"}]}]}])
    answers = str(project.folder / "answers.json")
    bare = toy.declaring(Resource(name="invoices", shapes=(toy.shape("invoice"),)))
    shapes = (toy.shape("invoice"), toy.shape("in.email"))
    wider = toy.declaring(Resource(name="invoices", shapes=shapes))
    connections = [toy.connect(name, source=bare, answers=answers) for name in ("one", "two")]
    for connection in connections:
        project.run(toy.plugin, connection)
    store = project.store()
    sources = {one.name: BoundSource(evolve(one, source=wider), toy.plugin) for one in connections}
    remap(store, sources, NOW)
    store.close()
    found = project.rows("SELECT connection, id FROM emails ORDER BY 1")
    assert found == [("one", "e1"), ("two", "e1")]


def test_an_interrupted_sync_is_still_resumed(project):
    """A remap in between does not hide that a sync was cut off."""
    project.answer(invoices=[{"invoices": [GOOD]}])
    project.sync()
    store = project.store()
    store.begin_run(moment(datetime.now(UTC)))
    store.close()
    api.remap(config=project.folder / "duetrail.toml")
    assert project.sync().resumed_from == 2


def test_a_resource_that_is_gone(vendor, toy):
    """Pages of a resource the plugin has no more are left alone, and that is said."""
    vendor.sync()
    vendor.connection = toy.connect(source=toy.declaring())
    (entry,) = vendor.remap().resources
    assert entry.notices == ["Echo has no 'invoices' any more"]


def test_an_error_of_the_plugin_costs_its_page_alone(vendor, toy):
    """A mapping that breaks its contract is told, with the page."""
    vendor.sync()
    vendor.plugin = toy.hooked(map_item=lambda item, connection: [])
    summary = vendor.remap()
    assert summary.exit_code == 1
    assert "made nothing of an item" in summary.resources[0].problems[0].message


def test_a_mapping_that_refuses_now(vendor, toy, project):
    """What maps no more is set aside; the record stays as it was."""

    def map_item(item, connection):
        raise BadItem("no more")
        yield

    vendor.rows = [GOOD]
    vendor.sync()
    vendor.plugin = toy.hooked(map_item=map_item)
    assert vendor.remap().open_rejects == 1
    assert project.rows("SELECT number FROM invoices") == [("1",)]
