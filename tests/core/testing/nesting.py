"""Nesting: a vendor all declared, with ids that are numbers and touches inside invoices."""

from duetrail import by_resource, hookimpl
from duetrail.declared import (
    FieldMapping,
    digits,
    each,
    first_of,
    itself,
    made_of,
    money,
    parent,
    text,
    word,
)
from duetrail.errors import UnknownKey
from duetrail.http import OAuth2Auth, link, listed, once
from duetrail.model import (
    Address,
    Call,
    Callout,
    Email,
    Invoice,
    InvoiceLine,
    Party,
    Payment,
)
from duetrail.source import (
    Keys,
    OAuth2,
    OAuth2ClientOptions,
    Resource,
    Shape,
    Source,
    with_page_size,
)

# What a shape, or a list of children, goes by is read by the mapping, too.
SENT = {"type": ("email", "letter")}
MET = {"type": ("call", "visit")}
LINE = FieldMapping(
    InvoiceLine,
    name="label",
    product_type="kind",
    currency=parent("cur"),
    total=money("cents"),
)
BILL = FieldMapping(
    Invoice,
    id="id",
    number=text("no"),
    status=word("state"),
    currency="cur",
    total=money(digits("total"), in_minor=False),
    customer_id="payer",
    customer_name=first_of("company", "person"),
    updated_at="changed",
    lines=each("rows", LINE, where={"kind": ("item", "work")}),
)
PAID = FieldMapping(Payment, id="id", currency=parent("cur"), amount=money("cents"))
MAIL = FieldMapping(
    Email,
    id="id",
    channel=word("type"),
    subject="subject",
    sent_at="at",
    customer_id=parent("payer"),
)
RING = FieldMapping(Call, id=made_of(parent("id"), "at", "type"), reason="type", started_at="at")
NOTE = FieldMapping(Email, id="id", text="text")
PAYER = FieldMapping(
    Party,
    id="id",
    name="name",
    billing_address=itself(FieldMapping(Address, line1="street", city="town")),
)


@hookimpl
def source() -> Source:
    """Bills with their events and payments inside, notes by bill, payers by themselves."""
    events = "$.bills[*].events[*]"
    return Source(
        name="nesting",
        title="Nesting",
        options=with_page_size(OAuth2ClientOptions, 2),
        base_url="https://api.nesting.example/v1",
        resources=(
            Resource(
                name="bills",
                shapes=(
                    Shape(name="bill", mapping=BILL, path="$.bills[*]"),
                    Shape(name="paid", mapping=PAID, path="$.bills[*].payments[*]"),
                    Shape(name="mail", mapping=MAIL, path=events, where=SENT),
                    Shape(name="ring", mapping=RING, path=events, id="at", where=MET),
                ),
            ),
            Resource(
                name="notes",
                shapes=(Shape(name="note", mapping=NOTE, path="$.notes[*]"),),
                keys=Keys(record=Invoice),
            ),
            Resource(name="payers", shapes=(Shape(name="payer", mapping=PAYER, path="$[*]"),)),
        ),
        unsupported=(Callout,),
        auth=OAuth2Auth.of,
        oauth2=OAuth2(token_url="https://id.nesting.example/token"),
    )


fetch = by_resource(
    bills=listed(
        link, "/bills", page_size="limit", since="since", at="changed", next="$.links.next"
    ),
    notes=listed(once, "/bills/{key}/notes", missing=UnknownKey),
    payers=listed(once, "/payers"),
)
