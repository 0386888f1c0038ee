"""Groat: invoices, and the emails about them."""

from duetrail_groat.declaration import source
from duetrail_groat.fetching import fetch

__all__ = ["fetch", "source"]
