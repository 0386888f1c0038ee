"""A plugin as somebody wrote it for contract 1.1, and never touched it again.

NEVER EDIT THIS FILE. It stands for the plugins of strangers: where a change of the core makes it
fail, the change is what is wrong. A later contract gets a file of its own beside this one.
"""

from datetime import datetime, timedelta
from typing import Any

from duetrail import Fetched, by_resource, hookimpl, model
from duetrail.declared import (
    FieldMapping,
    computed,
    each,
    invoice_id,
    joined,
    local,
    mentioned,
    money,
    nested,
    outer,
    parsed,
    shared,
    summed,
    unix,
    word,
)
from duetrail.errors import UnknownKey
from duetrail.http import (
    OAuth2Auth,
    Posted,
    Session,
    by_status,
    cursor,
    expect,
    incremental,
    link,
    listed,
    numbered,
    offset,
    segment,
)
from duetrail.source import (
    FILLED,
    Connection,
    Item,
    Keys,
    Notice,
    OAuth2,
    OAuth2ClientOptions,
    Page,
    Resource,
    Shape,
    Shard,
    Source,
    with_page_size,
)

ADDRESS = FieldMapping(model.Address, line1="street", city="town")
LINE = FieldMapping(
    model.InvoiceLine, description="label", currency=outer("currency"), total=money("cents")
)
PART = FieldMapping(model.Instalment, currency="cur", amount=money("cents"), due_on="day")


def _upper(text: str | None) -> str | None:
    return text and text.upper()


def _is_planned(state: str | None) -> bool:
    return state == "planned"


BILL = FieldMapping(
    model.Invoice,
    id="id",
    kind=model.InvoiceKind.RECEIVABLE,
    status=word("state", {"settled": model.InvoiceStatus.PAID}),
    currency="currency",
    total=money("total", in_minor=False),
    issued_at=unix("issued"),
    customer_name=joined("who.first", "who.last"),
    billing_address=nested("who.address", ADDRESS),
    purchase_order=computed(_upper, "order"),
    lines=each("lines", LINE),
)
LOAN = FieldMapping(
    model.Invoice,
    id="id",
    currency=shared("instalments", "currency"),
    total=summed("instalments", "amount"),
    due_on=shared("instalments", "due_on"),
    instalments=each("parts", PART),
)
RING = FieldMapping(
    model.Call,
    id="id",
    status=word("state"),
    started_at=parsed(model.from_rfc2822, "at"),
    invoices=mentioned("about"),
)
TEXT = FieldMapping(
    model.Email,
    id="id",
    channel=model.Channel.SMS,
    is_automated=True,
    sent_at=local("sent", "Europe/Berlin"),
    invoices=invoice_id("bill"),
)
NOTE = FieldMapping(model.Email, id="id", text="text")
PAYER = FieldMapping(model.Party, id="id", name="name", updated_at="changed")


def fault(page: Page) -> Any:
    error = by_status(page)
    return UnknownKey("Frozen does not know it", status=404) if page.status == 404 else error


@hookimpl
def source() -> Source:
    bill = Shape(name="bill", mapping=BILL, path="$.bills[*]")
    loan = Shape(name="loan", mapping=LOAN, path="$.loans[*]")
    ring = Shape(
        name="ring",
        mapping=RING,
        path="$.rings[*]",
        unless=computed(_is_planned, "state"),
        derives=(model.Callout,),
    )
    text = Shape(name="text", mapping=TEXT, path="$.texts[*]", may_be_absent=True)
    payer = Shape(name="payer", mapping=PAYER, path="$.rows[*].payer", carries=FILLED)
    note = Shape(name="note", mapping=NOTE, path="$.notes[*]")
    return Source(
        name="frozen",
        title="Frozen",
        options=with_page_size(OAuth2ClientOptions, 50),
        base_url="https://frozen.example",
        resources=(
            Resource(name="bills", shapes=(bill,), since="issued", until="issued"),
            Resource(name="loans", shapes=(loan,)),
            Resource(name="rings", shapes=(ring,)),
            Resource(name="texts", shapes=(text,)),
            Resource(name="payers", shapes=(payer,)),
            Resource(name="notes", shapes=(note,), keys=Keys(record=model.Invoice)),
        ),
        auth=OAuth2Auth.of,
        oauth2=OAuth2(token_url="https://id.frozen.example/token", client_auth="body"),
        headers={"Frozen-Version": "2026-11"},
        reads=("/payers/search",),
        classify_error=fault,
        account=lambda session, _: session.get("/me").data["id"],
    )


def _loans(session: Session, connection: Connection) -> Fetched:
    size = connection.options.page_size
    yield from offset(session, "/loans", rows="$.loans[*]", size=size, total="$.total")
    yield Notice("Frozen forgets loans after a year")


def _rings(session: Session) -> Fetched:
    yield from link(session, "/rings", {"limit": 2}, rows="$.rings[*]", next="$.more")


def _payers(shard: Shard, session: Session) -> Fetched:
    def since(begin: datetime | None) -> Any:
        asked = Posted(session, {"since": begin and begin.isoformat()}, into="page")
        return cursor(
            asked, "/payers/search", rows="$.rows[*]", param="after", next="$.next", id="payer.id"
        )

    return incremental(shard, since, at="$.rows[*].payer.changed", overlap=timedelta(days=1))


def _notes(shard: Shard, session: Session) -> Fetched:
    assert shard.key is not None
    page = session.get(f"/bills/{segment(shard.key.value)}/notes")
    expect.list(page, "$.notes", "id")
    yield page


fetch = by_resource(
    bills=listed(numbered, "/bills", total="$.total"),
    loans=_loans,
    rings=_rings,
    texts=listed(
        cursor,
        "/texts",
        lambda options, since: {"limit": options.page_size},
        param="after",
        next="$.next",
        may_be_absent=True,
    ),
    payers=_payers,
    notes=_notes,
)


@hookimpl
def map_item(item: Item, connection: Connection) -> Any:
    call = RING.record(item.wire, connection.name, connection.options)
    yield call
    yield model.Callout(connection=connection.name, id=f"ring:{call.id}", derived=True)
