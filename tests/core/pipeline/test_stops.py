"""What is in vain is asked no more, as soon as a worker knows."""

import pytest

from duetrail.errors import FetchError, Forbidden, Unauthorized, Unavailable
from duetrail.pipeline.plan import feeders
from duetrail.pipeline.stops import GIVE_UP_AFTER, Stops
from duetrail.streams import BoundSource


@pytest.fixture
def streams(toy):
    """The resources of two connections, by `connection.resource`."""
    pairs = {name: BoundSource(toy.connect(name), toy.plugin) for name in ("a", "b")}
    found = feeders(pairs, list(pairs), ["invoices", "customers"])
    return {stream.name: stream for stream in found}


@pytest.mark.parametrize(
    ("error", "stopped"),
    [
        (Unauthorized, {"a.invoices", "a.customers"}),
        (Forbidden, {"a.invoices"}),
        (FetchError, set()),
        (Unavailable, set()),
    ],
)
def test_a_refusal_stops_connection_or_resource(streams, error, stopped):
    """Refused credentials stop their connection, a refused permission its resource."""
    stops = Stops()
    assert not stops.observe(streams["a.invoices"], error("no"))
    assert {name for name, stream in streams.items() if stream in stops} == stopped


@pytest.mark.parametrize("between", [None, FetchError("400")])
def test_a_silent_resource_is_given_up_once(streams, between):
    """A resource is given up, once, after ten tasks in a row without an answer."""
    stops, stream, other = Stops(), streams["a.invoices"], streams["b.invoices"]
    told = []
    for error in [*[Unavailable("no")] * 9, between, *[Unavailable("no")] * (GIVE_UP_AFTER + 3)]:
        told.append(stops.observe(stream, error))
        stops.observe(other, None)
    assert [place for place, gives_up in enumerate(told) if gives_up] == [9 + GIVE_UP_AFTER]
    assert stream in stops
    assert streams["a.customers"] not in stops
    assert other not in stops
