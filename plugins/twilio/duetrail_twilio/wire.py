"""The fields of Twilio's answers that the mapping uses, in Twilio's own words.

Source: Twilio's OpenAPI document, `api.v2010.account.call`, `.recording` and `.message`. Everything
but a SID may be null. Times are those of emails (RFC 2822), numbers and prices are text.
"""

from __future__ import annotations

from attrs import frozen

from duetrail.wire import named


@frozen
class Call:
    """A row of GET Calls.json: one leg of a call."""

    sid: str
    status: str | None = None
    direction: str | None = None
    answered_by: str | None = None
    from_: str | None = named("from", default=None)
    to: str | None = None
    start_time: str | None = None
    end_time: str | None = None
    duration: str | None = None
    price: str | None = None
    price_unit: str | None = None
    date_created: str | None = None
    date_updated: str | None = None


@frozen
class Recording:
    """A row of GET Recordings.json; `call_sid` is the call that was heard."""

    call_sid: str
    media_url: str | None = None


@frozen
class Message:
    """A row of GET Messages.json: an SMS, an MMS, or a message of another channel."""

    sid: str
    status: str | None = None
    direction: str | None = None
    from_: str | None = named("from", default=None)
    to: str | None = None
    body: str | None = None
    error_message: str | None = None
    date_sent: str | None = None
    date_created: str | None = None
    date_updated: str | None = None
