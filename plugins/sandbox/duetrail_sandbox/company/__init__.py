"""The made-up company: its people, its invoices, and everything that happens on them."""

from duetrail_sandbox.company.company import Company

__all__ = ["Company"]
