"""What is in vain is asked no more, as soon as a worker knows."""

import pytest

from duetrail.errors import FetchError, Forbidden, Unauthorized, Unavailable
from duetrail.pipeline.plan import feeders
from duetrail.pipeline.stops import GIVE_UP_AFTER, Stops


@pytest.fixture
def nodes(toy):
    """The resources of two connections, by `connection.resource`."""
    pairs = {name: (toy.connect(name), toy.plugin) for name in ("a", "b")}
    return {node.name: node for node in feeders(pairs, list(pairs), ["invoices", "customers"])}


@pytest.mark.parametrize(
    ("error", "stopped"),
    [
        (Unauthorized, {"a.invoices", "a.customers"}),
        (Forbidden, {"a.invoices"}),
        (FetchError, set()),
        (Unavailable, set()),
    ],
)
def test_refusals(nodes, error, stopped):
    """Refused credentials stop their connection, a refused permission its resource."""
    stops = Stops()
    assert not stops.observe(nodes["a.invoices"], error("no"))
    assert {name for name, node in nodes.items() if node in stops} == stopped


@pytest.mark.parametrize("between", [None, FetchError("400")])
def test_silence(nodes, between):
    """A resource is given up, once, after ten tasks in a row without an answer."""
    stops, node, other = Stops(), nodes["a.invoices"], nodes["b.invoices"]
    told = []
    for error in [*[Unavailable("no")] * 9, between, *[Unavailable("no")] * (GIVE_UP_AFTER + 3)]:
        told.append(stops.observe(node, error))
        stops.observe(other, None)
    assert [place for place, gives_up in enumerate(told) if gives_up] == [9 + GIVE_UP_AFTER]
    assert node in stops
    assert nodes["a.customers"] not in stops
    assert other not in stops
