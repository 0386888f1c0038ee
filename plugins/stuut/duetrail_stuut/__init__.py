"""Stuut: invoices with the calls, emails and payments inside them.

Source: the public API reference of Stuut, version 1. What it reads, what it cannot and why is on
the plugin's page in the documentation.
"""

from duetrail_stuut.declaration import source
from duetrail_stuut.fetching import fetch
from duetrail_stuut.mapping import map_item

__all__ = ["fetch", "map_item", "source"]
