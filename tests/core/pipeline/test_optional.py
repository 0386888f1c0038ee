"""Optional resources are read where somebody names them; settled keys are not asked again."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from duetrail.errors import UsageError
from duetrail.model import Invoice, InvoiceStatus
from duetrail.pipeline.plan import feeders
from duetrail.pipeline.scope import Scope
from duetrail.source import Keys, Resource
from duetrail.stores.sqlite import SqliteStore
from duetrail.streams import BoundSource

DAY = datetime(2026, 6, 30, tzinfo=UTC)


@pytest.fixture
def source(toy):
    """Invoices; and on request their customers, and their calls by key."""
    return toy.declaring(
        Resource(name="bills", shapes=(toy.shape("invoice"),)),
        Resource(name="people", shapes=(toy.shape("customer"),), optional=True),
        Resource(
            name="talks", shapes=(toy.shape("call"),), keys=Keys(record=Invoice), optional=True
        ),
    )


def names(toy, connection, *select):
    pairs = {connection.name: BoundSource(connection, toy.plugin)}
    return [stream.resource.name for stream in feeders(pairs, list(pairs), select)]


def test_not_unless_somebody_asks(toy, source):
    """Without a word only what is not optional is read."""
    assert names(toy, toy.connect(source=source)) == ["bills"]


def test_a_connection_may_include_some(toy, source):
    """A connection may include some of them for good."""
    assert names(toy, toy.connect(source=source, include=("talks",))) == ["bills", "talks"]


def test_whoever_selects_one_wants_it_once(toy, source):
    """Whoever selects one by its name wants it this once, with what feeds it."""
    assert names(toy, toy.connect(source=source), "people") == ["people"]
    assert set(names(toy, toy.connect(source=source), "talks")) == {"bills", "talks"}


def test_a_table_comes_before_an_optional_resource(toy, source):
    """A name that is a table means the table, unless the connection includes the resource."""
    calls = Resource(name="calls", shapes=(toy.shape("call"),), optional=True)
    inside = Resource(name="bills", shapes=(toy.shape("invoice"), toy.shape("in.call")))
    one = toy.connect(source=toy.declaring(inside, calls))
    assert names(toy, one, "calls") == ["bills"]
    assert names(toy, evolve(one, include=("calls",)), "calls") == ["calls"]


def test_by_its_full_name(toy, source):
    """A resource is meant for certain by the name that summaries show."""
    connection = toy.connect(source=source)
    assert names(toy, connection, "echo.people") == ["people"]
    with pytest.raises(UsageError, match="nothing to select"):
        names(toy, connection, "other.people")


def test_a_table_is_no_name(toy, source):
    """To select a table of records reads no optional resource."""
    connection = toy.connect(source=source)
    assert names(toy, connection, "invoices") == ["bills"]
    with pytest.raises(UsageError, match="nothing to select is called 'parties'"):
        names(toy, connection, "parties")


def test_what_is_optional_does_not_feed(toy, source):
    """An optional resource that nobody asked for is not read to feed another."""
    more = Resource(name="more", shapes=(toy.shape("invoice", name="m"),), optional=True)
    wider = evolve(source, resources=(*source.resources, more))
    assert names(toy, toy.connect(source=wider), "talks") == ["bills", "talks"]


def test_coverage_is_what_can_be_counted_on(toy, source):
    """What only an optional resource has is told as native all the same: it can be had."""
    assert source.coverage()["invoices"] == "native"
    assert source.coverage()["calls"] == "native"


# --- settled keys --------------------------------------------------------------------------------


@pytest.fixture
def settling(toy, project):
    """Runs a connection whose paid invoices are settled a day after they were last asked."""
    asked = []

    def settled(invoice, asked_at, options):
        if run.fails:
            raise ZeroDivisionError
        return invoice.status is InvoiceStatus.PAID and asked_at >= DAY + timedelta(days=1)

    talks = Resource(
        name="talks",
        shapes=(toy.shape("call"),),
        keys=Keys(record=Invoice, is_final=settled),
    )
    bills = Resource(name="bills", shapes=(toy.shape("invoice"),))
    connection = toy.connect(source=toy.declaring(bills, talks))
    states = {"i1": "paid", "i2": "open"}

    def fetch(shard, session, connection):
        if shard.key is None:
            rows = [{"id": id, "state": state} for id, state in states.items()]
            yield toy.page({"invoices": rows})
        else:
            asked.append(shard.key.value)
            yield toy.page({"calls": []})

    def run(days, **scope):
        asked.clear()
        when = DAY + timedelta(days=days)
        how = {"scope": Scope(now=when, **scope), "workers": 1}
        summary = project.run(toy.hooked(fetch=fetch), connection, **how)
        return sorted(asked), summary.resources[1]

    run.states = states
    run.fails = False
    return run


def test_settled_keys_are_left_out(settling):
    """An answer that can change no more is not asked for again, and that is counted."""
    assert settling(0)[0] == ["i1", "i2"]
    assert settling(1)[0] == ["i1", "i2"]
    asked, entry = settling(2)
    assert (asked, entry.settled_keys, entry.empty_keys) == (["i2"], 1, 1)
    assert entry.state == "complete"


def test_a_record_that_changes_is_asked_again(settling):
    """Whether a key is settled is decided by the record as it is stored now."""
    for days in (0, 1):
        settling(days)
    settling.states["i1"] = "open"
    assert settling(2)[0] == ["i1", "i2"]


def test_what_was_answered_in_the_future_settles_nothing(settling):
    """A key that was last asked under a clock that was ahead is asked again, once."""
    settling(4_000)
    assert settling(2)[0] == ["i1", "i2"]
    assert settling(3)[0] == ["i2"]


def test_settled_keys_cost_one_query(settling, monkeypatch):
    """What a portion of keys is judged by is read at once, however many keys there are."""
    settling.states.update({f"p{number}": "paid" for number in range(40)})
    for days in (0, 1):
        settling(days)
    reads = []
    real = SqliteStore.records
    monkeypatch.setattr(
        SqliteStore,
        "records",
        lambda store, query: reads.append(len(query.ids)) or real(store, query),
    )
    settling(2)
    assert reads[-1] == 42
    assert reads.count(1) == 0


def test_full_asks_every_key(settling):
    """A full run asks all of them."""
    for days in (0, 1):
        settling(days)
    assert settling(2, full=True)[0] == ["i1", "i2"]


def test_settled_keys_lose_nothing(settling, project):
    """That a key was not asked says nothing of what it once showed."""
    for days in (0, 1, 2):
        settling(days)
    assert project.rows("SELECT * FROM absent") == []


def test_a_settled_that_fails(settling, project, monkeypatch):
    """An `is_final` that raises costs its own resource, and says where it failed."""
    settling(0)
    settling.states["i3"] = "broken"
    monkeypatch.setattr(settling, "fails", True)
    asked, entry = settling(1)
    assert (asked, entry.state) == ([], "failed")
    (problem,) = entry.problems
    assert "`is_final` of plugin 'echo' failed for echo.talks: ZeroDivisionError" in problem.message
    assert project.rows("SELECT count(*) FROM invoices") == [(3,)]


def test_what_is_back_is_asked_again(settling, project):
    """A record that was gone and is listed again has nothing settled, whatever it had before."""
    for days in (0, 1):
        settling(days)
    paid = settling.states.pop("i1")
    settling(2)
    assert project.rows("SELECT record, id FROM absent") == [("invoices", "i1")]
    settling.states["i1"] = paid
    assert settling(3)[0] == ["i1", "i2"]
