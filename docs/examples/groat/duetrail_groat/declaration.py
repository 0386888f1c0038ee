"""What Groat is: settings, address, resources."""

from datetime import datetime, timedelta
from typing import Any

from attrs import frozen
from duetrail import hookimpl
from duetrail.http import BearerAuth
from duetrail.model import Call, Callout, Invoice, InvoiceStatus
from duetrail.secrets import Secret
from duetrail.source import Keys, Resource, Shape, Source, between, option

from duetrail_groat.errors import classify_error
from duetrail_groat.mapping import EMAIL, INVOICE


@frozen
class Options:
    """The settings of a connection."""

    token: Secret = option("The secret key, as a reference such as env:GROAT_TOKEN.")
    page_size: int = option("Rows per page, 1 to 100.", default=100, validator=between(1, 100))


# Nobody writes about an invoice that was paid or voided so long ago.
_QUIET = timedelta(days=30)


def _is_settled(invoice: Invoice, asked_at: datetime, _: Any) -> bool:
    """Whether the emails of an invoice need not be asked for again."""
    ended = {InvoiceStatus.PAID: invoice.paid_at, InvoiceStatus.VOID: invoice.voided_at}
    moment = ended.get(invoice.status) if invoice.status is not None else None
    return moment is not None and asked_at - moment >= _QUIET


_INVOICES = Resource(
    name="invoices",
    shapes=(Shape(name="invoice", mapping=INVOICE, path="$.data[*]"),),
    # Whoever has one of these links sees the invoice, and may pay it.
    never_stored=frozenset({"hosted_invoice_url", "invoice_pdf"}),
)
_EMAILS = Resource(
    name="emails",
    shapes=(Shape(name="email", mapping=EMAIL, path="$.data[*]"),),
    keys=Keys(record=Invoice, is_final=_is_settled),
)


@hookimpl
def source() -> Source:
    """Groat."""
    return Source(
        name="groat",
        title="Groat",
        options=Options,
        base_url="https://api.groat.example/v1",
        resources=(_INVOICES, _EMAILS),
        unsupported=(Call, Callout),
        auth=lambda options: BearerAuth(options.token),
        classify_error=classify_error,
        requests_per_second=25.0,
    )
