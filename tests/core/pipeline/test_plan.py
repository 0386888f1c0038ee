"""What runs, and after what: who feeds whom."""

from graphlib import TopologicalSorter
from itertools import permutations

import pytest

from duetrail.errors import ConfigError, UsageError
from duetrail.model import Call, Callout, Email, Invoice
from duetrail.pipeline.plan import feeders
from duetrail.source import Keys, KeySource, Resource
from duetrail.streams import BoundSource


def plan(toy, *connections, select=()):
    """What may run at once, as lists of names; what was not asked for with what it feeds."""
    pairs = {connection.name: BoundSource(connection, toy.plugin) for connection in connections}
    return stages(feeders(pairs, list(pairs), select))


def stages(graph):
    sorter, found = TopologicalSorter(graph), []
    sorter.prepare()
    while sorter.is_active():
        found.append(sorter.get_ready())
        sorter.done(*found[-1])
    order = list(graph)
    return [
        [n.name + (f" for {n.feeds}" if n.feeds else "") for n in sorted(stage, key=order.index)]
        for stage in found
    ]


@pytest.fixture
def keyed(toy):
    """Makes a resource that yields one kind of record and is asked per another."""

    def make(name, shape, record, option=None):
        changes = {"name": name, "path": f"$.{name}[*]", "derives": ()}
        keys = Keys(record=record, option=option) if record else None
        return Resource(name=name, shapes=(toy.shape(shape, **changes),), keys=keys)

    return make


def test_a_keyed_resource_runs_after_its_feeder(toy):
    """A keyed resource runs after what feeds it; all others at once."""
    echo = toy.connect(invoices=KeySource(connection="echo"))
    assert plan(toy, echo) == [
        ["echo.invoices", "echo.customers"],
        ["echo.calls"],
        ["echo.replies"],
    ]


def test_listed_keys(toy):
    """A resource whose keys are listed waits for nothing."""
    echo = toy.connect(invoices=KeySource(values=("1",)))
    assert plan(toy, echo) == [["echo.invoices", "echo.customers", "echo.calls"], ["echo.replies"]]


def test_across_connections(toy):
    """Keys may come from another connection; then its resources go first."""
    late = toy.connect("a", invoices=KeySource(connection="b"))
    early = toy.connect("b")
    assert plan(toy, late, early)[1:] == [["a.calls", "b.replies"], ["a.replies"]]


def test_not_asked_for(toy):
    """A connection that gives keys and is not asked for is not run."""
    pairs = {"a": BoundSource(toy.connect("a", invoices=KeySource(connection="b")), toy.plugin)}
    first, _ = stages(feeders(pairs, ["a", "b"]))
    assert first == ["a.invoices", "a.customers", "a.calls"]


def test_any_order_of_declaration(toy, keyed):
    """Three stages come in order whatever order they are declared in."""
    resources = [
        keyed("bills", "invoice", None),
        keyed("dials", "in.call", Invoice),
        keyed("mails", "in.email", Call),
    ]
    for order in permutations(resources):
        echo = toy.connect(source=toy.declaring(*order))
        assert plan(toy, echo) == [["echo.bills"], ["echo.dials"], ["echo.mails"]]


def test_a_circle_of_feeders_is_refused(toy, keyed):
    """Resources that feed each other in a circle are refused."""
    source = toy.declaring(keyed("dials", "in.call", Email), keyed("mails", "in.email", Call))
    with pytest.raises(UsageError, match="circle"):
        plan(toy, toy.connect(source=source))


def test_circle_of_connections(toy, keyed):
    """So are connections that do."""
    dials = keyed("dials", "in.call", Email, "invoices")
    mails = keyed("mails", "in.email", Call, "invoices")
    one = toy.connect("a", source=toy.declaring(dials), invoices=KeySource(connection="b"))
    two = toy.connect("b", source=toy.declaring(mails), invoices=KeySource(connection="a"))
    with pytest.raises(UsageError, match="circle"):
        plan(toy, one, two)


def test_a_list_and_its_details_are_no_circle(toy, keyed):
    """A list and, asked per row of it, the same records in detail are no circle."""
    source = toy.declaring(keyed("calls", "in.call", None), keyed("details", "call", Call))
    assert plan(toy, toy.connect(source=source)) == [["echo.calls"], ["echo.details"]]


# --- selection -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("select", "names"),
    [
        (["customers"], [["echo.customers"]]),
        (["parties"], [["echo.invoices", "echo.customers"]]),
        (["customers", "parties", "customers"], [["echo.invoices", "echo.customers"]]),
        (["callouts"], [["echo.invoices", "echo.calls"]]),
    ],
)
def test_resources_are_selected_by_name_or_yield(toy, select, names):
    """Resources are selected by name, or by what they yield, derived records included."""
    assert plan(toy, toy.connection, select=select) == names


def test_select_pulls_feeders_in(toy):
    """What feeds a selected resource from its own connection runs too, and says what for."""
    assert plan(toy, toy.connection, select=["replies"]) == [
        ["echo.invoices for replies", "echo.calls for replies"],
        ["echo.replies"],
    ]


def test_select_pulls_feeders_of_feeders_in(toy, keyed):
    """So does what feeds those."""
    source = toy.declaring(
        keyed("bills", "invoice", None),
        keyed("dials", "in.call", Invoice),
        keyed("mails", "in.email", Call),
    )
    assert plan(toy, toy.connect(source=source), select=["mails"]) == [
        ["echo.bills for dials"],
        ["echo.dials for mails"],
        ["echo.mails"],
    ]


def test_select_leaves_other_connections(toy, keyed):
    """What feeds it from another connection runs only if it is selected itself."""
    source = toy.declaring(keyed("dials", "in.call", Invoice, "invoices"))
    one = toy.connect("a", source=source, invoices=KeySource(connection="b"))
    two = toy.connect("b")
    assert plan(toy, one, two, select=["dials"]) == [["a.dials"]]
    assert plan(toy, one, two, select=["dials", "invoices"]) == [["b.invoices"], ["a.dials"]]


def test_select_nothing(toy):
    """A name that fits nothing is refused with those that would."""
    with pytest.raises(UsageError, match="'bills'") as caught:
        plan(toy, toy.connection, select=["customers", "bills"])
    assert caught.value.hint == (
        "There are callouts, calls, customers, emails, invoices, parties, replies."
    )


# --- where keys come from ------------------------------------------------------------------------


def test_unknown_connection(toy):
    """Keys from a connection that is not configured are refused, with the nearest name."""
    one = toy.connect("stuut-eu")
    two = toy.connect("calls", invoices=KeySource(connection="stut-eu"))
    with pytest.raises(ConfigError, match="'stut-eu' that is not configured") as caught:
        plan(toy, one, two)
    assert caught.value.hint == "Did you mean 'stuut-eu'?"


@pytest.mark.parametrize("column", ["id", "number", "remote_id", "customer_id"])
def test_any_text_column_may_hold_the_key(toy, column):
    """Any text column of the feeding records may hold the key."""
    assert plan(toy, toy.connect(invoices=KeySource(connection="echo", column=column)))


@pytest.mark.parametrize(
    ("column", "hint"),
    [
        ("remote-id", "Did you mean 'remote_id'?"),
        ("overdue", ""),
        ("connection", ""),
        ("1; --", ""),
    ],
)
def test_no_column(toy, column, hint):
    """Another column is refused, with the nearest one."""
    echo = toy.connect(invoices=KeySource(connection="echo", column=column))
    with pytest.raises(ConfigError, match=f"no column '{column}'") as caught:
        plan(toy, echo)
    assert hint in caught.value.hint


def test_no_answer(toy):
    """An option that does not say where the keys come from is refused, with what to set."""
    with pytest.raises(ConfigError, match="where the keys of calls come from") as caught:
        plan(toy, toy.connect(invoices=None))
    assert caught.value.hint.startswith("Set invoices:")


@pytest.mark.parametrize("record", [Invoice, Callout])
def test_echo_has_every_kind_of_resource(toy, record):
    """Echo has every kind of resource, so that these tests can be about Echo."""
    assert any(r.keys is not None and r.keys.record is record for r in toy.source.resources)
