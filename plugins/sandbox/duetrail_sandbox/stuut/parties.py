"""Stuut's forms of people and customers: users, addresses, contacts and partners.

Fields and envelopes follow the Stuut API reference, List Invoices.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from duetrail_sandbox.company.cast import COMPANY
from duetrail_sandbox.company.clock import stamp
from duetrail_sandbox.company.people import Address, Contact, Customer, User
from duetrail_sandbox.rendering import spliced, thinned
from duetrail_sandbox.stuut.integration import LINKED_INTEGRATION, secret

__all__ = ["ORGANIZATION", "SYNCED", "address", "organization", "partner", "user"]

ORGANIZATION = "org_0001"
SYNCED = "2026-06-30T06:00:00Z"

_HIRED = "2024-01-15T09:00:00Z"


def user(person: User | None) -> dict[str, Any] | None:
    """Show a member of the company's team, or null."""
    if person is None:
        return None
    return thinned(
        {
            "email": person.email,
            "family_name": person.family,
            "given_name": person.given,
            "object": "user",
            "organization_id": ORGANIZATION,
            "id": person.id,
            "created_at": _HIRED,
            "dashboard_settings": {"thread_emails_sort_order": "asc"},
            "default_email_sender_id": "sndr_0001",
            "invited_by_user_id": None if person.admin else "usr_0001",
            "is_access_approved": True,
            "is_org_admin": person.admin,
            "modified_at": _HIRED,
            "name": f"{person.given} {person.family}",
            "onboarding_required": False,
            "profile_picture": None,
            "selected": True,
        },
        person.id,
    )


def address(place: Address, owner: Customer, kind: str) -> dict[str, Any]:
    """Show a postal address; it has no id, its owner holds a number for it."""
    created = stamp(owner.created)
    return thinned(
        {
            "object": "address",
            "city": place.city,
            "coordinates": {},
            "country": place.country,
            "created_at": created,
            "description": None,
            "line1": place.line1,
            "line2": place.line2,
            "modified_at": created,
            "name": owner.name,
            "phone": None,
            "postal_code": place.postal_code,
            "remote_id": f"{owner.remote_id}-{kind[0].upper()}",
            "state": place.state,
            "type": kind,
        },
        f"{owner.id}.{kind}",
    )


def contact(person: Contact, owner: Customer) -> dict[str, Any]:
    """Show a person at a customer, with the address in both of its forms."""
    created = stamp(owner.created)
    fields = {
        "email": person.email,
        "object": "contact",
        "partner_id": owner.id,
        "id": person.id,
        "address": address(owner.address, owner, "billing") if person.primary else None,
        "address_id": 9000 + owner.index if person.primary else None,
        "addresses": [_kept_address(owner)] if person.primary else [],
        "created_at": created,
        "custom_fields": None,
        "external_role": person.role,
        "family_name": person.family,
        "given_name": person.given,
        "internal_role": "account_manager" if person.primary else None,
        "is_email_disabled": False,
        "is_phone_disabled": person.phone is None,
        "is_primary": person.primary,
        "is_primary_email": person.primary,
        "is_primary_phone": person.primary,
        "job_title": person.job,
        "modified_at": stamp(person.modified or owner.created),
        "name": f"{person.given} {person.family}",
        "phone": person.phone,
        "remote_created_at": created,
        "remote_id": f"{owner.remote_id}-{person.id[-1]}",
        "remote_metadata": {},
        "remote_modified_at": created,
        "status_metadata": None,
    }
    return thinned(fields, person.id)


def _kept_address(owner: Customer) -> dict[str, Any]:
    """Show an address in a contact's list: with an id, without phone and ERP id."""
    shown = address(owner.address, owner, "billing")
    shown.pop("phone", None)
    shown.pop("remote_id", None)
    return {**shown, "id": f"adr_{owner.index:05d}", "is_primary": True}


def _portal(owner: Customer, provider: str) -> dict[str, Any]:
    created = stamp(owner.created)
    return {
        "object": "ap_portal",
        "partner_id": owner.id,
        "id": f"app_{owner.index:05d}",
        "account": {
            "object": "ap_portal_account",
            "organization_id": ORGANIZATION,
            "provider": provider,
            "id": "apa_0001",
            "available_operations": ["download"],
            "created_at": created,
            "modified_at": created,
        },
        "account_id": "apa_0001",
        "account_key": secret(f"portal-key-{owner.index}"),
        "created_at": created,
        "customer_identifier": owner.remote_id,
        "customer_name": owner.name,
        "invoice_submission_guidelines": "One invoice per order.",
        "is_enabled": True,
        "is_invoice_submission_enabled": False,
        "is_report_download_enabled": True,
        "modified_at": created,
        "name": "Supplier portal",
        "provider": provider,
        "report_email": owner.contacts[0].email,
        "report_frequency": "daily",
    }


def _tag(owner: Customer, name: str) -> dict[str, Any]:
    created = stamp(owner.created)
    tag_id = f"tag_{sum(name.encode()) % 1000:04d}"
    return {
        "object": "partner_tag",
        "partner_id": owner.id,
        "tag_id": tag_id,
        "created_at": created,
        "is_manual": name != "Slow payer",
        "modified_at": created,
        "tag": {
            "name": name,
            "object": "tag",
            "id": tag_id,
            "color": "#4a7",
            "created_at": created,
            "modified_at": created,
            "rule_condition": {},
        },
    }


def organization() -> dict[str, Any]:
    """Show the one tenant; the reference names no field of it but those that others point to."""
    return {
        "object": "organization",
        "id": ORGANIZATION,
        "created_at": _HIRED,
        "modified_at": _HIRED,
        "name": COMPANY,
    }


def partner(owner: Customer, *, on_call: bool, listed: Mapping[str, Any] | None = None) -> str:
    """Write a customer as JSON text, as an invoice shows it or as a call does.

    A call's copy lacks the two flags that say outreach was paused by hand. ``listed`` is what
    only the list of customers tells; it is required there and never left out.
    """
    fields = _account(owner) | _reach(owner) | _origin(owner)
    if not on_call:
        fields["is_call_outreach_manually_paused"] = owner.calls_paused
        fields["is_email_outreach_manually_paused"] = owner.emails_paused
    return spliced(
        thinned(fields, owner.id) | dict(listed or {}), linked_integration=LINKED_INTEGRATION
    )


def _account(owner: Customer) -> dict[str, Any]:
    """Who the customer is."""
    return {
        "id": owner.id,
        "account_number": f"A-{owner.index:05d}",
        "ap_portals": [_portal(owner, owner.portal)] if owner.portal else [],
        "assignee": user(owner.assignee),
        "assignee_id": owner.assignee.id,
        "billing_address": address(owner.address, owner, "billing"),
        "billing_address_id": 9000 + owner.index,
        "contacts": [contact(person, owner) for person in owner.contacts],
        "currency": owner.currency,
        "description": None,
        "family_name": None,
        "given_name": None,
        "invoice_prefix": "INV",
        "is_active": True,
        "is_company": True,
        "legal_name": owner.legal_name,
        "name": owner.name,
        "object": "partner",
        "organization_id": ORGANIZATION,
        "shipping_address": address(owner.address, owner, "shipping"),
        "tags": [_tag(owner, name) for name in owner.tags],
        "tax_number": f"TAX-{owner.index:06d}" if owner.index % 2 else None,
        "timezone": owner.timezone,
    }


def _reach(owner: Customer) -> dict[str, Any]:
    """How the customer may be reached."""
    first = owner.contacts[0]
    return {
        "email": first.email,
        "is_email_disabled": False,
        "is_phone_disabled": False,
        "is_primary_email": True,
        "is_primary_phone": True,
        "last_outreach_at": None,
        "last_outreach_channel": None,
        "last_outreach_to": None,
        "on_behalf_of": None,
        "on_behalf_of_phone": None,
        "phone": first.phone,
    }


def _origin(owner: Customer) -> dict[str, Any]:
    """What the ERP says of the customer."""
    created = stamp(owner.created)
    modified = stamp(owner.modified or owner.created + timedelta(days=30))
    return {
        "created_at": created,
        "custom_fields": {"region": owner.address.country},
        "finix_identity_id": None,
        "last_synced_at": SYNCED,
        "modified_at": modified,
        "parent_id": owner.parent_id,
        "remote_created_at": created,
        "remote_id": owner.remote_id,
        "remote_metadata": {"segment": owner.index % 4},
        "remote_modified_at": modified,
        "remote_parent_id": None,
        "remote_payment_portal_url": f"https://pay.example.com/{owner.remote_id}",
        "status_metadata": None,
        "sync_status": "synced",
    }
