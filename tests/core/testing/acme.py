"""Acme: a small vendor for the tests of the contract suite, as a stranger would write it."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from attrs import frozen

from duetrail import hookimpl
from duetrail.errors import BadItem
from duetrail.http import BearerAuth, Session, segment
from duetrail.model import (
    Call,
    Callout,
    CallStatus,
    Email,
    Invoice,
    InvoiceStatus,
    Money,
    Record,
    canonical,
)
from duetrail.secrets import Secret
from duetrail.source import (
    Connection,
    Cursor,
    Item,
    Keys,
    Page,
    Resource,
    Shape,
    Shard,
    Source,
    option,
)

KNOWN = {"uncollectible": InvoiceStatus.WRITTEN_OFF}


@frozen
class Options:
    """The settings of a connection."""

    token: Secret = option("The API key.")
    size: int = option("Bills a page.", default=2)


@frozen
class Bill:
    """A bill in Acme's words."""

    id: str
    number: str | None = None
    currency: str | None = None
    total_cents: Decimal | None = None
    state: str | None = None
    issued: datetime | None = None


@frozen
class Conversation:
    """A call in Acme's words."""

    id: str
    state: str | None = None
    began: datetime | None = None
    price: str | None = None
    currency: str | None = None


@hookimpl
def source() -> Source:
    """Bills page by page, calls per bill, and a feed of calls."""
    bill = Shape(name="bill", record=Invoice, wire=Bill, path="$.bills[*]")
    call = Shape(name="call", record=Call, wire=Conversation, path="$.calls[*]")
    news = Shape(name="news", record=Call, wire=Conversation, path="$.calls[*]")
    return Source(
        name="acme",
        title="Acme",
        options=Options,
        base_url="https://api.acme.example/v1",
        resources=(
            Resource(name="bills", shapes=(bill,), never_stored=frozenset({"link"})),
            Resource(name="calls", shapes=(call,), keys=Keys(record=Invoice)),
            Resource(name="news", shapes=(news,)),
        ),
        unsupported=(Callout, Email),
        auth=lambda options: BearerAuth(options.token),
    )


@hookimpl
def fetch(shard: Shard, session: Session, connection: Connection) -> Iterator[Page | Cursor]:
    """The pages of bills, the calls of a bill, or all calls since the last one."""
    if shard.resource == "bills":
        yield from _bills(session, connection.options.size)
    elif shard.resource == "calls" and shard.key is not None:
        yield session.get(f"/bills/{segment(shard.key.value)}/calls")
    else:
        after = shard.cursor or 0
        page = session.get("/calls", {"after": after})
        yield page
        if page.data["calls"]:
            yield Cursor(page.data["last"])


def _bills(session: Session, size: int) -> Iterator[Page]:
    cursor = ""
    while cursor is not None:
        page = session.get("/bills", {"after": cursor, "limit": size})
        yield page
        cursor = page.data["next"]


@hookimpl
def map_item(item: Item, connection: Connection) -> Iterator[Record]:
    """One record an item."""
    match item.wire:
        case Bill() as bill:
            yield Invoice(
                connection=connection.name,
                id=bill.id,
                number=bill.number,
                status=canonical(InvoiceStatus, bill.state, KNOWN),
                status_raw=bill.state,
                currency=bill.currency,
                total=Money.from_minor(bill.total_cents, bill.currency, "$.total_cents"),
                issued_at=bill.issued,
            )
        case Conversation() as call:
            yield Call(
                connection=connection.name,
                id=call.id,
                status=canonical(CallStatus, call.state),
                status_raw=call.state,
                started_at=call.began,
                currency=call.currency,
                cost=Money.major(_number(call.price), call.currency),
            )


def _number(text: str | None) -> Decimal | None:
    try:
        return None if text is None else Decimal(text)
    except ArithmeticError:
        raise BadItem("a price is no number", path="$.price") from None
