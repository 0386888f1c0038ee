"""Data about people stays in the store: a sync in which everything fails tells nothing of it."""

from __future__ import annotations

import json
import logging
import sqlite3
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from duetrail import api
from duetrail.errors import DuetrailError
from duetrail.testing import Answer, LoopbackServer, Request

PLUGIN = """
from datetime import datetime
from decimal import Decimal
from attrs import frozen
from duetrail import hookimpl
from duetrail.errors import BadItem, Incomplete, UnknownKey
from duetrail.http import BearerAuth, segment
from duetrail.model import Call, Callout, Email, Invoice, Money
from duetrail.secrets import Secret
from duetrail.source import Keys, Notice, Resource, Shape, Skip, Source, option

@frozen
class Options:
    token: Secret = option("The key.")

@frozen
class Bill:
    id: str
    customer: str | None = None
    total: Decimal | None = None
    due: datetime | None = None
    paid: bool | None = None
    lines: tuple[str, ...] = ()
    fate: str | None = None

@frozen
class Note:
    id: str
    subject: str | None = None
    text: str | None = None

BILL = Shape(name="bill", record=Invoice, wire=Bill, path="$.bills[*]")
NOTE = Shape(name="bill.note", record=Email, wire=Note, path="$.bills[*].notes[*]")
PER_KEY = Shape(name="note", record=Email, wire=Note, path="$.notes[*]")
ODD = ("refused", "missing", "broken", "page", "moved", "slow", "torn", "bug", "short", "shape")

@hookimpl
def source():
    odd = [
        Resource(
            name=name, shapes=(Shape(name=name, record=Invoice, wire=Bill, path="$.bills[*]"),)
        )
        for name in ODD
    ]
    return Source(
        name="acme", title="Acme", options=Options, base_url="https://acme.example",
        resources=(
            Resource(name="bills", shapes=(BILL, NOTE)),
            Resource(name="notes", shapes=(PER_KEY,), keys=Keys(record=Invoice)),
            *odd,
        ),
        unsupported=(Call, Callout), auth=lambda options: BearerAuth(options.token),
    )

@hookimpl
def fetch(shard, session):
    if shard.key is not None:
        page = session.get(f"/notes/{segment(shard.key.value)}")
        if page.data.get("none"):
            raise UnknownKey("Acme does not know it")
        yield page
        return
    page = session.get(f"/{shard.resource}")
    if shard.resource == "bug":
        raise ValueError(page.data["bills"][0]["customer"])
    yield page
    if shard.resource == "short":
        raise Incomplete("Acme reports 7 bills, 1 arrived")
    yield Notice("Acme is tired")

@hookimpl
def map_item(item, connection):
    match item.wire:
        case Bill(fate="bad"):
            raise BadItem("this bill is no bill", path="$.fate")
        case Bill(fate="bug"):
            raise KeyError(item.wire.customer)
        case Bill(fate="skip"):
            yield Skip("a test bill")
        case Bill() as bill:
            yield Invoice(
                connection=connection.name, id=bill.id, customer_name=bill.customer, currency="USD",
                total=Money.major(bill.total, "USD"), due_at=bill.due, paid_at=None,
            )
        case Note() as note:
            yield Email(
                connection=connection.name, id=note.id, subject=note.subject, text=note.text,
                sent_at=datetime(2026, 1, 1) if note.subject == "naive" else None,
            )
"""

NAME = "Qzxanna Qzxmiller"
PEOPLE = {
    "customer": NAME,
    "address": "7 Qzxstreet, Qzxtown",
    "email": "qzxanna@qzx.example",
    "phone": "+1 (415) 555-0199",
    "transcript": f"Hello, this is {NAME} speaking.",
}
MARKS = ("qzx", "415) 555", "555-0199", "5550199")
SAID = f"no contact '{NAME}' <qzxanna@qzx.example>, +1 (415) 555-0199, for {NAME}. Ask {NAME}!"


def bill(id: str, **facts: Any) -> dict[str, Any]:
    return {"id": id, **PEOPLE, "total": 1, "notes": [], **facts}


BAD = NAME  # where a number, a time, a flag, a list or an object belongs
BILLS = [
    bill("good", notes=[{"id": "n", "subject": NAME, "text": NAME}]),
    bill("k404"),
    bill("k400"),
    bill("k500"),
    bill("khtml"),
    bill("knone"),
    bill("kbad"),
    bill("1", total=BAD),
    bill("2", due=BAD),
    bill("3", paid=BAD),
    bill("4", lines=BAD),
    bill("5", lines=[1, NAME]),
    bill("6", customer=[NAME]),
    bill("7", notes=[NAME, {"id": "m", "text": {"a": NAME}}, {"id": "o", "subject": "naive"}]),
    bill("8", notes=NAME),
    bill("9", fate="bad"),
    bill("10", fate="bug"),
    bill("11", fate="skip"),
    bill("12", total="1.00 " + NAME),
    {"id": {"id": NAME}, **PEOPLE},
    NAME,
]
ERROR = {"error": SAID, "message": SAID, "detail": [{"msg": SAID}], "errors": [PEOPLE]}
ANSWERS: dict[str, tuple[int, Any]] = {
    "/bills": (200, {"bills": BILLS}),
    "/notes/good": (200, {"notes": [{"id": "n2", "text": NAME}]}),
    "/notes/k404": (404, ERROR),
    "/notes/k400": (400, ERROR),
    "/notes/k500": (500, ERROR),
    "/notes/khtml": (200, f"<html>{SAID}"),
    "/notes/knone": (200, {"none": NAME}),
    "/notes/kbad": (200, {"notes": [NAME]}),
    "/refused": (403, ERROR),
    "/missing": (404, {"detail": [{"msg": SAID}]}),
    "/broken": (503, {"message": SAID}),
    "/page": (200, f'{{"bills":[{{"id":"1","customer":"{NAME}"'),
    "/moved": (302, ERROR),
    "/slow": (429, ERROR),
    "/torn": (200, b'{"bills":["' + NAME.encode() + b'\xff"]}'),
    "/bug": (200, {"bills": [bill("1")]}),
    "/short": (200, {"bills": [bill("20")]}),
    "/shape": (200, {"bills": NAME}),
}


def respond(request: Request) -> Answer:
    """Answer with data about people, whatever the status."""
    status, body = ANSWERS.get(request.target, (404, ERROR))
    text = body if isinstance(body, bytes | str) else json.dumps(body)
    headers = {"X-Request-Id": "req-7"}
    if status == 302:
        headers["Location"] = f"https://elsewhere.example/?q={NAME.replace(' ', '+')}"
    content = text.encode() if isinstance(text, str) else text
    return Answer(status=status, headers=headers, body=content)


@pytest.fixture
def config(site: Any, write_config: Callable[[str], Path]) -> Iterator[Path]:
    """A configuration for a vendor at which everything goes wrong that can."""
    site.install("acme", PLUGIN)
    with LoopbackServer(respond) as server:
        yield write_config(
            f'[connections.acme]\nbase_url = "{server.url}"\n'
            'token = "made-up-token"\nattempts = 1\n'
        )


def told(text: str) -> list[str]:
    """The marks in a text."""
    return [mark for mark in MARKS if mark in text.lower()]


COMMANDS = [
    ["sync"],
    ["sync", "--full", "--json"],
    ["check"],
    ["check", "--json"],
    ["status"],
    ["status", "--digest", "--json"],
    ["rejects", "list"],
    ["rejects", "list", "acme", "--json"],
]


def test_what_the_commands_and_logs_say(config, run, caplog) -> None:
    """No command that is about the work says anything of the data, and neither does any log."""
    caplog.set_level(logging.DEBUG)
    said = ""
    for command in COMMANDS:
        done = run("--config", config, *command)
        said += done.out + done.err
    assert told(said) == []
    assert told(caplog.text) == []
    # It was no empty exercise: every kind of failure is in there.
    for words in (
        "expected a number, got text",
        "404 (Not Found): no contact […] […] +[…], for […] […]",
        "answered HTML where JSON belongs",
        "redirects are not followed",
        "text that is not UTF-8",
        "Acme reports 7 bills, 1 arrived",
        "ValueError at duetrail_acme.py",
        'unknown_keys": 1',
    ):
        assert words in said


def test_what_the_run_record_says(config, run) -> None:
    """Nor do the summary and the checkpoints that are stored; the data itself is stored whole."""
    run("--config", config, "sync")
    with closing(sqlite3.connect(config.with_name("duetrail.db"))) as db:
        summary = db.execute("SELECT group_concat(summary) FROM runs").fetchone()[0]
        points = str(db.execute("SELECT * FROM checkpoints").fetchall())
        reasons = str(db.execute("SELECT reason, json_path, path FROM rejects").fetchall())
        names = db.execute("SELECT customer_name FROM invoices WHERE id = 'good'").fetchall()
        raw = db.execute("SELECT raw FROM rejects WHERE item = '1'").fetchone()[0]
    assert told(summary + points + reasons) == []
    assert names == [(NAME,)]
    assert json.loads(raw)["transcript"] == PEOPLE["transcript"]


RESOURCES = ["bills", "notes", "refused", "missing", "broken", "page", "moved", "slow", "torn"]
RESOURCES += ["bug", "short", "shape"]


@pytest.mark.parametrize("resource", RESOURCES)
def test_what_a_traceback_says(config, resource) -> None:
    """An error that ends a program prints no data, and neither does what led to it."""
    api.sync(config=config, select=["bills"])
    with pytest.raises(DuetrailError) as caught:
        list(api.read("acme", resource, config=config))
    assert told("".join(traceback.format_exception(caught.value))) == []
    assert told(repr(caught.value)) == []
