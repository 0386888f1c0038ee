"""What Exante is: settings, what it can be asked for."""

from __future__ import annotations

from typing import Any

import attrs
from attrs import frozen, validators

from duetrail import hookimpl
from duetrail.http import BearerAuth
from duetrail.model import Call, Callout, Email, Invoice, Party
from duetrail.secrets import Secret
from duetrail.source import Keys, Resource, Shape, Source, option
from duetrail_exante import wire
from duetrail_exante.faults import fault


def _uuid(_: Any, attribute: attrs.Attribute[Any], value: str) -> None:
    if not wire.UUID.fullmatch(value):
        raise ValueError(
            f"{attribute.name} must be a UUID, five groups of hexadecimal digits such as "
            "00000000-0000-4000-8000-000000000000, not a name"
        )


@frozen
class Options:
    """The settings of an Exante connection."""

    token: Secret = option("The API key, as a reference such as env:EXANTE_API_KEY.")
    organization_uid: str | None = option(
        "The organization to read timelines of, a UUID; without it the default one of the key's "
        "user.",
        default=None,
        validator=validators.optional(_uuid),
    )
    page_size: int = option(
        "Invoices per page, 1 to 100.",
        default=100,
        validator=validators.and_(validators.ge(1), validators.le(100)),
    )


_IN_LIST = frozenset(
    {
        "number",
        "status",
        "status_raw",
        "overdue",
        "in_dispute",
        "total",
        "subtotal",
        "tax",
        "discount",
        "amount_paid",
        "amount_due",
        "amount_remaining",
        "issued_at",
        "issued_on",
        "due_at",
        "due_on",
        "paid_at",
        "customer_id",
        "customer_name",
        "billing_email",
    }
)
_IN_HEADER = frozenset(
    {
        "number",
        "status",
        "status_raw",
        "overdue",
        "in_dispute",
        "currency",
        "amount_due",
        "issued_at",
        "issued_on",
        "due_at",
        "due_on",
        "paid_at",
        "customer_id",
        "customer_name",
    }
)

# Of the two only the header knows the currency; else the list is as good, and richer.
_INVOICE = Shape(
    name="invoice",
    record=Invoice,
    wire=wire.Invoice,
    path="$.data.items[*]",
    id="uid",
    carries=_IN_LIST,
    rank=1,
)
_CLIENT = Shape(
    name="invoice.client",
    record=Party,
    wire=wire.Client,
    path="$.data.items[*].parties.client",
    id="uid",
)
_HEADER = Shape(
    name="header",
    record=Invoice,
    wire=wire.Header,
    path="$.data.invoice",
    id="uid",
    carries=_IN_HEADER,
)
_EMAIL = Shape(name="email", record=Email, wire=wire.Email, path="$.data.emails[*]", id="uid")

# Opens an attached file for whoever has it.
_NEVER_STORED = frozenset({"presigned_url"})


@hookimpl
def source() -> Source:
    """Exante."""
    return Source(
        name="exante",
        title="Exante",
        options=Options,
        # The reference shows a development host; which one is live depends on the customer.
        base_url=None,
        resources=(
            Resource(
                name="invoices",
                shapes=(_INVOICE, _CLIENT),
                never_stored=_NEVER_STORED,
                # Both count days up to today.
                volatile=frozenset({"overdue_days", "age"}),
            ),
            Resource(
                name="outreach",
                shapes=(_HEADER, _EMAIL),
                keys=Keys(record=Invoice),
                never_stored=_NEVER_STORED,
            ),
        ),
        unsupported=(Call, Callout),
        auth=lambda options: BearerAuth(options.token),
        fault=fault,
    )
