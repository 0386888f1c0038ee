"""Asker: a vendor for the tests of the contract suite, read by POST, as CSV and as JSON lines."""

from collections.abc import Iterator
from decimal import Decimal

from attrs import frozen

from duetrail import by_resource, hookimpl
from duetrail.errors import BadItem
from duetrail.http import BearerAuth, Posted, Session, csv_rows, cursor, expect, json_lines
from duetrail.model import Call, Callout, Email, Invoice, Money, Record, from_rfc2822
from duetrail.secrets import Secret
from duetrail.source import Connection, Item, Page, Resource, Shape, Source, option

BILLS = "query($after: String) { bills(after: $after) { nodes { id currency total } } }"


@frozen
class Options:
    """The settings of a connection."""

    token: Secret = option("The API key.")


@frozen
class Bill:
    """A bill in Asker's words."""

    id: str
    currency: str | None = None
    total: Decimal | None = None


@frozen
class Ring:
    """A call in Asker's words: a row of CSV, in which everything is text."""

    id: str
    began: str | None = None
    seconds: str | None = None


@frozen
class Mail:
    """A mail in Asker's words."""

    id: str
    subject: str | None = None


@hookimpl
def source() -> Source:
    """Bills by GraphQL, calls as CSV, mails as lines of JSON."""
    bill = Shape(name="bill", record=Invoice, wire=Bill, path="$.data.bills.nodes[*]")
    ring = Shape(name="ring", record=Call, wire=Ring, path="$[*]")
    mail = Shape(name="mail", record=Email, wire=Mail, path="$[*]")
    return Source(
        name="asker",
        title="Asker",
        options=Options,
        base_url="https://api.asker.example",
        resources=(
            Resource(name="bills", shapes=(bill,)),
            Resource(name="rings", shapes=(ring,)),
            Resource(name="mails", shapes=(mail,)),
        ),
        unsupported=(Callout,),
        auth=lambda options: BearerAuth(options.token),
        reads=("/graphql",),
        decoders={"text/csv": csv_rows(), "application/x-ndjson": json_lines},
    )


def _bills(session: Session) -> Iterator[Page]:
    """Every page is asked for by POST; the cursor is a variable of the query."""
    asks = Posted(session, {"query": BILLS}, into="variables")
    yield from cursor(
        asks,
        "/graphql",
        rows="$.data.bills.nodes[*]",
        param="after",
        next="$.data.bills.pageInfo.endCursor",
        more="$.data.bills.pageInfo.hasNextPage",
    )


def _rings(session: Session) -> Iterator[Page]:
    yield _listed(session.get("/calls.csv", accept="text/csv"))


def _mails(session: Session) -> Iterator[Page]:
    yield _listed(session.get("/mails", accept="application/x-ndjson"))


def _listed(page: Page) -> Page:
    """A page that is a list; anything else must not be taken for an empty one."""
    expect.list(page, "$", "id")
    return page


fetch = by_resource(bills=_bills, rings=_rings, mails=_mails)


@hookimpl
def map_item(item: Item, connection: Connection) -> Iterator[Record]:
    """One record an item."""
    match item.wire:
        case Bill() as bill:
            yield Invoice(
                connection=connection.name,
                id=bill.id,
                currency=bill.currency,
                total=Money.major(bill.total, bill.currency),
            )
        case Ring() as ring:
            yield Call(
                connection=connection.name,
                id=ring.id,
                started_at=from_rfc2822(ring.began or None, "$.began"),
                duration_seconds=_seconds(ring.seconds),
            )
        case Mail() as mail:
            yield Email(connection=connection.name, id=mail.id, subject=mail.subject)


def _seconds(text: str | None) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdecimal():
        raise BadItem("a duration is no number", path="$.seconds")
    return int(text)
