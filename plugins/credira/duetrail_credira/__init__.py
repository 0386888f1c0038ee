"""Credira: calls, callouts and emails, asked for invoice by invoice.

Source: the public API reference of Credira, version 1. What it reads, what it cannot and why is
on the plugin's page in the documentation.
"""

from duetrail_credira.declaration import source
from duetrail_credira.fetching import fetch
from duetrail_credira.mapping import map_item

__all__ = ["fetch", "map_item", "source"]
