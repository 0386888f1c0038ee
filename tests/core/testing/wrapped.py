"""Wrapped: a vendor whose rows hold the objects, each under a key of its own."""

from collections.abc import Iterator
from decimal import Decimal

from attrs import frozen

from duetrail import hookimpl
from duetrail.http import BearerAuth, Session, cursor
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
    """A bill in Wrapped's words."""

    id: str
    currency: str | None = None
    cents: Decimal | None = None


@frozen
class Customer:
    """Whose bill it is."""

    id: str
    name: str | None = None


@hookimpl
def source() -> Source:
    """Rows like `{"invoice": {...}, "customer": {...}}`."""
    bill = Shape(name="bill", record=Invoice, wire=Bill, path="$.list[*].invoice")
    customer = Shape(name="customer", record=Party, wire=Customer, path="$.list[*].customer")
    return Source(
        name="wrapped",
        title="Wrapped",
        options=Options,
        base_url="https://api.wrapped.example/v1",
        resources=(Resource(name="bills", shapes=(bill, customer)),),
        unsupported=(Call, Callout, Email),
        auth=lambda options: BearerAuth(options.token),
    )


@hookimpl
def fetch(shard: Shard, session: Session, connection: Connection) -> Iterator[Page]:
    """The bills, by cursor."""
    query = {"limit": connection.options.size}
    yield from cursor(
        session, "/bills", query, rows="$.list[*]", param="after", next="$.next", total="$.total"
    )


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
        case Customer() as customer:
            yield Party(connection=connection.name, id=customer.id, name=customer.name)
