"""Groat: invoices, and the calls made about them.

Where to begin: `wire` says what the vendor's objects look like, `declaration` what can be asked
for, `fetching` how, and `mapping` what the objects mean.
"""

from duetrail_groat.declaration import source
from duetrail_groat.fetching import fetch
from duetrail_groat.mapping import map_item

__all__ = ["fetch", "map_item", "source"]
