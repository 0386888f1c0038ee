"""What Credira is: settings, where it is, what it can be asked for."""

from __future__ import annotations

from attrs import frozen

from duetrail import hookimpl
from duetrail.http import BearerAuth
from duetrail.model import Call, Callout, Email, Invoice
from duetrail.secrets import Secret
from duetrail.source import Feed, Keys, Resource, Shape, Source, option
from duetrail_credira import wire
from duetrail_credira.faults import fault


@frozen
class Options:
    """The settings of a Credira connection."""

    token: Secret = option("The API key, as a reference such as env:CREDIRA_API_KEY.")
    invoices: Feed = option(
        "Which invoices to ask about: CONNECTION:COLUMN of another connection, file:PATH, or a "
        "list of Credira's invoice ids."
    )


_PER_INVOICE = Keys(record=Invoice, option="invoices")
_PER_CALLOUT = Keys(record=Callout)


@hookimpl
def source() -> Source:
    """Credira."""
    call = Shape(name="call", record=Call, wire=wire.Call, path="$.data[*]")
    callout = Shape(
        name="callout", record=Callout, wire=wire.Callout, path="$.data[*]", version="updated_time"
    )
    email = Shape(name="email", record=Email, wire=wire.Email, path="$.data[*]")
    return Source(
        name="credira",
        title="Credira",
        options=Options,
        base_url="https://api.credira.com/v1",
        resources=(
            Resource(name="calls", shapes=(call,), keys=_PER_INVOICE),
            Resource(name="callouts", shapes=(callout,), keys=_PER_INVOICE),
            Resource(name="emails", shapes=(email,), keys=_PER_CALLOUT),
        ),
        unsupported=(Invoice,),
        auth=lambda options: BearerAuth(options.token),
        fault=fault,
    )
