"""The configuration: `duetrail.toml`, read once, checked with the place of every mistake.

    [store]
    url = "sqlite:///duetrail.db"          # relative to this file
    keep_pages = 30                        # days; "all" unless set; or "none"

    [connections.stuut-us]
    plugin = "stuut"
    token = "env:STUUT_TOKEN"              # a reference, never the secret itself

    [connections.credira]
    plugin = "credira"
    token = "file:credira.token"
    invoices = "stuut-us:remote_id"        # whose records give the keys, and which column

    [[trail.same_invoice]]                 # which invoices of two connections are one
    name = "same number"
    invoices = ["stuut-us:number", "exante:number"]

    [[trail.touch]]                        # which touches that name no invoice belong to which
    name = "number in the subject"
    by = "number"                          # or "contact", "thread"
    touches = "mailbox:emails"
    invoices = "stuut-us:number"

    [plugins.NAME]                         # turns a plugin on that changes records, or listens

Every connection also takes `base_url`, `timeout` (seconds), `attempts`, `requests_per_second`,
`include` (the optional resources to read), `full_every` (days), `max_body` (MiB), `max_time`
(seconds), `mass_loss_share` and `mass_loss_least`. What else it takes is the plugin's to say.
"""

from __future__ import annotations

from duetrail.config.configuration import Config
from duetrail.config.extensions import Extension
from duetrail.config.reading import (
    DEFAULT_NAME,
    DEFAULT_STORE,
    days_of,
    parse_config,
    read_config,
    text_of,
)
from duetrail.config.trail import SameInvoice, TouchRule

__all__ = [
    "DEFAULT_NAME",
    "DEFAULT_STORE",
    "Config",
    "Extension",
    "SameInvoice",
    "TouchRule",
    "days_of",
    "parse_config",
    "read_config",
    "text_of",
]
