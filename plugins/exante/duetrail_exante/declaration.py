"""What Exante is: settings, what it can be asked for.

An invoice is shown in three forms. The list is read in every run and has the first word; the
header of a timeline adds the currency; the detail, which may be months old, adds only what neither
of them shows. An email is shown in two: the timeline follows it to its end and has the first word;
a draft, which is one no more once it is sent, adds only what the timeline does not show.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs
from attrs import frozen, validators

from duetrail import hookimpl
from duetrail.http import BearerAuth
from duetrail.model import Call, Callout, Email, Invoice, InvoiceStatus, Party, only
from duetrail.secrets import Secret
from duetrail.source import Keys, Resource, Shape, Source, between, option
from duetrail_exante import wire
from duetrail_exante.account import account
from duetrail_exante.errors import classify_error


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
        "The organization to read timelines and conversations of, a UUID; without it the default "
        "one of the key's user.",
        default=None,
        validator=validators.optional(_uuid),
    )
    page_size: int = option(
        "Invoices, or conversations, per page, 1 to 100.",
        default=100,
        validator=between(1, 100),
    )
    look_back_days: int = option(
        "Days, 0 to 36500: an invoice that is closed is asked about until so long after it was "
        "paid, since an email may bounce late; 0 for always.",
        default=90,
        validator=between(0, 36_500),
    )


# --- invoices ------------------------------------------------------------------------------------

_IN_ALL = only(
    Invoice,
    "number status overdue in_dispute amount_due issued_at issued_on due_at due_on paid_at "
    "customer_id customer_name",
)
_IN_LIST = _IN_ALL | only(
    Invoice,
    "kind total subtotal tax discount amount_paid amount_remaining amount_credited billing_email",
)
_IN_HEADER = _IN_ALL | only(Invoice, "currency")
_IN_DETAIL = _IN_LIST | only(Invoice, "currency document_url lines")

_INVOICE = Shape(
    name="invoice",
    record=Invoice,
    wire=wire.Invoice,
    path="$.data.items[*]",
    id="uid",
    carries=_IN_LIST,
    rank=2,
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
    rank=1,
)
_DETAIL = Shape(
    name="detail",
    record=Invoice,
    wire=wire.Detail,
    path="$.data",
    id="uid",
    carries=_IN_DETAIL,
)

_CLOSED = frozenset({InvoiceStatus.PAID, InvoiceStatus.VOID, InvoiceStatus.WRITTEN_OFF})


def _is_settled(invoice: Invoice, asked_at: datetime, options: Options) -> bool:
    """Whether it was closed long enough ago when it was last asked about."""
    if invoice.status not in _CLOSED or invoice.paid_at is None or not options.look_back_days:
        return False
    return (asked_at - invoice.paid_at).days >= options.look_back_days


_BY_INVOICE = Keys(record=Invoice, is_final=_is_settled)

# --- emails --------------------------------------------------------------------------------------

_IN_BOTH = only(
    Email,
    "direction status from_address to_addresses cc_addresses subject text planned_at created_at",
)
_IN_TIMELINE = _IN_BOTH | only(
    Email,
    "delivery_status bounced bounced_addresses bounced_at sent_at error "
    "initiator_kind initiator_id initiator_name",
)
_IN_DRAFT = _IN_BOTH | only(Email, "invoices bcc_addresses html updated_at")

_EMAIL = Shape(
    name="email",
    record=Email,
    wire=wire.Email,
    path="$.data.emails[*]",
    id="uid",
    carries=_IN_TIMELINE,
    rank=1,
)
_DRAFT = Shape(
    name="draft",
    record=Email,
    wire=wire.Draft,
    path="$.items[*]",
    id="uid",
    version="updated_at",
    carries=_IN_DRAFT,
)
# Messages have uids of their own: none is an email of a timeline, even where it shows the same one.
_MESSAGE = Shape(
    name="message",
    record=Email,
    wire=wire.Message,
    path="$.data.messages[*]",
    id="uid",
)

# --- resources -----------------------------------------------------------------------------------

# Opens an attached file for whoever has it.
_NEVER_STORED = frozenset({"presigned_url"})
# Both count days up to today.
_VOLATILE = frozenset({"overdue_days", "age"})

_RESOURCES = (
    Resource(
        name="invoices",
        shapes=(_INVOICE, _CLIENT),
        never_stored=_NEVER_STORED,
        volatile=_VOLATILE,
    ),
    Resource(
        name="outreach",
        shapes=(_HEADER, _EMAIL),
        keys=_BY_INVOICE,
        never_stored=_NEVER_STORED,
    ),
    Resource(
        name="details",
        shapes=(_DETAIL,),
        keys=_BY_INVOICE,
        never_stored=_NEVER_STORED,
        volatile=_VOLATILE,
        optional=True,
    ),
    Resource(
        name="drafts",
        shapes=(_DRAFT,),
        keys=_BY_INVOICE,
        never_stored=_NEVER_STORED,
        optional=True,
    ),
    Resource(
        name="conversations",
        shapes=(_MESSAGE,),
        never_stored=_NEVER_STORED,
        since="updated_on",
        optional=True,
    ),
)


@hookimpl
def source() -> Source:
    """Exante."""
    return Source(
        name="exante",
        title="Exante",
        options=Options,
        # The reference shows a development host; which one is live depends on the customer.
        base_url=None,
        resources=_RESOURCES,
        unsupported=(Call, Callout),
        auth=lambda options: BearerAuth(options.token),
        classify_error=classify_error,
        account=account,
    )
