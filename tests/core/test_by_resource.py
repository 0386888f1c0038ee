"""`by_resource`: one function for each resource, checked when the plugin is loaded."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from attrs import frozen

from duetrail import by_resource, hookimpl
from duetrail.errors import PluginError
from duetrail.http import NoAuth
from duetrail.model import Call, Callout, Email, Invoice
from duetrail.plugins import bind
from duetrail.source import Connection, Resource, Shape, Shard, Source


@frozen
class Thing:
    id: str


@frozen
class Options:
    pass


@hookimpl
def source() -> Source:
    shape = Shape(name="thing", record=Invoice, wire=Thing, path="$[*]")
    resources = tuple(Resource(name=one, shapes=(shape,)) for one in ("bills", "old-bills"))
    return Source(
        name="acme",
        title="Acme",
        options=Options,
        resources=resources,
        unsupported=(Call, Callout, Email),
        auth=lambda options: NoAuth(),
    )


@hookimpl
def map_item(item: Any) -> list[Any]:
    return []


def bound(fetch):
    """A plugin with this hook."""
    return bind("acme", SimpleNamespace(source=source, fetch=fetch, map_item=map_item))


def fetched(plugin, shard):
    connection = Connection(name="mine", source=source(), base_url="", options=Options())
    return list(plugin.fetch(Shard(shard), "session", connection))


def test_each_resource_has_its_function():
    """Each takes what it needs, and gives what it gives."""
    plugin = bound(
        by_resource(
            {"old-bills": partial(lambda age, session: [age, session], "old")},
            bills=lambda connection, shard: [connection.name, shard.resource],
        )
    )
    assert fetched(plugin, "bills") == ["mine", "bills"]
    assert fetched(plugin, "old-bills") == ["old", "session"]


def test_the_hook_is_the_plugins_own():
    """Whoever asks whose code it is finds the author's module."""
    plugin = bound(by_resource({"old-bills": partial(fetched, "")}, bills=lambda shard: []))
    assert plugin.implementations["fetch"].__module__ == __name__


@pytest.mark.parametrize(
    ("names", "named"), [(("bills",), "old-bills"), (("bills", "old-bills", "calls"), "calls")]
)
def test_a_resource_too_few_or_too_many_is_refused(names, named):
    """When the plugin is loaded, and not amid a sync."""
    with pytest.raises(PluginError, match=f"other resources than it declares: {named}"):
        bound(by_resource({name: lambda shard: [] for name in names}))


def test_a_function_that_wants_something_else_is_refused():
    """There are three arguments, by their names."""
    with pytest.raises(PluginError, match="what fetches 'bills' wants page"):
        by_resource(bills=lambda session, page: [])
