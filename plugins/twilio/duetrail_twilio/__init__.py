"""Twilio: calls with their recordings and prices, and text messages.

Source: Twilio's public OpenAPI document of its REST API, version 2010-04-01. What it reads, what it
cannot and why is on the plugin's page in the documentation.
"""

from duetrail_twilio.declaration import source
from duetrail_twilio.fetching import fetch
from duetrail_twilio.mapping import map_item

__all__ = ["fetch", "map_item", "source"]
