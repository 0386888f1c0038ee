"""Stuut's forms of people and customers: users, addresses, contacts and partners.

Fields follow the Stuut API reference, List Invoices.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from duetrail_sandbox.company.people import Contact, Customer, User
from duetrail_sandbox.forms import Form, spliced, thinned
from duetrail_sandbox.stuut.integration import LINKED_INTEGRATION

__all__ = ["address", "partner", "user"]

_USER = Form("""
    email family_name=family given_name=given object:"user" organization_id:"org_0001" id
    created_at:"2024-01-15T09:00:00Z" dashboard_settings:{"thread_emails_sort_order":"asc"}
    default_email_sender_id:"sndr_0001" is_access_approved:true is_org_admin=admin
    modified_at:"2024-01-15T09:00:00Z" name onboarding_required:false profile_picture:null
    selected:true
""")
# An address has no id, its owner holds a number for it.
_ADDRESS = Form("""
    object:"address" city=address.city coordinates:{} country=address.country created_at=created
    description:null line1=address.line1 line2=address.line2 modified_at=created name phone:null
    postal_code=address.postal_code state=address.state
""")
_CONTACT = Form("""
    email object:"contact" id custom_fields:null external_role=role family_name=family
    given_name=given is_email_disabled:false is_primary=primary is_primary_email=primary
    is_primary_phone=primary job_title=job name phone remote_metadata:{} status_metadata:null
""")
_PORTAL = Form("""
    object:"ap_portal" partner_id=id account_id:"apa_0001" created_at=created
    account_key~sandbox-secret-portal-key-{0.index} customer_identifier=remote_id
    customer_name=name is_enabled:true is_invoice_submission_enabled:false
    is_report_download_enabled:true modified_at=created provider=portal
    report_email=contact.email report_frequency:"daily"
""")
_PORTAL_ACCOUNT = Form("""
    object:"ap_portal_account" organization_id:"org_0001" provider=portal id:"apa_0001"
    available_operations:["download"] created_at=created modified_at=created
""")
_TAG = Form('object:"partner_tag" partner_id=id created_at=created modified_at=created')
_TAG_ITSELF = Form("""
    object:"tag" color:"#4a7" created_at=created modified_at=created rule_condition:{}
""")
_PARTNER = Form("""
    id account_number~A-{0.index:05d} assignee_id=assignee.id currency description:null
    family_name:null given_name:null invoice_prefix:"INV" is_active:true is_company:true legal_name
    name object:"partner" organization_id:"org_0001" timezone
    email=contact.email is_email_disabled:false is_phone_disabled:false is_primary_email:true
    is_primary_phone:true last_outreach_at:null last_outreach_channel:null last_outreach_to:null
    on_behalf_of:null on_behalf_of_phone:null phone=contact.phone
    created_at=created finix_identity_id:null last_synced_at:"2026-06-30T06:00:00Z" parent_id
    remote_created_at=created remote_id remote_parent_id:null
    remote_payment_portal_url~https://pay.example.com/{0.remote_id} status_metadata:null
    sync_status:"synced"
""")


def user(person: User | None) -> dict[str, Any] | None:
    """Show a member of the company's team, or null."""
    if person is None:
        return None
    invited_by = None if person.admin else "usr_0001"
    return thinned(_USER(person, invited_by_user_id=invited_by), person.id)


def address(owner: Customer, kind: str) -> dict[str, Any]:
    """Show the postal address of a customer, ``billing`` or ``shipping``."""
    fields = _ADDRESS(owner, remote_id=f"{owner.remote_id}-{kind[0].upper()}", type=kind)
    return thinned(fields, f"{owner.id}.{kind}")


def _contact(person: Contact, owner: Customer) -> dict[str, Any]:
    """Show a person at a customer, with the address in both of its forms."""
    shown = address(owner, "billing") if person.primary else None
    # In the list an address has an id, and neither phone nor ERP id.
    kept = {k: v for k, v in (shown or {}).items() if k not in ("phone", "remote_id")}
    fields = _CONTACT(
        person,
        partner_id=owner.id,
        address=shown,
        address_id=9000 + owner.index if person.primary else None,
        addresses=[{**kept, "id": f"adr_{owner.index:05d}", "is_primary": True}] if shown else [],
        created_at=owner.created,
        internal_role="account_manager" if person.primary else None,
        is_phone_disabled=person.phone is None,
        modified_at=person.modified or owner.created,
        remote_created_at=owner.created,
        remote_id=f"{owner.remote_id}-{person.id[-1]}",
        remote_modified_at=owner.created,
    )
    return thinned(fields, person.id)


def _portal(owner: Customer) -> dict[str, Any]:
    return _PORTAL(
        owner,
        id=f"app_{owner.index:05d}",
        account=_PORTAL_ACCOUNT(owner),
        invoice_submission_guidelines="One invoice per order.",
        name="Supplier portal",
    )


def _tag(owner: Customer, name: str) -> dict[str, Any]:
    tag_id = f"tag_{sum(name.encode()) % 1000:04d}"
    tag = _TAG_ITSELF(owner, name=name, id=tag_id)
    return _TAG(owner, tag_id=tag_id, is_manual=name != "Slow payer", tag=tag)


def partner(
    owner: Customer, *, on_call: bool = False, listed: Mapping[str, Any] | None = None
) -> str:
    """Write a customer as JSON text, as an invoice shows it or as a call does.

    A call's copy lacks the two flags that say outreach was paused by hand. ``listed`` is what
    only the list of customers tells; it is required there and never left out.
    """
    modified = owner.modified or owner.created + timedelta(days=30)
    paused = {
        "is_call_outreach_manually_paused": owner.calls_paused,
        "is_email_outreach_manually_paused": owner.emails_paused,
    }
    fields = _PARTNER(
        owner,
        ap_portals=[_portal(owner)] if owner.portal else [],
        assignee=user(owner.assignee),
        billing_address=address(owner, "billing"),
        billing_address_id=9000 + owner.index,
        contacts=[_contact(person, owner) for person in owner.contacts],
        shipping_address=address(owner, "shipping"),
        tags=[_tag(owner, name) for name in owner.tags],
        tax_number=f"TAX-{owner.index:06d}" if owner.index % 2 else None,
        custom_fields={"region": owner.address.country},
        modified_at=modified,
        remote_metadata={"segment": owner.index % 4},
        remote_modified_at=modified,
        **({} if on_call else paused),
    )
    shown = thinned(fields, owner.id) | dict(listed or {})
    return spliced(shown, linked_integration=LINKED_INTEGRATION)
