"""What Stuut is: settings, where it is, what it can be asked for."""

from __future__ import annotations

import attrs
from attrs import frozen, validators

from duetrail import hookimpl
from duetrail.http import BearerAuth
from duetrail.model import Call, Callout, Email, Invoice, Party
from duetrail.secrets import Secret
from duetrail.source import Resource, Shape, Source, option
from duetrail_stuut import wire

STATUSES = ("draft", "open", "uncollectible", "paid", "void", "processing", "overdue")
"""The statuses the API can filter by (Stuut API reference, List Invoices)."""


@frozen
class Options:
    """The settings of a Stuut connection."""

    token: Secret = option("The API token, as a reference such as env:STUUT_TOKEN.")
    page_size: int = option(
        "Invoices per page, 1 to 200. A page holds whole conversations: small pages, small memory.",
        default=50,
        validator=validators.and_(validators.ge(1), validators.le(200)),
    )
    amounts: str = option(
        "`minor` if amounts are in cents (the default), `major` if in whole units.",
        default="minor",
        validator=validators.in_(("minor", "major")),
    )
    status: tuple[str, ...] = option(
        f"Only invoices in these states: {', '.join(STATUSES)}.",
        default=(),
        validator=validators.deep_iterable(validators.in_(STATUSES)),
    )
    number: tuple[str, ...] = option("Only invoices with these numbers.", default=())
    task: str | None = option("Only invoices of this task, such as tsk_abc123.", default=None)
    has_outreach: bool | None = option(
        "Only invoices with (true) or without (false) outreach.", default=None
    )
    customer_outreach_paused: bool | None = option(
        "Only invoices whose customer's outreach is (true) or is not (false) paused.", default=None
    )


_PAUSES = frozenset({"email_paused", "call_paused"})
_PARTY = frozenset(f.name for f in attrs.fields(Party))

_SHAPES = (
    Shape(
        name="invoice",
        record=Invoice,
        wire=wire.Invoice,
        path="$.data[*]",
        version="modified_at",
    ),
    Shape(
        name="invoice.partner",
        record=Party,
        wire=wire.Partner,
        path="$.data[*].partner",
        version="modified_at",
        rank=1,
    ),
    Shape(
        name="invoice.call",
        record=Call,
        wire=wire.Call,
        path="$.data[*].calls[*]",
        version="modified_at",
        derives=(Callout,),
    ),
    Shape(
        name="invoice.call.partner",
        record=Party,
        wire=wire.Partner,
        path="$.data[*].calls[*].partner",
        version="modified_at",
        carries=_PARTY - _PAUSES,
    ),
    Shape(
        name="invoice.email",
        record=Email,
        wire=wire.Email,
        path="$.data[*].emails[*]",
        version="modified_at",
        derives=(Callout,),
    ),
)


@hookimpl
def source() -> Source:
    """Stuut."""
    return Source(
        name="stuut",
        title="Stuut",
        options=Options,
        base_url="https://api.stuut.ai",
        resources=(
            Resource(
                name="invoices",
                shapes=_SHAPES,
                # The integration record may hold the customer's ERP credentials; the others are
                # credentials by themselves.
                never_stored=frozenset({"linked_integration", "presigned_url", "account_key"}),
            ),
        ),
        auth=lambda options: BearerAuth(options.token),
        # No `fault`: Stuut documents no errors, so the HTTP status says all there is.
    )
