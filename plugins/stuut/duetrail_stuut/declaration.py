"""What Stuut is: settings, where it is, what it can be asked for.

Source: Stuut API reference, List Invoices, List Calls, Retrieve a Call, List Partners, Retrieve a
Payment, List Remittances, List Tasks.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import attrs
from attrs import frozen, validators

from duetrail import hookimpl
from duetrail.http import BearerAuth
from duetrail.model import (
    Call,
    Callout,
    Email,
    Party,
    Payment,
    PaymentStatus,
    all_but,
)
from duetrail.secrets import Secret
from duetrail.source import Keys, Resource, Shape, Source, between, option
from duetrail_stuut import wire
from duetrail_stuut.customers import PARTNER
from duetrail_stuut.mapping import INVOICE, PAYMENT
from duetrail_stuut.touches import CALL, EMAIL, EMAIL_WITH_MORE, LISTED_CALL, PLANNED_CALL

STATUSES = ("draft", "open", "uncollectible", "paid", "void", "processing", "overdue")
"""The statuses the API can filter by (Stuut API reference, List Invoices)."""


@frozen
class Options:
    """The settings of a Stuut connection."""

    token: Secret = option("The API token, as a reference such as env:STUUT_TOKEN.")
    page_size: int = option(
        "Rows per page, 1 to 200. A page holds whole conversations: small pages, small memory.",
        default=50,
        validator=between(1, 200),
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
    cross_check: bool = option(
        "Whether a full reading without filters is compared with Stuut's own ageing balance.",
        default=True,
    )


def has_filters(options: Options) -> bool:
    """Whether the settings leave some invoices out."""
    switches = (options.task, options.has_outreach, options.customer_outreach_paused)
    return bool(options.status or options.number) or any(one is not None for one in switches)


# --- what can change no more ---------------------------------------------------------------------

# Transcript, summary and classification of a call come after it, and people amend them.
_QUIET = timedelta(days=30)

_FINAL = {
    PaymentStatus.SETTLED,
    PaymentStatus.FAILED,
    PaymentStatus.REFUNDED,
    PaymentStatus.CANCELLED,
}


def _call_settled(call: Call, asked_at: datetime, options: Options) -> bool:
    """Whether it had ended long before it was last asked for, and did not change since."""
    is_old = call.ended_at is not None and asked_at - call.ended_at >= _QUIET
    return is_old and not _changed_since(call, asked_at)


def _payment_settled(payment: Payment, asked_at: datetime, options: Options) -> bool:
    """Whether it had come to its end when it was last asked for, and did not change since."""
    return payment.status in _FINAL and not _changed_since(payment, asked_at)


def _changed_since(record: Call | Payment, asked_at: datetime) -> bool:
    """Whether another sight of it, such as inside an invoice, is newer than the answer."""
    return record.updated_at is not None and record.updated_at > asked_at


# --- where what stands ---------------------------------------------------------------------------


# Wherever Stuut shows an object it is the same one, and the copy modified last is right; a thinner
# copy has no word on what it does not carry.
_call = partial(Shape, version="modified_at", unless=PLANNED_CALL, derives=(Callout,))
_email = partial(Shape, version="modified_at", derives=(Callout,))
_partner = partial(Shape, mapping=PARTNER, version="modified_at")
_payment = partial(Shape, mapping=PAYMENT, version="modified_at")
# Nothing that Stuut does not call required has to be there (Stuut API reference).
_INSIDE: dict[str, Any] = {"may_be_absent": True}

# Inside an invoice the invoices of a call are cut off, and an email names none anywhere.
_CALL_INSIDE = all_but(Call, "invoices")
_EMAIL_INSIDE = all_but(Email, "invoices")
# Inside a call a partner lacks the two pause flags.
_PARTNER_INSIDE = all_but(Party, "email_paused call_paused")

_INVOICES = Resource(
    name="invoices",
    filtered=has_filters,
    since="issued_at, or by a later outreach, payment or reply",
    shapes=(
        Shape(name="invoice", mapping=INVOICE, path="$.data[*]", version="modified_at"),
        _partner(name="invoice.partner", path="$.data[*].partner", **_INSIDE),
        # An allocation names its payment; nothing is required of the object beside it.
        _payment(
            name="invoice.payment",
            path="$.data[*].payments[*].payment",
            needs_id=False,
            **_INSIDE,
        ),
        _call(
            name="invoice.call",
            mapping=CALL,
            path="$.data[*].calls[*]",
            carries=_CALL_INSIDE,
            **_INSIDE,
        ),
        _partner(
            name="invoice.call.partner",
            path="$.data[*].calls[*].partner",
            carries=_PARTNER_INSIDE,
            **_INSIDE,
        ),
        _email(
            name="invoice.email",
            mapping=EMAIL,
            unless=EMAIL_WITH_MORE,
            path="$.data[*].emails[*]",
            carries=_EMAIL_INSIDE,
            **_INSIDE,
        ),
    ),
)
_CALLS = Resource(
    name="calls",
    optional=True,
    shapes=(
        _call(name="call", mapping=LISTED_CALL, path="$.data[*]"),
        _partner(name="call.partner", path="$.data[*].partner", carries=_PARTNER_INSIDE, **_INSIDE),
    ),
)
_CALL_DETAILS = Resource(
    name="call-details",
    optional=True,
    keys=Keys(record=Call, is_final=_call_settled),
    shapes=(
        _call(name="call", mapping=LISTED_CALL, path="$"),
        _partner(name="call.partner", path="$.partner", carries=_PARTNER_INSIDE, **_INSIDE),
    ),
)
_PARTNERS = Resource(
    name="partners", optional=True, shapes=(_partner(name="partner", path="$.data[*]"),)
)
_PAYMENTS = Resource(
    name="payments",
    optional=True,
    keys=Keys(record=Payment, is_final=_payment_settled),
    shapes=(_payment(name="payment", path="$"),),
)
_REMITTANCES = Resource(
    name="remittances",
    optional=True,
    # The remittances of the whole page say which invoices such an email is about.
    shapes=(
        _email(name="remittance.email", record=Email, wire=EMAIL.wire, path="$.data[*].email"),
    ),
)
_TASKS = Resource(
    name="tasks",
    optional=True,
    shapes=(
        Shape(name="task", record=Callout, wire=wire.Task, path="$.data[*]", version="modified_at"),
    ),
)

# The integration record may hold the customer's ERP credentials; the others are credentials by
# themselves.
_SECRETS = frozenset({"linked_integration", "presigned_url", "account_key"})


@hookimpl
def source() -> Source:
    """Stuut."""
    resources = (_INVOICES, _CALLS, _CALL_DETAILS, _PARTNERS, _PAYMENTS, _REMITTANCES, _TASKS)
    return Source(
        name="stuut",
        title="Stuut",
        options=Options,
        base_url="https://api.stuut.ai",
        resources=tuple(attrs.evolve(one, never_stored=_SECRETS) for one in resources),
        auth=lambda options: BearerAuth(options.token),
        # No `classify_error`: Stuut documents no errors, so the HTTP status says all there is.
    )
