"""What Credira is: settings, where it is, what it can be asked for.

Source: Credira API reference, Get Calls, Get Call by ID, Get Callouts, Get Callout Response,
Get Emails.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import frozen

from duetrail import hookimpl
from duetrail.http import BearerAuth
from duetrail.model import Call, Callout, CalloutStatus, Email, Invoice, all_but, only
from duetrail.secrets import Secret
from duetrail.source import Keys, KeySource, Resource, Shape, Source, between, option
from duetrail_credira import wire
from duetrail_credira.errors import classify_error


@frozen
class Options:
    """The settings of a Credira connection."""

    token: Secret = option("The API key, as a reference such as env:CREDIRA_API_KEY.")
    invoices: KeySource = option(
        "Which invoices to ask about: CONNECTION:COLUMN of another connection, file:PATH, or a "
        "list of Credira's invoice ids."
    )
    look_back_days: int = option(
        "Days, 0 to 36500: emails, responses and call details are asked for again until so long "
        "after the last known time of a callout or call that is over; 0 for always.",
        default=90,
        validator=between(0, 36_500),
    )


def _settled(record: Call | Callout, asked_at: datetime, options: Options) -> bool:
    """Whether a call or callout was over, and long past, when it was last asked for.

    Opens, clicks, bounces and scores change answers without a time of their own, so that a time
    of change proves nothing; only age makes a later change unlikely.
    """
    times = [time for time in _times(record) if time is not None]
    if not options.look_back_days or not times or _goes_on(record):
        return False
    return asked_at - max(times) >= timedelta(days=options.look_back_days)


def _goes_on(record: Call | Callout) -> bool:
    """Whether more is to come, at whatever age: no end of a call is known, a callout is active."""
    if isinstance(record, Call):
        return record.ended_at is None
    return record.status is CalloutStatus.ACTIVE


def _times(record: Call | Callout) -> tuple[datetime | None, ...]:
    if isinstance(record, Call):
        return record.created_at, record.started_at, record.ended_at, record.updated_at
    return record.created_at, record.scheduled_at, record.completed_at, record.updated_at


_PER_INVOICE = Keys(record=Invoice, option="invoices")
_PER_CALL = Keys(record=Call, is_final=_settled)
_PER_CALLOUT = Keys(record=Callout, is_final=_settled)

# The list is read in every run, the detail of an old call is not read again: what both show is
# taken from the list, so that no list row of today is overruled by a detail of last month.
_IN_DETAIL = "direction started_at ended_at updated_at summary keywords tags currency cost"
_IN_RESPONSE = "attempts attempts_total attempts_successful completed_at"

# Without versions: Credira's clocks contradict each other, and every answer is whole, so the later
# one is right whatever its `updated_time` says.
_CALL = Shape(
    name="call", record=Call, wire=wire.Call, path="$.data[*]", carries=all_but(Call, _IN_DETAIL)
)
_CALL_DETAIL = Shape(
    name="call.detail",
    record=Call,
    wire=wire.CallDetail,
    path="$.data",
    carries=only(Call, _IN_DETAIL),
    rank=1,
)
_CALLOUT = Shape(
    name="callout",
    record=Callout,
    wire=wire.Callout,
    path="$.data[*]",
    carries=all_but(Callout, _IN_RESPONSE),
)
_RESPONSE = Shape(
    name="callout.response",
    record=Callout,
    wire=wire.Response,
    path="$.data",
    id="callout_id",
    carries=only(Callout, _IN_RESPONSE),
    rank=1,
)
_EMAIL = Shape(name="email", record=Email, wire=wire.Email, path="$.data[*]")


@hookimpl
def source() -> Source:
    """Credira."""
    return Source(
        name="credira",
        title="Credira",
        options=Options,
        base_url="https://api.credira.com/v1",
        resources=(
            Resource(name="calls", shapes=(_CALL,), keys=_PER_INVOICE),
            Resource(name="callouts", shapes=(_CALLOUT,), keys=_PER_INVOICE),
            Resource(name="emails", shapes=(_EMAIL,), keys=_PER_CALLOUT),
            Resource(name="call-details", shapes=(_CALL_DETAIL,), keys=_PER_CALL, optional=True),
            Resource(name="responses", shapes=(_RESPONSE,), keys=_PER_CALLOUT, optional=True),
        ),
        unsupported=(Invoice,),
        auth=lambda options: BearerAuth(options.token),
        classify_error=classify_error,
    )
