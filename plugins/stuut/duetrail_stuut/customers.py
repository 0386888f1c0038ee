"""Stuut's customers as parties. Source: Stuut API reference, List Invoices, List Partners."""

from __future__ import annotations

from duetrail.model import Address, Contact, Party
from duetrail.source import Connection
from duetrail_stuut import wire
from duetrail_stuut.values import id_of


def party(partner: wire.Partner, connection: Connection) -> Party:
    """The customer, with the people there."""
    return Party(
        connection=connection.name,
        id=partner.id,
        remote_id=id_of(partner.remote_id),
        name=partner.name,
        legal_name=partner.legal_name,
        is_company=partner.is_company,
        is_active=partner.is_active,
        parent_id=id_of(partner.parent_id),
        account_number=partner.account_number,
        tax_number=partner.tax_number,
        email=partner.email,
        phone=partner.phone,
        timezone=partner.timezone,
        currency=partner.currency,
        email_disabled=partner.is_email_disabled,
        phone_disabled=partner.is_phone_disabled,
        email_paused=partner.is_email_outreach_manually_paused,
        call_paused=partner.is_call_outreach_manually_paused,
        billing_address=address_of(partner.billing_address),
        shipping_address=address_of(partner.shipping_address),
        created_at=partner.created_at,
        updated_at=partner.modified_at,
        contacts=tuple(_contact(contact) for contact in partner.contacts or ()),
    )


def _contact(contact: wire.Contact) -> Contact:
    return Contact(
        id=contact.id,
        remote_id=contact.remote_id,
        name=contact.name,
        email=contact.email,
        phone=contact.phone,
        job_title=contact.job_title,
        role=contact.external_role,
        is_primary=contact.is_primary,
        email_disabled=contact.is_email_disabled,
        phone_disabled=contact.is_phone_disabled,
        created_at=contact.created_at,
        updated_at=contact.modified_at,
    )


def address_of(address: wire.Address | None) -> Address | None:
    """A postal address."""
    if address is None:
        return None
    return Address(
        name=address.name,
        line1=address.line1,
        line2=address.line2,
        city=address.city,
        state=address.state,
        postal_code=address.postal_code,
        country=address.country,
        phone=address.phone,
    )
