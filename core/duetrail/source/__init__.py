"""What a vendor plugin declares of itself, and what passes between it and the core.

Declared once: `Source`, its `Resource`s, their `Shape`s, and `Keys` for what can only be asked
per key. Passed around: `Connection` (a configured source), `Shard` (a piece of work), `Page`
(one answer), `Cursor` (how far a listing was read), `Item` (one vendor object on a page). All are
small, frozen and picklable where they travel.
"""

import warnings
from typing import Any

from duetrail.source.declaring import (
    FILLED,
    Connection,
    Keys,
    KeySource,
    Period,
    Resource,
    Shape,
    Source,
    between,
    option,
    with_page_size,
)
from duetrail.source.items import Item, Skip
from duetrail.source.oauth2 import OAuth2
from duetrail.source.oauth2_options import OAuth2ClientOptions, OAuth2UserOptions
from duetrail.source.pages import Cursor, Key, Notice, Page, Shard, Unread
from duetrail.source.zones import time_zone

__all__ = [
    "FILLED",
    "Connection",
    "Cursor",
    "Item",
    "Key",
    "KeySource",
    "Keys",
    "Notice",
    "OAuth2",
    "OAuth2ClientOptions",
    "OAuth2UserOptions",
    "Page",
    "Period",
    "Resource",
    "Shape",
    "Shard",
    "Skip",
    "Source",
    "Unread",
    "between",
    "option",
    "time_zone",
    "with_page_size",
]


def __getattr__(name: str) -> Any:
    """`Feed` is the former name of `KeySource`."""
    if name != "Feed":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn("duetrail.source.Feed is now KeySource", DeprecationWarning, stacklevel=2)
    return KeySource
