"""A plugin as somebody wrote it for contract 1.2, and never touched it again.

NEVER EDIT THIS FILE. It stands for the plugins of strangers: where a change of the core makes it
fail, the change is what is wrong. A later contract gets a file of its own beside this one.
"""

from duetrail import by_resource, hookimpl
from duetrail.declared import (
    FieldMapping,
    digits,
    each,
    first_of,
    itself,
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

LINE = FieldMapping(InvoiceLine, name="label", currency=parent("cur"), total=money("cents"))
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
    lines=each("rows", LINE, where={"kind": "item"}),
)
PAID = FieldMapping(Payment, id="id", currency=parent("cur"), amount=money("cents"))
MAIL = FieldMapping(Email, id="id", subject="subject", sent_at="at", customer_id=parent("payer"))
RING = FieldMapping(Call, id="id", reason="subject", started_at="at")
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
        name="frozen",
        title="Frozen",
        options=with_page_size(OAuth2ClientOptions, 2),
        base_url="https://api.frozen.example/v1",
        resources=(
            Resource(
                name="bills",
                shapes=(
                    Shape(name="bill", mapping=BILL, path="$.bills[*]"),
                    Shape(name="paid", mapping=PAID, path="$.bills[*].payments[*]"),
                    Shape(name="mail", mapping=MAIL, path=events, where={"type": "email"}),
                    Shape(name="ring", mapping=RING, path=events, where={"type": "call"}),
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
        oauth2=OAuth2(token_url="https://id.frozen.example/token"),
    )


fetch = by_resource(
    bills=listed(
        link, "/bills", page_size="limit", since="since", at="changed", next="$.links.next"
    ),
    notes=listed(once, "/bills/{key}/notes", missing=UnknownKey),
    payers=listed(once, "/{client_id}/payers"),
)
