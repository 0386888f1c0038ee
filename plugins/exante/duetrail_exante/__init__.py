"""Exante: invoices, the emails sent about each, and conversations with customers.

Source: the public API reference of Exante. What it reads, what it cannot and why is on the
plugin's page in the documentation.
"""

from duetrail_exante.declaration import source
from duetrail_exante.fetching import fetch
from duetrail_exante.mapping import map_item

__all__ = ["fetch", "map_item", "source"]
