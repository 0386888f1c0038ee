"""Acme: a small vendor for the tests of the contract suite, as a stranger would write it."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from attrs import frozen

from duetrail import hookimpl
from duetrail.errors import BadItem
from duetrail.http import BearerAuth, Listing, Session, segment, walk
from duetrail.model import (
    Call,
    Callout,
    CalloutStatus,
    CallStatus,
    Direction,
    Email,
    EmailStatus,
    Invoice,
    InvoiceLine,
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
    Page,
    Resource,
    Shape,
    Shard,
    Source,
    option,
)
from duetrail.wire import named

KNOWN = {"uncollectible": InvoiceStatus.WRITTEN_OFF}
DIRECTIONS = {"in": Direction.INBOUND, "out": Direction.OUTBOUND}


@frozen
class Options:
    """The settings of a connection."""

    token: Secret = option("The API key.")
    size: int = option("Bills and mails a page.", default=3)


@frozen
class Entry:
    """A line of a bill."""

    text: str | None = None
    pieces: Decimal | None = None
    price_cents: Decimal | None = None


@frozen
class Whose:
    """Whom a bill is for."""

    id: str | None = None
    name: str | None = None


@frozen
class Bill:
    """A bill in Acme's words."""

    id: str
    number: str | None = None
    currency: str | None = None
    total_cents: Decimal | None = None
    paid_cents: Decimal | None = None
    state: str | None = None
    issued: datetime | None = None
    due: date | None = None
    changed: datetime | None = None
    customer: Whose | None = None
    lines: tuple[Entry, ...] = ()


@frozen
class Customer:
    """A customer in Acme's words."""

    id: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None


@frozen
class Conversation:
    """A call in Acme's words."""

    id: str
    state: str | None = None
    direction: str | None = None
    from_: str | None = named("from")
    to: str | None = None
    began: datetime | None = None
    ended: datetime | None = None
    seconds: int | None = None
    price: str | None = None
    currency: str | None = None


@frozen
class Mail:
    """An email in Acme's words."""

    id: str
    bills: tuple[str, ...] = ()
    state: str | None = None
    sender: str | None = None
    to: tuple[str, ...] = ()
    subject: str | None = None
    text: str | None = None
    sent: datetime | None = None


@hookimpl
def source() -> Source:
    """Bills with their customers, calls per bill, a feed of calls, and mails."""
    bill = Shape(name="bill", record=Invoice, wire=Bill, path="$.bills[*]", version="changed")
    customer = Shape(name="bill.customer", record=Party, wire=Customer, path="$.bills[*].customer")
    call = Shape(name="call", record=Call, wire=Conversation, path="$.calls[*]", derives=(Callout,))
    news = Shape(name="news", record=Call, wire=Conversation, path="$.calls[*]", derives=(Callout,))
    mail = Shape(name="mail", record=Email, wire=Mail, path="$.mails[*]")
    return Source(
        name="acme",
        title="Acme",
        options=Options,
        base_url="https://api.acme.example/v1",
        resources=(
            Resource(name="bills", shapes=(bill, customer), never_stored=frozenset({"link"})),
            Resource(name="calls", shapes=(call,), keys=Keys(record=Invoice)),
            Resource(name="news", shapes=(news,)),
            Resource(name="mails", shapes=(mail,)),
        ),
        auth=lambda options: BearerAuth(options.token),
    )


@hookimpl
def fetch(shard: Shard, session: Session, connection: Connection) -> Iterator[Page | Cursor]:
    """The pages of bills or mails, the calls of a bill, or all calls since the last one."""
    match shard.resource:
        case "bills":
            yield from _bills(session, connection.options.size)
        case "mails":
            yield from _mails(session, connection.options.size)
        case "calls" if shard.key is not None:
            yield session.get(f"/bills/{segment(shard.key.value)}/calls")
        case _:
            yield from _news(session, shard.cursor or 0)


def _bills(session: Session, size: int) -> Iterator[Page]:
    cursor = ""
    while cursor is not None:
        page = session.get("/bills", {"after": cursor, "limit": size})
        yield page
        cursor = page.data["next"]


def _mails(session: Session, size: int) -> Iterator[Page]:
    def ask(number: int, size: int) -> Listing:
        page = session.get("/mails", {"page": number, "per_page": size})
        return Listing(page=page, rows=page.data["mails"], total=page.data["total"])

    for listing in walk(ask, vendor="Acme", rows="mails", size=size, first=1):
        yield listing.page


def _news(session: Session, after: int) -> Iterator[Page | Cursor]:
    while True:
        page = session.get("/calls", {"after": after})
        yield page
        if not page.data["calls"]:
            return
        after = page.data["last"]
        yield Cursor(after)


@hookimpl
def map_item(item: Item, connection: Connection) -> Iterator[Record]:
    """One record an item, and a callout of a planned call."""
    match item.wire:
        case Bill() as bill:
            yield _invoice(bill, connection)
        case Customer() as customer:
            yield Party(
                connection=connection.name,
                id=customer.id,
                name=customer.name,
                email=customer.email,
                phone=customer.phone,
            )
        case Conversation() as call:
            yield _call(call, connection)
            if call.state == "planned":
                yield _callout(call, connection)
        case Mail() as mail:
            yield _email(mail, connection)


def _invoice(bill: Bill, connection: Connection) -> Invoice:
    return Invoice(
        connection=connection.name,
        id=bill.id,
        number=bill.number,
        status=canonical(InvoiceStatus, bill.state, KNOWN),
        status_raw=bill.state,
        currency=bill.currency,
        total=Money.from_minor(bill.total_cents, bill.currency, "$.total_cents"),
        amount_paid=Money.from_minor(bill.paid_cents, bill.currency, "$.paid_cents"),
        issued_at=bill.issued,
        due_on=bill.due,
        updated_at=bill.changed,
        customer_id=bill.customer and bill.customer.id,
        customer_name=bill.customer and bill.customer.name,
        lines=tuple(_line(one, number, bill) for number, one in enumerate(bill.lines)),
    )


def _line(entry: Entry, number: int, bill: Bill) -> InvoiceLine:
    path = f"$.lines[{number}].price_cents"
    return InvoiceLine(
        description=entry.text,
        quantity=entry.pieces,
        currency=bill.currency,
        unit_price=Money.from_minor(entry.price_cents, bill.currency, path),
    )


def _call(call: Conversation, connection: Connection) -> Call:
    return Call(
        connection=connection.name,
        id=call.id,
        status=canonical(CallStatus, call.state),
        status_raw=call.state,
        direction=canonical(Direction, call.direction, DIRECTIONS),
        direction_raw=call.direction,
        from_number=call.from_,
        to_number=call.to,
        started_at=call.began,
        ended_at=call.ended,
        duration_seconds=call.seconds,
        currency=call.currency,
        cost=Money.major(_number(call.price), call.currency),
    )


def _callout(call: Conversation, connection: Connection) -> Callout:
    return Callout(
        connection=connection.name,
        id=call.id,
        derived=True,
        status=CalloutStatus.SCHEDULED,
        status_raw=call.state,
        scheduled_at=call.began,
        contact_phone=call.to,
    )


def _email(mail: Mail, connection: Connection) -> Email:
    return Email(
        connection=connection.name,
        id=mail.id,
        invoices=tuple(connection.ref(Invoice, one) for one in mail.bills),
        status=canonical(EmailStatus, mail.state),
        status_raw=mail.state,
        from_address=mail.sender,
        to_addresses=mail.to,
        subject=mail.subject,
        text=mail.text,
        sent_at=mail.sent,
    )


def _number(text: str | None) -> Decimal | None:
    try:
        return None if text is None else Decimal(text)
    except ArithmeticError:
        raise BadItem("a price is no number", path="$.price") from None
