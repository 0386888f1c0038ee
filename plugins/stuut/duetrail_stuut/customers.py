"""Stuut's customers as parties. Source: Stuut API reference, List Invoices, List Partners."""

from __future__ import annotations

from duetrail.declared import FieldMapping, computed, each, nested
from duetrail.model import Address, Contact, Party
from duetrail_stuut.values import id_of

ADDRESS = FieldMapping(
    Address,
    name="name",
    line1="line1",
    line2="line2",
    city="city",
    state="state",
    postal_code="postal_code",
    country="country",
    phone="phone",
)
_CONTACT = FieldMapping(
    Contact,
    id=computed(id_of, "id"),
    remote_id=computed(id_of, "remote_id"),
    name="name",
    email="email",
    phone="phone",
    job_title="job_title",
    role="external_role",
    is_primary="is_primary",
    email_disabled="is_email_disabled",
    phone_disabled="is_phone_disabled",
    created_at="created_at",
    updated_at="modified_at",
)
# Inside a call a partner lacks the two pause flags.
PARTNER = FieldMapping(
    Party,
    id="id",
    remote_id=computed(id_of, "remote_id"),
    name="name",
    legal_name="legal_name",
    is_company="is_company",
    is_active="is_active",
    parent_id=computed(id_of, "parent_id"),
    account_number="account_number",
    tax_number="tax_number",
    email="email",
    phone="phone",
    timezone="timezone",
    currency="currency",
    email_disabled="is_email_disabled",
    phone_disabled="is_phone_disabled",
    email_paused="is_email_outreach_manually_paused",
    call_paused="is_call_outreach_manually_paused",
    billing_address=nested("billing_address", ADDRESS),
    shipping_address=nested("shipping_address", ADDRESS),
    created_at="created_at",
    updated_at="modified_at",
    contacts=each("contacts", _CONTACT),
)
