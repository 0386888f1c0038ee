"""Gated: a vendor for the tests of the contract suite, which lets in by OAuth2."""

from collections.abc import Iterator
from decimal import Decimal

from attrs import frozen

from duetrail import hookimpl
from duetrail.errors import DuetrailError
from duetrail.http import OAuth2Auth, Session, by_status, cursor
from duetrail.model import Call, Callout, Email, Invoice, Money
from duetrail.secrets import Secret, WritableSecret
from duetrail.source import Connection, Item, OAuth2, Page, Resource, Shape, Shard, Source, option


@frozen
class Options:
    """The settings of a connection."""

    client_id: str = option("What Gated calls the application.")
    client_secret: Secret = option("Its secret.")
    tokens: WritableSecret = option("Where the tokens are kept: file:PATH or keyring:SERVICE/USER.")


@frozen
class Bill:
    """A bill in Gated's words."""

    id: str
    currency: str | None = None
    cents: Decimal | None = None


def fault(page: Page) -> DuetrailError | None:
    """What an answer stands for."""
    return by_status(page)


@hookimpl
def source() -> Source:
    """Bills, for whom somebody has agreed."""
    bill = Shape(name="bill", record=Invoice, wire=Bill, path="$.data[*]")
    return Source(
        name="gated",
        title="Gated",
        options=Options,
        base_url="https://api.gated.example/v1",
        resources=(Resource(name="bills", shapes=(bill,)),),
        unsupported=(Call, Callout, Email),
        auth=lambda options: OAuth2Auth(
            options.client_id, options.client_secret, tokens=options.tokens
        ),
        oauth2=OAuth2(
            token_url="https://id.gated.example/oauth/token",
            authorize_url="authorize",
            scopes=("bills.read", "offline_access"),
        ),
        headers={"Gated-Version": "2026-03-02"},
        classify_error=fault,
    )


@hookimpl
def fetch(shard: Shard, session: Session, connection: Connection) -> Iterator[Page]:
    """The bills, by cursor."""
    yield from cursor(
        session, "/bills", {"limit": 2}, rows="$.data[*]", param="after", next="$.next"
    )


@hookimpl
def map_item(item: Item, connection: Connection) -> Iterator[Invoice]:
    """An invoice a bill."""
    bill = item.wire
    yield Invoice(
        connection=connection.name,
        id=bill.id,
        currency=bill.currency,
        total=Money.from_minor(bill.cents, bill.currency),
    )
