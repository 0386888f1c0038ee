"""The canonical model: records, the values they share, and the words they use."""

import warnings
from typing import Any

from duetrail.model.children import (
    Attachment,
    CalloutAttempt,
    Contact,
    CreditAllocation,
    Instalment,
    InvoiceLine,
    PaymentAllocation,
)
from duetrail.model.fields import all_but, children_of, fields_of, is_later, only
from duetrail.model.made_ids import made_id
from duetrail.model.money import Money, exponent
from duetrail.model.records import (
    BY_TABLE,
    RECORDS,
    Call,
    Callout,
    Email,
    Invoice,
    Party,
    Payment,
    Record,
    Touch,
)
from duetrail.model.values import (
    Address,
    Link,
    LinkKind,
    Ref,
    day_of,
    from_digits,
    from_json_date,
    from_local,
    from_rfc2822,
    from_unix,
)
from duetrail.model.words import (
    AgentKind,
    AttemptStatus,
    CallOutcome,
    CalloutKind,
    CalloutStatus,
    CallStatus,
    Channel,
    DeliveryStatus,
    Direction,
    EmailStatus,
    InvoiceKind,
    InvoiceStatus,
    PaymentMethod,
    PaymentStatus,
    Priority,
    Sentiment,
    canonical,
)

__all__ = [
    "BY_TABLE",
    "RECORDS",
    "Address",
    "AgentKind",
    "Attachment",
    "AttemptStatus",
    "Call",
    "CallOutcome",
    "CallStatus",
    "Callout",
    "CalloutAttempt",
    "CalloutKind",
    "CalloutStatus",
    "Channel",
    "Contact",
    "CreditAllocation",
    "DeliveryStatus",
    "Direction",
    "Email",
    "EmailStatus",
    "Instalment",
    "Invoice",
    "InvoiceKind",
    "InvoiceLine",
    "InvoiceStatus",
    "Link",
    "LinkKind",
    "Money",
    "Party",
    "Payment",
    "PaymentAllocation",
    "PaymentMethod",
    "PaymentStatus",
    "Priority",
    "Record",
    "Ref",
    "Sentiment",
    "Touch",
    "all_but",
    "canonical",
    "children_of",
    "day_of",
    "exponent",
    "fields_of",
    "from_digits",
    "from_json_date",
    "from_local",
    "from_rfc2822",
    "from_unix",
    "is_later",
    "made_id",
    "only",
]


def __getattr__(name: str) -> Any:
    """`How` is the former name of `LinkKind`."""
    if name != "How":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn("duetrail.model.How is now LinkKind", DeprecationWarning, stacklevel=2)
    return LinkKind
