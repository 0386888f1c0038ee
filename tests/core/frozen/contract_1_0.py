"""A plugin as somebody wrote it for contract 1.0, and never touched it again.

NEVER EDIT THIS FILE. It stands for the plugins of strangers: where a change of the core makes it
fail, the change is what is wrong. A later contract gets a file of its own beside this one.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import frozen

from duetrail import hookimpl
from duetrail.errors import BadItem, FetchError, UnknownKey
from duetrail.http import BearerAuth, Listing, Session, segment, walk
from duetrail.model import (
    Call,
    CallStatus,
    Callout,
    Email,
    Invoice,
    InvoiceStatus,
    Money,
    Party,
    Record,
    canonical,
)
from duetrail.secrets import Secret
from duetrail.source import (
    Connection,
    Cursor,
    Item,
    Keys,
    Notice,
    Page,
    Resource,
    Shape,
    Shard,
    Skip,
    Source,
    option,
)
from duetrail.wire import named


@frozen
class Options:
    token: Secret = option("The API key, as a reference such as env:FROZEN_TOKEN.")
    page_size: int = option("Bills per page.", default=3)
    states: tuple[str, ...] = option("Only these states.", default=())


@frozen
class Customer:
    id: str
    name: str | None = None


@frozen
class Bill:
    id: str
    currency: str | None = None
    total_cents: Decimal | None = None
    state: str | None = None
    customer: Customer | None = None
    due: datetime | None = None


@frozen
class Ring:
    id: int
    from_: str | None = named("from")
    result: str | None = None
    planned: bool | None = None


@frozen
class Note:
    id: str
    text: str | None = None


STATES = {"open": InvoiceStatus.OPEN, "uncollectible": InvoiceStatus.WRITTEN_OFF}
RESULTS = {"answered": CallStatus.COMPLETED}


def fault(page: Page) -> FetchError | None:
    if page.status == 404:
        return UnknownKey("Frozen does not know it")
    return FetchError(f"Frozen answered {page.status}") if page.status != 200 else None


@hookimpl
def source() -> Source:
    bill = Shape(name="bill", record=Invoice, wire=Bill, path="$.bills[*]", version="changed")
    owner = Shape(
        name="bill.customer",
        record=Party,
        wire=Customer,
        path="$.bills[*].customer",
        rank=-1,
        carries=frozenset({"name"}),
    )
    ring = Shape(
        name="ring", record=Call, wire=Ring, path="$.rings[*]", derives=(Callout,), needs_id=False
    )
    note = Shape(name="note", record=Email, wire=Note, path="$.notes[*]")
    return Source(
        name="frozen",
        title="Frozen",
        options=Options,
        base_url="https://frozen.example",
        resources=(
            Resource(
                name="bills",
                shapes=(bill, owner),
                never_stored=frozenset({"pay_link"}),
                volatile=frozenset({"age"}),
            ),
            Resource(name="rings", shapes=(ring,), since="rung_at", exhaustive=False),
            Resource(name="notes", shapes=(note,), keys=Keys(record=Invoice)),
            Resource(
                name="old-notes",
                shapes=(note,),
                keys=Keys(record=Invoice, settled=lambda row, asked, options: True),
                optional=True,
            ),
        ),
        auth=lambda options: BearerAuth(options.token),
        fault=fault,
        requests_per_second=1000.0,
    )


@hookimpl
def plan(resource: Resource, connection: Connection) -> Iterator[Shard]:
    for state in connection.options.states or ("",):
        yield Shard(resource.name, state or "all", params={"state": state or None})


@hookimpl
def fetch(shard: Shard, session: Session, connection: Connection) -> Iterator[Any]:
    if shard.key is not None:
        yield session.get(f"/bills/{segment(shard.key.value)}/notes")
    elif shard.resource == "bills":
        yield from bills(shard, session, connection)
    else:
        after = shard.cursor or 0
        while (page := session.get("/rings", {"above": after})).data["rings"]:
            yield page
            after = page.data["rings"][-1]["id"]
            yield Cursor(after)
        yield Notice("Frozen forgets rings after a year")


def bills(shard: Shard, session: Session, connection: Connection) -> Iterator[Page]:
    def ask(number: int, size: int) -> Listing:
        query = {"page": number, "size": size, "state": shard.params["state"]}
        page = session.get("/bills", query)
        return Listing(page=page, rows=page.data["bills"], total=page.data["total"])

    size = connection.options.page_size
    for listing in walk(ask, vendor="Frozen", rows="bills", size=size, first=1):
        yield listing.page


@hookimpl
def map_item(item: Item, connection: Connection) -> Iterator[Record | Skip]:
    name = connection.name
    match item.wire:
        case Bill(state="draft"):
            yield Skip("a draft")
        case Bill(total_cents=None):
            raise BadItem("a bill without a total", path="$.total_cents")
        case Bill() as bill:
            yield Invoice(
                connection=name,
                id=bill.id,
                status=canonical(InvoiceStatus, bill.state, STATES),
                status_raw=bill.state,
                currency=bill.currency,
                total=Money.from_minor(bill.total_cents, bill.currency),
                customer_id=bill.customer.id if bill.customer else None,
                due_at=bill.due,
                extra={"unit": item.page.data.get("unit")},
            )
        case Customer() as customer:
            yield Party(connection=name, id=customer.id, name=customer.name)
        case Ring() as ring:
            yield Call(
                connection=name,
                id=item.id,
                status=canonical(CallStatus, ring.result, RESULTS),
                status_raw=ring.result,
                from_number=ring.from_,
                invoices=(connection.ref(Invoice, "b1"),),
            )
            if ring.planned:
                yield Callout(connection=name, id=f"ring:{item.id}", derived=True)
        case Note() as note:
            yield Email(connection=name, id=note.id, text=note.text)
