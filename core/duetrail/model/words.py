"""The canonical words: one closed list per enum, always beside the vendor's own word.

Every enum field `x` of a record has a neighbour `x_raw`. A word no mapping knows becomes
`unknown` and survives in `x_raw`; no word at all is None in both.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import TypeVar

W = TypeVar("W", bound=StrEnum)


class InvoiceKind(StrEnum):
    """Who owes whom."""

    RECEIVABLE = "receivable"
    PAYABLE = "payable"
    USAGE_BILL = "usage_bill"  # billed to the reader for usage: never an ageing receivable
    CREDIT_NOTE = "credit_note"  # the reader owes the customer: never an ageing receivable
    UNKNOWN = "unknown"


class InvoiceStatus(StrEnum):
    """Where an invoice stands. Overdue is not a status: it is a fact about an open invoice."""

    DRAFT = "draft"
    OPEN = "open"
    PARTIALLY_PAID = "partially_paid"
    PAYMENT_PENDING = "payment_pending"
    PAID = "paid"
    DISPUTED = "disputed"
    VOID = "void"
    WRITTEN_OFF = "written_off"
    UNKNOWN = "unknown"


class Direction(StrEnum):
    """Seen from the creditor: outbound goes to the customer."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    UNKNOWN = "unknown"


class CallStatus(StrEnum):
    """How far a call has come."""

    PLANNED = "planned"
    INITIATED = "initiated"
    COMPLETED = "completed"
    FAILED = "failed"
    UNKNOWN = "unknown"


class CallOutcome(StrEnum):
    """What the caller reached."""

    ANSWERED = "answered"  # by whom is not said
    RIGHT_PARTY = "right_party"
    WRONG_PARTY = "wrong_party"
    VOICEMAIL = "voicemail"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REJECTED = "rejected"
    BAD_NUMBER = "bad_number"
    CANCELLED = "cancelled"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Sentiment(StrEnum):
    """The mood a vendor heard in a conversation."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"
    UNKNOWN = "unknown"


class AgentKind(StrEnum):
    """Who acted for the creditor."""

    HUMAN = "human"
    AI = "ai"
    AUTOMATION = "automation"
    UNKNOWN = "unknown"


class CalloutKind(StrEnum):
    """What a collection action is for."""

    PAYMENT_REMINDER = "payment_reminder"
    FOLLOW_UP = "follow_up"
    VERIFICATION = "verification"
    TASK = "task"  # a piece of work for a person
    UNKNOWN = "unknown"


class CalloutStatus(StrEnum):
    """How far a collection action has come."""

    PENDING_APPROVAL = "pending_approval"
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    ACTIVE = "active"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Priority(StrEnum):
    """How urgent the vendor holds an action to be."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"
    UNKNOWN = "unknown"


class Channel(StrEnum):
    """How a customer is reached."""

    CALL = "call"
    EMAIL = "email"
    SMS = "sms"
    LETTER = "letter"
    CHAT = "chat"
    PORTAL = "portal"
    UNKNOWN = "unknown"


class AttemptStatus(StrEnum):
    """How one attempt of a callout ended."""

    COMPLETED = "completed"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"


class EmailStatus(StrEnum):
    """How far an email has come on the sender's side. Sent is not delivered."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"


class DeliveryStatus(StrEnum):
    """What came back from the receiving side."""

    DELIVERED = "delivered"
    DEFERRED = "deferred"  # not yet: it is tried again
    BOUNCED = "bounced"
    COMPLAINED = "complained"  # it arrived, and was called spam
    UNKNOWN = "unknown"


class PaymentStatus(StrEnum):
    """How far a payment has come."""

    PENDING = "pending"
    SETTLED = "settled"
    FAILED = "failed"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class PaymentMethod(StrEnum):
    """How the money moved."""

    ACH = "ach"
    WIRE = "wire"
    CHECK = "check"
    CARD = "card"
    CASH = "cash"
    DIRECT_DEBIT = "direct_debit"
    WALLET = "wallet"
    PAY_LATER = "pay_later"
    VOUCHER = "voucher"
    BALANCE = "balance"  # credit the customer had with the creditor
    UNKNOWN = "unknown"


def canonical(words: type[W], raw: object, known: Mapping[str, W] | None = None) -> W | None:
    """The canonical word for a vendor's word.

    Args:
        words: The closed list, for example `InvoiceStatus`.
        raw: The vendor's word, compared without regard to case; None and "" are no word.
        known: Words the vendor spells differently, in lower case: `{"overdue": OPEN}`.

    Returns:
        The word, `unknown` for one that is in neither list, None for no word.
    """
    if raw is None or raw == "":
        return None
    spelt = str(raw).casefold()
    if known and spelt in known:
        return known[spelt]
    every: dict[str, W] = _spelt(words)
    return every.get(spelt) or every["unknown"]


@cache
def _spelt(words: type[W]) -> dict[str, W]:
    """The words of a list as they are spelt."""
    return {word.value: word for word in words}
