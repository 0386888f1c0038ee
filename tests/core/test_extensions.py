"""Plugins that speak for no vendor: turned on in the configuration, harmless where they fail."""

from __future__ import annotations

import logging

import pytest

from duetrail import api
from duetrail.config import read_config
from duetrail.errors import ConfigError, PluginError
from duetrail.stores import open_store

VENDOR = """
from attrs import frozen
from duetrail import hookimpl
from duetrail.http import NoAuth
from duetrail.model import Call, Callout, Email, Invoice
from duetrail.source import Page, Resource, Shape, Source

@frozen
class Options: ...

@frozen
class Bill:
    id: str
    number: str | None = None

@hookimpl
def source():
    bill = Shape(name="bill", record=Invoice, wire=Bill, path="$[*]")
    return Source(
        name="acme", title="Acme", options=Options, base_url="http://127.0.0.1",
        resources=(Resource(name="invoices", shapes=(bill,)),),
        unsupported=(Call, Callout, Email), auth=lambda options: NoAuth(),
    )

@hookimpl
def fetch():
    data = [{"id": "1", "number": "A"}, {"id": "2", "number": "B"}]
    yield Page(url="acme:/", status=200, headers={}, body=b"[]", data=data)

@hookimpl
def map_item(item, connection):
    yield Invoice(connection=connection.name, id=item.id, number=item.wire.number)
"""

EXTENSION = """
from attrs import evolve, frozen
from duetrail import hookimpl
from duetrail.errors import BadItem
from duetrail.model import Email
from duetrail.secrets import Secret
from duetrail.source import option

@frozen
class Settings:
    mark: str = option("What is put before a number.", default="x")
    key: Secret | None = option("A key.", default=None)

@hookimpl
def settings():
    return Settings
"""

OBSERVER = """
from duetrail import hookimpl

heard = []

@hookimpl
def observe(event, facts):
    heard.append(event)
    {body}
"""


@pytest.fixture
def extend(site, write_config):
    """Installs a vendor and an extension, and writes a configuration with both; its path."""

    def one(code: str, *lines: str, name: str = "extra"):
        site.install("acme", VENDOR)
        site.install(name, code)
        return write_config("\n".join(["[connections.acme]", f"[plugins.{name}]", *lines]))

    return one


def transforming(body: str) -> str:
    hook = "\n@hookimpl\ndef transform(record, connection, settings):\n    "
    return f"{EXTENSION}{hook}{body}\n"


def numbers(config):
    store = open_store("sqlite:///duetrail.db", folder=config.parent)
    try:
        return [row["number"] for row in store.select("SELECT number FROM invoices ORDER BY id")]
    finally:
        store.close()


# --- transforms ----------------------------------------------------------------------------------


def test_a_transform_with_its_settings(extend):
    """Every record passes through it, with what the table says."""
    code = transforming("return evolve(record, number=settings.mark + record.number)")
    config = extend(code, 'mark = "INV-"')
    assert api.sync(config=config).exit_code == 0
    assert numbers(config) == ["INV-A", "INV-B"]


def test_transforms_in_the_order_of_the_file(extend, site):
    """Each gets what the one before it gave."""
    code = transforming("return evolve(record, number=settings.mark + record.number)")
    config = extend(code, 'mark = "1"', "[plugins.more]", 'mark = "2"')
    site.install("more", code)
    api.sync(config=config)
    assert numbers(config) == ["21A", "21B"]


def test_reading_without_a_store(extend):
    """`duetrail.read` gives transformed records, too."""
    config = extend(transforming("return evolve(record, number='masked')"))
    assert [one.number for one in api.read("acme", "invoices", config=config)] == ["masked"] * 2


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("return record if record.id == '1' else 1 / 0", "the transform of extra failed: Zero"),
        ("if record.id == '1': return record\n    raise BadItem('unwanted')", "unwanted"),
    ],
)
def test_a_transform_that_fails(extend, body, reason):
    """It costs the item, which is set aside, and nothing else."""
    config = extend(transforming(body))
    assert api.sync(config=config).exit_code == 3
    store = open_store("sqlite:///duetrail.db", folder=config.parent)
    assert [one.reason.startswith(reason) for one in store.rejects()] == [True]
    store.close()
    assert numbers(config) == ["A"]


@pytest.mark.parametrize("body", ["return None", "return evolve(record, id='9')"])
def test_another_record(extend, body):
    """A transform that gives back another record stops the resource, by name."""
    summary = api.sync(config=extend(transforming(body)))
    (problem,) = summary.resources[0].problems
    assert summary.exit_code == 1
    assert problem.message == "plugin 'extra' transforms one of the invoices into another record"


# --- observers -----------------------------------------------------------------------------------


def test_an_observer_hears_everything(extend):
    """Each commit, and the end."""
    config = extend(OBSERVER.format(body="pass"))
    api.sync(config=config)
    from duetrail_extra import heard

    assert heard == ["progress"] * (len(heard) - 1) + ["ended"]
    assert len(heard) > 1


def test_an_observer_that_fails(extend, caplog):
    """It is told once, where, and hears no more; the sync is as if there were none."""
    config = extend(OBSERVER.format(body="raise ValueError('Jane Doe')"))
    with caplog.at_level(logging.WARNING):
        assert api.sync(config=config).exit_code == 0
    from duetrail_extra import heard

    assert heard == ["progress"]
    (told,) = caplog.messages
    assert told.startswith("plugin 'extra' observes no more: ValueError at duetrail_extra.py:")


DETAILS = """
from duetrail import hookimpl

heard = []

@hookimpl
def observe_details(event, facts):
    heard.append((event, facts))
    {body}
"""


def test_an_observer_of_details(extend):
    """It hears of each resource in plain values."""
    api.sync(config=extend(DETAILS.format(body="pass")))
    from duetrail_extra import heard

    place = {"connection": "acme", "resource": "invoices"}
    assert heard == [
        ("resource", {**place, "state": "begun", "of": 1}),
        ("resource", {**place, "state": "complete", "of": 0}),
    ]


def test_an_observer_of_details_that_fails(extend, caplog):
    """It is told once, where, and hears no more; the sync is as if there were none."""
    config = extend(DETAILS.format(body="raise ValueError('Jane Doe')"))
    with caplog.at_level(logging.WARNING):
        assert api.sync(config=config).exit_code == 0
    from duetrail_extra import heard

    assert len(heard) == 1
    (told,) = caplog.messages
    assert told.startswith("plugin 'extra' observes no more: ValueError at duetrail_extra.py:")


# --- stores --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("def open_store(): return 5", "plugin 'extra' opened int, which is no store"),
        ("def open_store(): return 1 / 0", "cannot open its store: ZeroDivisionError"),
        ("def observe(): ...", "plugin 'extra' brings no store"),
    ],
)
def test_a_store_that_is_none(site, code, error):
    """One clear line, with the plugin's name."""
    site.install("extra", f"from duetrail import hookimpl\n@hookimpl\n{code}")
    with pytest.raises((ConfigError, PluginError), match=error):
        open_store("extra://somewhere")


# --- the configuration ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        (["marck = 'x'"], r"\[plugins.extra\] marck: plugin 'extra' has no such setting\n.*'mark'"),
        (["mark = 5"], r"\[plugins.extra\] mark must be text in quotes"),
        (["key = 'abc'"], r"\[plugins.extra\] key holds the secret itself"),
        (["[plugins.acme]"], r"nothing to turn on.*\n.*A vendor is a connection"),
        (["[plugins]", "extra = 1"], r"not valid TOML"),
    ],
)
def test_a_mistake_is_told_with_its_place_before_anything_is_asked(extend, lines, error):
    """A mistake in its table is told with its place, before anything is asked."""
    with pytest.raises(ConfigError, match=error):
        read_config(extend(transforming("return record"), *lines)).extensions()


def test_one_that_is_missing(extend):
    """A plugin that is not installed is named with what would install it."""
    config = extend(transforming("return record"), "[plugins.bells]")
    with pytest.raises(
        PluginError, match=r"'bells' is not installed\n.*pip install duetrail-bells"
    ):
        api.sync(config=config)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("return 5", "settings\\(\\) gave no attrs class"),
        ("return 1 / 0", "cannot declare its settings: ZeroDivisionError"),
    ],
)
def test_settings_that_are_none(extend, body, error):
    """A plugin that cannot say what its table holds is named."""
    code = transforming("return record").replace("return Settings", body)
    with pytest.raises(PluginError, match=error):
        read_config(extend(code)).extensions()


TABLES = """
from attrs import field, define, frozen
from duetrail import hookimpl
from duetrail.secrets import Secret
from duetrail.source import option

@frozen
class Place:
    url: Secret = option("Where to.")
    often: int = option("How often.", default=1)

@define
class Settings:
    place: tuple[Place, ...] = option("Where to.", default=())
    heard: int = field(init=False, default=0)

@hookimpl
def settings():
    return Settings

@hookimpl
def observe(event, settings):
    settings.heard += 1
"""


def test_a_list_of_tables(extend):
    """A setting that is a tuple of an attrs class is a list of tables, in their order."""
    lines = ["[[plugins.extra.place]]", 'url = "env:ONE"', "[[plugins.extra.place]]"]
    config = extend(TABLES, *lines, 'url = "env:TWO"', "often = 2")
    (extension,) = read_config(config).extensions()
    places = extension.settings.place
    assert [(one.url.reference, one.often) for one in places] == [("env:ONE", 1), ("env:TWO", 2)]


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        (["[[plugins.extra.place]]"], r"\[plugins.extra\] place 1: url is missing"),
        (["[[plugins.extra.place]]", "url = 'abc'"], r"place 1: url holds the secret itself"),
        (["place = ['env:ONE']"], r"place must be a list of tables"),
        (["[plugins.extra.place]", "url = 'env:ONE'"], r"place must be a list of tables"),
        (["heard = 3"], r"heard: plugin 'extra' has no such setting"),
    ],
)
def test_a_mistake_in_a_list_of_tables(extend, lines, error):
    """It is told with the number of its table; what the plugin notes itself is no setting."""
    with pytest.raises(ConfigError, match=error):
        read_config(extend(TABLES, *lines)).extensions()


# --- observers of runs ---------------------------------------------------------------------------

RUNS = """
from duetrail import hookimpl
from duetrail.errors import DuetrailError

heard = []

@hookimpl
def observe_run(event, facts):
    heard.append((event, facts))
    {body}
"""

SILENT = RUNS.format(body="pass")


def test_an_observer_of_runs(extend):
    """It hears that a run begins, after which exit code, and what `sync --json` prints."""
    config = extend(SILENT)
    first = api.sync(config=config)
    api.sync(config=config)
    from duetrail_extra import heard

    assert heard[0] == ("begun", {"command": "sync", "previous_exit_code": None})
    assert heard[1] == ("ended", first.as_dict())
    assert heard[2] == ("begun", {"command": "sync", "previous_exit_code": 0})
    assert [event for event, _ in heard] == ["begun", "ended"] * 2


def test_an_observer_of_runs_hears_a_remap(extend):
    """It is told which command it is; the observers of syncs hear nothing of it."""
    config = extend(f"{SILENT}\n@hookimpl\ndef observe(event):\n    heard.append((event, None))\n")
    api.sync(config=config)
    from duetrail_extra import heard

    heard.clear()
    summary = api.remap(config=config)
    assert heard == [
        ("begun", {"command": "remap", "previous_exit_code": 0}),
        ("ended", summary.as_dict()),
    ]


def test_a_run_that_cannot_begin(extend):
    """A mistake in another table is told, with the exit code."""
    config = extend(SILENT)
    config.write_text(f"{config.read_text()}\n[connections.other]\nplugin = 'acme'\nwrong = 1\n")
    with pytest.raises(ConfigError):
        api.sync(config=config)
    from duetrail_extra import heard

    ((event, facts),) = heard
    assert (event, facts["exit_code"], facts["error"]["type"]) == ("failed", 2, "ConfigError")
    assert "Acme has no such setting" in facts["error"]["message"]


def test_a_run_that_breaks(extend):
    """What nobody foresaw is told by its place; its text may hold anything."""

    def broken(progress):
        raise ValueError("Jane Doe")

    with pytest.raises(ValueError, match="Jane Doe"):
        api.sync(config=extend(SILENT), observer=broken)
    from duetrail_extra import heard

    assert heard[-1][0] == "failed"
    assert heard[-1][1]["error"]["message"].startswith("ValueError at test_extensions.py:")


@pytest.mark.parametrize("event", ["begun", "ended"])
def test_what_an_observer_could_not_do(extend, caplog, event):
    """It is a warning of the summary, told once, and changes no exit code."""
    body = f"if event == '{event}': raise DuetrailError('the bell is broken')"
    summary = api.sync(config=extend(RUNS.format(body=body)))
    assert summary.exit_code == 0
    assert summary.warnings == ["plugin 'extra': the bell is broken"]
    assert summary.as_dict()["warnings"] == summary.warnings
    assert caplog.messages == []


def test_a_warning_without_a_run(extend, caplog):
    """Where there is no summary, it is logged."""
    config = extend(RUNS.format(body="raise DuetrailError('the bell is broken')"))
    config.write_text(f"{config.read_text()}\n[connections.other]\nplugin = 'acme'\nwrong = 1\n")
    with pytest.raises(ConfigError):
        api.sync(config=config)
    assert caplog.messages == ["plugin 'extra': the bell is broken"]


def test_an_interrupt_while_plugins_are_told(extend):
    """The run has ended, and so its summary says."""
    body = "if event == 'ended': raise KeyboardInterrupt"
    summary = api.sync(config=extend(RUNS.format(body=body)))
    assert (summary.state, summary.exit_code) == ("ended", 0)
    assert summary.warnings == ["interrupted while plugins were told how the run ended"]
