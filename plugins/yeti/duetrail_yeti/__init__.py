"""Yeti Switch: one customer's accounts at a telephone switch, its invoices, calls and payments.

Source: the customer API of Yeti Switch, version 1. What it reads, what it cannot and why is on
the plugin's page in the documentation.
"""

from duetrail_yeti.declaration import source
from duetrail_yeti.fetching import fetch
from duetrail_yeti.mapping import map_item

__all__ = ["fetch", "map_item", "source"]
