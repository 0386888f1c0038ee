"""What Stripe is: settings, where it is, what it can be asked for.

Source: Stripe API reference, Invoices, Credit Notes, Customers, Charges, Refunds, Disputes.
"""

from __future__ import annotations

from attrs import frozen

from duetrail import hookimpl
from duetrail.http import BearerAuth
from duetrail.model import Call, Callout, Email, Invoice, Party, Payment
from duetrail.secrets import Secret
from duetrail.source import Resource, Shape, Source, between, option
from duetrail_stripe import wire


@frozen
class Options:
    """The settings of a Stripe connection."""

    key: Secret = option(
        "A secret or restricted API key, as a reference such as env:STRIPE_API_KEY; a restricted "
        "key needs no more than to read."
    )
    page_size: int = option("Rows per page, 1 to 100.", default=100, validator=between(1, 100))


_INVOICE = Shape(name="invoice", record=Invoice, wire=wire.Invoice, path="$.data[*]")
_CREDIT_NOTE = Shape(name="credit_note", record=Invoice, wire=wire.CreditNote, path="$.data[*]")
_CUSTOMER = Shape(name="customer", record=Party, wire=wire.Customer, path="$.data[*]")
_CHARGE = Shape(name="charge", record=Payment, wire=wire.Charge, path="$.data[*]")
_REFUND = Shape(name="refund", record=Payment, wire=wire.Refund, path="$.data[*]")
_DISPUTE = Shape(name="dispute", record=Payment, wire=wire.Dispute, path="$.data[*]")

# Lets whoever has it pay, confirm or cancel in the customer's name.
_NEVER_STORED = frozenset({"client_secret"})


def _resource(name: str, shape: Shape) -> Resource:
    return Resource(
        name=name, shapes=(shape,), since="created", until="created", never_stored=_NEVER_STORED
    )


@hookimpl
def source() -> Source:
    """Stripe."""
    return Source(
        name="stripe",
        title="Stripe",
        options=Options,
        base_url="https://api.stripe.com",
        resources=(
            _resource("customers", _CUSTOMER),
            _resource("invoices", _INVOICE),
            _resource("credit_notes", _CREDIT_NOTE),
            _resource("charges", _CHARGE),
            _resource("refunds", _REFUND),
            _resource("disputes", _DISPUTE),
        ),
        unsupported=(Call, Callout, Email),
        auth=lambda options: BearerAuth(options.key),
        # No `classify_error`: Stripe's errors come with the status that says what they are.
    )
