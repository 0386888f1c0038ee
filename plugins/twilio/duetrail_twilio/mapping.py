"""Twilio's objects as canonical records.

Source: Twilio's OpenAPI document. Twilio knows numbers, not customers and not invoices: whom a call
or message reached, and about what, is found by rules of the configuration.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from duetrail import hookimpl
from duetrail.errors import BadItem
from duetrail.model import (
    Call,
    CallOutcome,
    CallStatus,
    Channel,
    DeliveryStatus,
    Direction,
    Email,
    EmailStatus,
    Money,
    Record,
    canonical,
    from_rfc2822,
)
from duetrail.source import Connection, Item
from duetrail_twilio import wire

_CALL_STATUS = {
    "queued": CallStatus.PLANNED,
    "ringing": CallStatus.INITIATED,
    "in-progress": CallStatus.INITIATED,
    # The attempt is over; what it reached is the outcome.
    "busy": CallStatus.COMPLETED,
    "no-answer": CallStatus.COMPLETED,
    "canceled": CallStatus.COMPLETED,
}
# Before it is over, a call has reached nobody yet.
_UNDER_WAY = frozenset({"queued", "ringing", "in-progress"})
_MACHINES = ("machine_start", "machine_end_beep", "machine_end_silence", "machine_end_other")
_OUTCOMES = {
    **dict.fromkeys(_MACHINES, CallOutcome.VOICEMAIL),
    "completed": CallOutcome.ANSWERED,
    "human": CallOutcome.ANSWERED,
    "no-answer": CallOutcome.NO_ANSWER,
    "canceled": CallOutcome.CANCELLED,
}
_DIRECTIONS = {
    "outbound-api": Direction.OUTBOUND,
    "outbound-dial": Direction.OUTBOUND,
    "outbound-call": Direction.OUTBOUND,
    "outbound-reply": Direction.OUTBOUND,
    "trunking-terminating": Direction.OUTBOUND,  # from the creditor's switch to the network
    "trunking-originating": Direction.INBOUND,
}
_MESSAGE_STATUS = {
    "accepted": EmailStatus.QUEUED,
    "receiving": EmailStatus.SENDING,
    "received": EmailStatus.DELIVERED,
    "read": EmailStatus.DELIVERED,
    "undelivered": EmailStatus.FAILED,
    "partially_delivered": EmailStatus.SENT,
    "canceled": EmailStatus.FAILED,
}
_DELIVERY = {
    "delivered": DeliveryStatus.DELIVERED,
    "read": DeliveryStatus.DELIVERED,
    "undelivered": DeliveryStatus.BOUNCED,
}
_PRICE = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)


@hookimpl
def map_item(item: Item, connection: Connection) -> Iterator[Record]:
    """One row as one record."""
    match item.wire:
        case wire.Call() as call:
            yield _call(call, connection)
        case wire.Recording() as recording:
            yield Call(
                connection=connection.name,
                id=recording.call_sid,
                recording_url=recording.media_url,
            )
        case wire.Message() as message:
            yield _message(message, connection)


def _call(call: wire.Call, connection: Connection) -> Call:
    (currency, reached) = (call.price_unit or None, _reached(call))
    return Call(
        connection=connection.name,
        id=call.sid,
        direction=canonical(Direction, call.direction, _DIRECTIONS),
        direction_raw=call.direction,
        status=canonical(CallStatus, call.status, _CALL_STATUS),
        status_raw=call.status,
        outcome=canonical(CallOutcome, reached, _OUTCOMES),
        outcome_raw=reached,
        voicemail=_voicemail(call),
        from_number=call.from_,
        to_number=call.to,
        started_at=from_rfc2822(call.start_time or None, "$.start_time"),
        ended_at=from_rfc2822(call.end_time or None, "$.end_time"),
        duration_seconds=_seconds(call.duration),
        currency=currency,
        cost=Money.major(_cost(call.price), currency, "$.price"),
        created_at=from_rfc2822(call.date_created or None, "$.date_created"),
        updated_at=from_rfc2822(call.date_updated or None, "$.date_updated"),
    )


def _reached(call: wire.Call) -> str | None:
    """Twilio's word for what a call reached: who answered, where it was asked to find out."""
    return call.answered_by or (None if call.status in _UNDER_WAY else call.status)


def _voicemail(call: wire.Call) -> bool | None:
    """Whether a machine answered; None where Twilio was not asked to find out, or did not."""
    if call.answered_by in _MACHINES:
        return True
    return False if call.answered_by == "human" else None


def _message(message: wire.Message, connection: Connection) -> Email:
    (channel, word) = _channel(message)
    return Email(
        connection=connection.name,
        id=message.sid,
        channel=channel,
        channel_raw=word,
        direction=canonical(Direction, message.direction, _DIRECTIONS),
        direction_raw=message.direction,
        status=canonical(EmailStatus, message.status, _MESSAGE_STATUS),
        status_raw=message.status,
        delivery_status=_DELIVERY.get(message.status or ""),
        delivery_status_raw=message.status if message.status in _DELIVERY else None,
        bounced=message.status == "undelivered" if message.status in _DELIVERY else None,
        from_address=message.from_,
        to_addresses=(message.to,) if message.to else (),
        text=message.body,
        error=message.error_message,
        sent_at=from_rfc2822(message.date_sent or None, "$.date_sent"),
        created_at=from_rfc2822(message.date_created or None, "$.date_created"),
        updated_at=from_rfc2822(message.date_updated or None, "$.date_updated"),
    )


def _channel(message: wire.Message) -> tuple[Channel, str | None]:
    """A number alone is reached by SMS; another channel stands before it, as in `whatsapp:+1…`."""
    (word, colon, _) = (message.to or "").partition(":")
    return (Channel.CHAT, word) if colon else (Channel.SMS, None)


def _cost(price: str | None) -> Decimal | None:
    """What was charged: Twilio writes a charge as a negative price.

    Raises:
        BadItem: It is no plain decimal.
    """
    if not price:
        return None
    if not _PRICE.fullmatch(price):
        raise BadItem("the price is not a plain decimal", path="$.price")
    return Decimal(price).copy_negate()  # a minus would round what is very long


def _seconds(duration: str | None) -> int | None:
    if not duration:
        return None
    if not _SECONDS.fullmatch(duration):
        raise BadItem("the duration is not a number of seconds", path="$.duration")
    return int(duration)
