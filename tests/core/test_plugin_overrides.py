"""A plugin that is at hand need not be installed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from attrs import frozen

from duetrail import hookimpl
from duetrail.config import Config
from duetrail.errors import PluginError
from duetrail.model import Call, Callout, Email, Invoice
from duetrail.plugins import bind
from duetrail.source import Source


@hookimpl
def fetch(shard):
    """No page."""
    return iter(())


@hookimpl
def map_item(item):
    """No record."""
    return ()


@hookimpl
def map_thing(item):
    """A hook that does not exist."""


@hookimpl
def source():
    """A vendor that has nothing."""
    return Source(
        name="at-hand",
        title="At Hand",
        options=Options,
        base_url="http://127.0.0.1",
        resources=(),
        unsupported=(Invoice, Call, Callout, Email),
        auth=lambda options: None,
    )


@frozen
class Options:
    """No settings."""


def test_it_is_asked_for_its_connection():
    """A configuration with a plugin at hand looks for no installed one."""
    hooks = SimpleNamespace(source=source, fetch=fetch, map_item=map_item)
    plugin = bind("at-hand", hooks, "1.2")
    tables = {"mine": {"plugin": "at-hand"}}
    config = Config(Path("duetrail.toml"), "", tables, plugin_overrides={"at-hand": plugin})
    assert config.connection("mine")[1] is plugin
    assert (plugin.version, plugin.hooks) == ("1.2", ("fetch", "map_item", "source"))


def test_a_misspelt_hook_of_it_is_refused():
    """It is held to the contract like an installed one."""
    with pytest.raises(PluginError, match="implements a hook 'map_thing' that does not exist"):
        bind("acme", SimpleNamespace(map_thing=map_thing))
