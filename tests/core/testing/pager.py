"""Pager: a vendor for the tests of the contract suite, with a list for each way of paging."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from attrs import frozen

from duetrail import hookimpl
from duetrail.http import BearerAuth, Session, cursor, link, offset
from duetrail.model import Call, Callout, Email, Invoice, Money, Party, Record
from duetrail.secrets import Secret
from duetrail.source import Connection, Item, Page, Resource, Shape, Shard, Source, option


@frozen
class Options:
    """The settings of a connection."""

    token: Secret = option("The API key.")
    size: int = option("Rows a page.", default=2)


@frozen
class Bill:
    """A bill in Pager's words."""

    id: str
    currency: str | None = None
    cents: Decimal | None = None


@frozen
class Ring:
    """A call in Pager's words."""

    sid: str
    began: datetime | None = None


@frozen
class Mail:
    """A mail in Pager's words."""

    id: str
    subject: str | None = None


@frozen
class Customer:
    """A customer in Pager's words."""

    id: str
    name: str | None = None


@hookimpl
def source() -> Source:
    """Bills by cursor, calls by link in the answer, mails by header, customers by offset."""
    bill = Shape(name="bill", record=Invoice, wire=Bill, path="$.data[*]")
    ring = Shape(name="ring", record=Call, wire=Ring, path="$.calls[*]", id="sid")
    mail = Shape(name="mail", record=Email, wire=Mail, path="$.mails[*]")
    customer = Shape(name="customer", record=Party, wire=Customer, path="$.items[*]")
    return Source(
        name="pager",
        title="Pager",
        options=Options,
        base_url="https://api.pager.example/v1",
        resources=(
            Resource(name="bills", shapes=(bill,)),
            Resource(name="rings", shapes=(ring,)),
            Resource(name="mails", shapes=(mail,)),
            Resource(name="customers", shapes=(customer,)),
        ),
        unsupported=(Callout,),
        auth=lambda options: BearerAuth(options.token),
    )


@hookimpl
def fetch(shard: Shard, session: Session, connection: Connection) -> Iterator[Page]:
    """The pages of one of the lists."""
    size = connection.options.size
    query = {"limit": size}
    match shard.resource:
        case "bills":
            rows, more = "$.data[*]", "$.has_more"
            yield from cursor(
                session, "/bills", query, rows=rows, param="starting_after", more=more
            )
        case "rings":
            rows, following = "$.calls[*]", "$.next_page_uri"
            yield from link(session, "/calls", query, rows=rows, next=following, id="sid")
        case "mails":
            yield from link(session, "/mails", query, rows="$.mails[*]")
        case _:
            yield from offset(session, "/customers", rows="$.items[*]", size=size, total="$.total")


@hookimpl
def map_item(item: Item, connection: Connection) -> Iterator[Record]:
    """One record an item."""
    match item.wire:
        case Bill() as bill:
            yield Invoice(
                connection=connection.name,
                id=bill.id,
                currency=bill.currency,
                total=Money.from_minor(bill.cents, bill.currency, "$.cents"),
            )
        case Ring() as ring:
            yield Call(connection=connection.name, id=ring.sid, started_at=ring.began)
        case Mail() as mail:
            yield Email(connection=connection.name, id=mail.id, subject=mail.subject)
        case Customer() as customer:
            yield Party(connection=connection.name, id=customer.id, name=customer.name)
