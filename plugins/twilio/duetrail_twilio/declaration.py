"""What Twilio is: settings, where it is, what it can be asked for.

Source: Twilio's OpenAPI document, Call, Recording, Message.
"""

from __future__ import annotations

import re
from typing import Any

import attrs
from attrs import frozen

from duetrail import hookimpl
from duetrail.http import BasicAuth
from duetrail.model import Call, Callout, Email, Invoice, only
from duetrail.secrets import Secret
from duetrail.source import Resource, Shape, Source, between, option
from duetrail_twilio import wire

_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")


def _account_sid(_: Any, attribute: attrs.Attribute[Any], value: str) -> None:
    if not _ACCOUNT.fullmatch(value):
        raise ValueError(f"{attribute.name} must be AC and 32 hexadecimal digits")


@frozen
class Options:
    """The settings of a Twilio connection."""

    account_sid: str = option(
        "The account to read: AC and 32 hexadecimal digits.", validator=_account_sid
    )
    key: Secret = option(
        "The SID of an API key, or of the account, as a reference such as env:TWILIO_API_KEY."
    )
    secret: Secret = option(
        "The secret of that key, or the account's auth token, as a reference such as "
        "env:TWILIO_API_SECRET."
    )
    page_size: int = option("Rows per page, 1 to 1000.", default=200, validator=between(1, 1_000))
    look_back_days: int = option(
        "Days, 1 to 3650, that each run begins before the newest row of the last one, since a "
        "price, a status or a recording may come later.",
        default=7,
        validator=between(1, 3_650),
    )


_CALL = Shape(
    name="call",
    record=Call,
    wire=wire.Call,
    path="$.calls[*]",
    id="sid",
    carries=only(
        Call,
        "direction status outcome voicemail from_number to_number started_at ended_at "
        "duration_seconds currency cost created_at updated_at",
    ),
)
# A recording is no record of its own: it says of its call where it can be heard. Of several
# recordings of one call the one with the greatest SID counts, whichever is answered first.
_RECORDING = Shape(
    name="recording",
    record=Call,
    wire=wire.Recording,
    path="$.recordings[*]",
    # One that is `absent` or `deleted` cannot be heard, and is listed with a link all the same.
    where={"status": ("in-progress", "paused", "stopped", "processing", "completed", None)},
    id="call_sid",
    version="sid",
    carries=only(Call, "recording_url"),
    needs_id=False,
)
_MESSAGE = Shape(name="message", record=Email, wire=wire.Message, path="$.messages[*]", id="sid")


@hookimpl
def source() -> Source:
    """Twilio."""
    return Source(
        name="twilio",
        title="Twilio",
        options=Options,
        base_url="https://api.twilio.com",
        resources=(
            Resource(name="calls", shapes=(_CALL,), since="start_time", until="start_time"),
            Resource(
                name="recordings",
                shapes=(_RECORDING,),
                since="date_created",
                until="date_created",
            ),
            Resource(name="messages", shapes=(_MESSAGE,), since="date_sent", until="date_sent"),
        ),
        unsupported=(Invoice, Callout),
        auth=lambda options: BasicAuth(options.key, options.secret),
        # No `classify_error`: Twilio's errors come with the status that says what they are.
    )
