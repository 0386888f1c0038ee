"""The user's rules for touches, from the configuration to the summary, the timeline and the status.

A plugin that answers from memory stands for two vendors: one of invoices, one of emails.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from duetrail import api
from duetrail.cli import main
from duetrail.errors import ConfigError
from duetrail.stores import LinkQuery, open_store

PLUGIN = """
import json
from attrs import frozen
from duetrail import hookimpl
from duetrail.http import NoAuth
from duetrail.model import Call, Callout, Email, Invoice
from duetrail.source import Page, Period, Resource, Shape, Source

@frozen
class Options:
    pass

@frozen
class Bill:
    id: str
    number: str | None = None

@frozen
class Mail:
    id: str
    subject: str | None = None

ANSWERS = {
    "bills": [{"id": "b1", "number": "INV-1"}, {"id": "b2", "number": "INV-2"}],
    "mails": [{"id": "m1", "subject": "INV-1 is due"}, {"id": "m2", "subject": "INV-1 and INV-2"}],
}

@hookimpl
def source():
    shapes = {
        "bills": Shape(name="bill", record=Invoice, wire=Bill, path="$[*]"),
        "mails": Shape(name="mail", record=Email, wire=Mail, path="$[*]"),
    }
    period = Period(name="billing period", touch=Call, at="started_at")
    return Source(
        name="memory", title="Memory", options=Options, base_url="http://127.0.0.1",
        resources=tuple(Resource(name=name, shapes=(one,)) for name, one in shapes.items()),
        unsupported=(Call, Callout), auth=lambda options: NoAuth(), periods=(period,),
    )

@hookimpl
def fetch(shard):
    data = ANSWERS[shard.resource]
    body = json.dumps(data).encode()
    yield Page(url="memory:/" + shard.resource, status=200, headers={}, body=body, data=data)

@hookimpl
def map_item(item, connection):
    match item.wire:
        case Bill(id, number):
            yield Invoice(connection=connection.name, id=id, number=number)
        case Mail(id, subject):
            yield Email(connection=connection.name, id=id, subject=subject)
"""

CONNECTIONS = '[connections.books]\nplugin = "memory"\n[connections.mail]\nplugin = "memory"\n'
RULE = """
[[trail.touch]]
name = "number in the subject"
by = "number"
touches = "mail:emails"
invoices = "books:number"
"""


@pytest.fixture
def config(site: Any, write_config: Callable[[str], Path]) -> Path:
    """A configuration with one rule."""
    site.install("memory", PLUGIN)
    return write_config(CONNECTIONS + RULE)


@pytest.fixture
def run(config: Path) -> Callable[..., Result]:
    """The command itself."""
    return lambda *args: CliRunner().invoke(main, ["--config", str(config), *args])


def test_a_sync_links_and_counts(config: Path) -> None:
    """The summary says what each rule came to; a second run writes nothing."""
    summary = api.sync(config=config)
    told = {"name": "number in the subject", "linked": 1, "ambiguous": 1}
    assert summary.as_dict()["touch_rules"] == [told]
    assert summary.derived_links == 1
    again = api.sync(config=config)
    assert (again.written, again.as_dict()["touch_rules"]) == (0, [told])


def test_people_are_told(run: Callable[..., Result]) -> None:
    """After the sync, in the status, on the timeline and by explain."""
    assert (
        "Rule “number in the subject”: 1 touches linked; 1 may belong to several invoices, "
        "and are linked to none." in run("sync").output
    )
    status = run("status").output
    assert "rule “number in the subject”: 1 touches linked, 1 ambiguous" in status
    assert json.loads(run("status", "--json").output)["last_run"]["summary"]["touch_rules"]
    told = run("timeline", "books:b1").output
    assert "“INV-1 is due” (linked by the rule “number in the subject”)" in told
    explained = run("explain", "mail:emails:m1", "subject").output
    assert "linked books:b1, derived, by the rule “number in the subject”" in explained


def test_links_go_with_the_rule(config: Path, write_config: Callable[[str], Path]) -> None:
    """A rule that is taken back takes its links along with the next sync."""
    api.sync(config=config)
    write_config(CONNECTIONS)
    assert api.sync(config=config).derived_links == 1
    with closing(open_store(f"sqlite:///{config.parent}/duetrail.db")) as store:
        assert list(store.links(LinkQuery())) == []


def test_a_sync_of_one_connection_keeps_the_links(config: Path) -> None:
    """Whichever connections are read, the rules hold for all that is stored."""
    api.sync(config=config)
    assert api.sync("books", config=config).derived_links == 0
    assert api.sync("mail", config=config).derived_links == 0


def test_a_rule_has_no_vendors_name(config: Path, write_config: Callable[[str], Path]) -> None:
    """Two rules of one name could not be told apart: it is refused before anything is asked."""
    write_config(CONNECTIONS + RULE.replace("number in the subject", "billing period"))
    with pytest.raises(ConfigError, match="cannot be called 'billing period': Memory has"):
        api.sync(config=config)
