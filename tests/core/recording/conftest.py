"""A vendor on loopback that answers by script, and a plugin that asks it."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from duetrail.testing import Answer, LoopbackServer, Request

PLUGIN = """
from decimal import Decimal
from attrs import frozen
from duetrail import hookimpl
from duetrail.http import LoginAuth, Token, segment
from duetrail.model import Call, Callout, Email, Invoice, Money
from duetrail.secrets import Secret
from duetrail.source import Keys, Resource, Shape, Source, option

@frozen
class Options:
    password: Secret = option("The password.")
    page_size: int = option("Bills a page.", default=2)

@frozen
class Bill:
    id: str
    customer: str | None = None
    email: str | None = None
    phone: str | None = None
    total: Decimal | None = None

@frozen
class Note:
    id: str
    subject: str | None = None
    text: str | None = None

BILL = Shape(name="bill", record=Invoice, wire=Bill, path="$.bills[*]")
NOTE = Shape(name="note", record=Email, wire=Note, path="$.notes[*]")

def log_in(session, options):
    page = session.login("/login", {"user": "acme", "password": options.password.resolve()})
    return Token(page.data["token"])

@hookimpl
def source():
    return Source(
        name="acme", title="Acme", options=Options, base_url="https://acme.example",
        resources=(
            Resource(name="bills", shapes=(BILL,), never_stored=frozenset({"pay_link"})),
            Resource(name="notes", shapes=(NOTE,), keys=Keys(record=Invoice)),
        ),
        unsupported=(Call, Callout),
        auth=lambda options: LoginAuth(lambda session: log_in(session, options)), login="/login",
    )

@hookimpl
def fetch(shard, session, connection):
    if shard.key is not None:
        yield session.get(f"/bills/{segment(shard.key.value)}/notes")
        return
    number = 1
    while number:
        query = {"page": number, "size": connection.options.page_size}
        page = session.get("/bills", query)
        yield page
        number = page.data.get("next")

@hookimpl
def map_item(item, connection):
    match item.wire:
        case Bill() as bill:
            yield Invoice(
                connection=connection.name, id=bill.id, customer_name=bill.customer,
                billing_email=bill.email, last_outreach_to=bill.phone, currency="USD",
                total=Money.major(bill.total, "USD"),
            )
        case Note() as note:
            yield Email(
                connection=connection.name, id=note.id, subject=note.subject, text=note.text
            )
"""

PASSWORD = "k4/+ \"Päß'wörd"
TOKEN = "token-0123456789-abcdefghij"


class Vendor(LoopbackServer):
    """Answers each target with what it was told, in order, the last answer again and again."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._script: dict[str, list[Any]] = {}
        self._lock = threading.Lock()
        super().__init__(self._respond)
        self.on("/login", {"token": TOKEN, "ends": "2031-03-02T09:30:00.000+00:00"})

    def on(self, target: str, *answers: Any) -> Vendor:
        """Set the answers to a target; a pair is a status and a body."""
        self._script[target] = [a if isinstance(a, tuple) else (200, a) for a in answers]
        return self

    def bills(self, *bills: Any, **more: Any) -> Vendor:
        """Set the one page of bills, none of which has a note."""
        for bill in bills:
            self.on(f"/bills/{bill['id']}/notes", {"notes": []})
        return self.on("/bills?page=1&size=2", {"bills": list(bills), **more})

    def reply(self, target: str) -> tuple[int, bytes]:
        with self._lock:
            self.asked.append(target)
            answers = self._script.get(target, [(404, {"error": "nothing here"})])
            status, body = answers.pop(0) if len(answers) > 1 else answers[0]
        return status, body if isinstance(body, bytes) else json.dumps(body).encode()

    def _respond(self, request: Request) -> Answer:
        status, body = self.reply(request.target)
        # With what a cassette must not keep.
        headers = {
            "Server": "made-up/1.0",
            "Date": formatdate(usegmt=True),
            "Set-Cookie": f"session={TOKEN}",
        }
        return Answer(status=status, headers=headers, body=body)


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with Vendor() as one:
        yield one


@pytest.fixture
def config(
    site: Any,
    vendor: Vendor,
    write_config: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A configuration of one connection to that vendor; pages of two, and no patience."""
    site.install("acme", PLUGIN)
    monkeypatch.setenv("ACME_PASSWORD", PASSWORD)
    return write_config(
        f'[connections.acme]\nbase_url = "{vendor.url}"\npassword = "env:ACME_PASSWORD"\n'
    )


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Any]]:
    """Shuts the network, when called; every attempt to reach anything from then on."""
    attempts: list[Any] = []

    def connect(_: socket.socket, address: Any) -> None:
        attempts.append(address)
        raise OSError("a cassette needs no network")

    def shut() -> list[Any]:
        monkeypatch.setattr(socket.socket, "connect", connect)
        return attempts

    return shut
