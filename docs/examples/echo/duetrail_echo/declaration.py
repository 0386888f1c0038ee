"""What Echo is: its settings, and what it can be asked for."""

from __future__ import annotations

from functools import partial

from attrs import frozen

from duetrail import hookimpl
from duetrail.http import NoAuth
from duetrail.model import Call, Callout, Email, Invoice, Party
from duetrail.source import Keys, KeySource, Resource, Shape, Source, option
from duetrail_echo import wire


@frozen
class Options:
    """The settings of an Echo connection."""

    answers: str = option("The JSON file of what Echo answers; see the README.")
    invoices: KeySource = option(
        "Numbers of the invoices to ask for calls about: CONNECTION:COLUMN, file:PATH, or a list.",
        default=KeySource(),
    )


_invoice = partial(Shape, record=Invoice, wire=wire.Invoice, version="revision")
_customer = partial(Shape, record=Party, wire=wire.Customer, version="revision")
_email = partial(Shape, record=Email, wire=wire.Email, version="revision")
_call = partial(Shape, record=Call, wire=wire.Call, version="revision")

# A walk over pages, with further items inside each invoice, which may lack them. A planned call
# makes a callout.
_INVOICES = (
    _invoice(name="invoice", path="$.invoices[*]"),
    _customer(
        name="in.customer",
        path="$.invoices[*].customer",
        carries=frozenset({"name"}),
        may_be_absent=True,
    ),
    _email(name="in.email", path="$.invoices[*].emails[*]", may_be_absent=True),
    _call(name="in.call", path="$.invoices[*].calls[*]", derives=(Callout,), may_be_absent=True),
)
# The same customers with all their fields: where both shapes carry one, the higher rank wins.
_CUSTOMERS = (_customer(name="customer", path="$.customers[*]", rank=1),)
_REPLIES = (_email(name="reply", path="$.replies[*]"),)
_CALLS = (_call(name="call", path="$.calls[*]", derives=(Callout,)),)


@hookimpl
def source() -> Source:
    """Echo; replies are asked for per stored callout, calls per invoice number."""
    numbers = Keys(record=Invoice, column="number", option="invoices")
    return Source(
        name="echo",
        title="Echo",
        options=Options,
        base_url="http://127.0.0.1",  # never asked
        resources=(
            Resource(name="invoices", shapes=_INVOICES, volatile=frozenset({"age_days"})),
            Resource(name="customers", shapes=_CUSTOMERS),
            Resource(name="replies", shapes=_REPLIES, keys=Keys(record=Callout)),
            Resource(name="calls", shapes=_CALLS, keys=numbers),
        ),
        auth=lambda options: NoAuth(),
    )
