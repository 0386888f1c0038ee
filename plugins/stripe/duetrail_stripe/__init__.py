"""Stripe: invoices, credit notes, customers, payments, refunds and disputes.

Source: Stripe's public API reference and the examples of its OpenAPI repository. What it reads,
what it cannot and why is on the plugin's page in the documentation.
"""

from duetrail_stripe.declaration import source
from duetrail_stripe.fetching import fetch
from duetrail_stripe.mapping import map_item

__all__ = ["fetch", "map_item", "source"]
