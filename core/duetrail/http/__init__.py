"""The one way to a vendor's API: authentication, time-outs, retries and limits live here.

A plugin sees `Session` (`session.get(path, params)` gives a `Page`), picks an authentication such
as `BearerAuth` or `OAuth2Auth`, quotes ids with `segment`, and, where its vendor says more than
the HTTP status, builds its `classify_error` on `by_status`. One `RateLimiter` per credential is
shared by all sessions.

Importing this package is cheap: requests and what it needs load with the first `Session`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from duetrail.http import expect
from duetrail.http.address import segment
from duetrail.http.answers import expect_number, expect_same, required
from duetrail.http.auth import BasicAuth, BearerAuth, HeaderAuth, NoAuth, QueryAuth
from duetrail.http.backoff import Backoff
from duetrail.http.cutting import cut
from duetrail.http.faults import by_status, retry_after
from duetrail.http.follow import follow
from duetrail.http.posting import Posted
from duetrail.http.proof import Listing
from duetrail.http.rate_limiter import RateLimiter, Stopped
from duetrail.http.session import Session
from duetrail.http.walk import count, walk
from duetrail.late import late_names

if TYPE_CHECKING:
    from duetrail.http.exports import export
    from duetrail.http.formats import csv_rows, json_lines
    from duetrail.http.links import linked
    from duetrail.http.lists import listed
    from duetrail.http.login import LoginAuth
    from duetrail.http.oauth2 import OAuth2Auth
    from duetrail.http.paginators import Asks, cursor, link, numbered, offset, once
    from duetrail.http.several import all_of
    from duetrail.http.signing import HmacAuth, Signing
    from duetrail.http.spelling import day, milliseconds, seconds
    from duetrail.http.token import Token
    from duetrail.http.watermark import incremental
    from duetrail.http.xml_format import xml_tree

__all__ = [
    "Asks",
    "Backoff",
    "BasicAuth",
    "BearerAuth",
    "HeaderAuth",
    "HmacAuth",
    "Listing",
    "LoginAuth",
    "NoAuth",
    "OAuth2Auth",
    "Posted",
    "QueryAuth",
    "RateLimiter",
    "Session",
    "Signing",
    "Stopped",
    "Token",
    "all_of",
    "by_status",
    "count",
    "csv_rows",
    "cursor",
    "cut",
    "day",
    "expect",
    "expect_number",
    "expect_same",
    "export",
    "follow",
    "incremental",
    "json_lines",
    "link",
    "linked",
    "listed",
    "milliseconds",
    "numbered",
    "offset",
    "once",
    "required",
    "retry_after",
    "seconds",
    "segment",
    "walk",
    "xml_tree",
]


# What few plugins need is imported when it is first used.
_HOME = {
    "duetrail.http.exports": ("export",),
    "duetrail.http.formats": ("csv_rows", "json_lines"),
    "duetrail.http.links": ("linked",),
    "duetrail.http.lists": ("listed",),
    "duetrail.http.login": ("LoginAuth",),
    "duetrail.http.oauth2": ("OAuth2Auth",),
    "duetrail.http.paginators": ("Asks", "cursor", "link", "numbered", "offset", "once"),
    "duetrail.http.several": ("all_of",),
    "duetrail.http.signing": ("HmacAuth", "Signing"),
    "duetrail.http.spelling": ("day", "milliseconds", "seconds"),
    "duetrail.http.token": ("Token",),
    "duetrail.http.watermark": ("incremental",),
    "duetrail.http.xml_format": ("xml_tree",),
}

__getattr__ = late_names(__name__, _HOME, {"Governor": "RateLimiter"})
