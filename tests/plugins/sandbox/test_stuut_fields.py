"""Stuut, the invoice object: exactly the documented fields, and the known oddities.

The field lists are written down from the reference's sample answer (List Invoices) and not
taken from the sandbox, so that the two can disagree.
"""

from __future__ import annotations

import pytest

# By path inside an invoice.
KEYS = {
    "": (
        "amount_due amount_paid assignee billing_address billing_address_id billing_email "
        "calls created_at currency custom_fields due_date emails id in_dispute "
        "is_issued_email_sent issued_at last_outreach_at last_outreach_channel "
        "last_outreach_to last_synced_at line_items linked_integration "
        "marked_uncollectible_at memo modified_at number object order_number paid_at partner "
        "partner_id payments pdf pdf_id period_end_date period_start_date private_note "
        "promised_to_pay_date purchase_order_number remote_created_at remote_id "
        "remote_invoice_pdf remote_metadata remote_modified_at remote_partner_id "
        "remote_payment_portal_url remote_payment_status remote_status "
        "requires_line_item_sync shipping_address shipping_address_id status subtotal "
        "sync_status total_amount total_discount total_tax type voided_at"
    ),
    "assignee": (
        "created_at dashboard_settings default_email_sender_id email family_name given_name "
        "id invited_by_user_id is_access_approved is_org_admin modified_at name object "
        "onboarding_required organization_id profile_picture selected"
    ),
    "billing_address": (
        "city coordinates country created_at description line1 line2 modified_at name object "
        "phone postal_code remote_id state type"
    ),
    "calls[]": (
        "agent_id approver approver_id call_agent_id call_reason classifications created_at "
        "custom_classifications direction disconnection_reason end_time from_number id "
        "in_voicemail invoices is_automated modified_at object partner partner_id "
        "recording_url retell_id sentiment start_time status summary to_number transcript "
        "transcript_str transferred_to workflow"
    ),
    "calls[].classifications[]": (
        "action_recommendation agent_confidence_reason agent_confidence_score "
        "agent_error_code agent_reply_reason agent_uncertainties classification created_at "
        "is_action_required is_reply_required language modified_at object reason tasks"
    ),
    "calls[].classifications[].tasks[]": (
        "action_taken assignee assignee_id close_reason completed_action created_at data "
        "description error_reason id label modified_at object organization_id status "
        "trigger_event trigger_event_id type"
    ),
    "calls[].classifications[].tasks[].data[]": (
        "created_at data id modified_at object source task_id type"
    ),
    "calls[].classifications[].tasks[].trigger_event": (
        "actor_id created_at data entity entity_id id message modified_at name object timestamp"
    ),
    "calls[].workflow": (
        "active_days created_at email_sender_id id is_active is_call_on_weekend_enabled "
        "modified_at name object outreach_window_end outreach_window_start "
        "pending_run_strategy test_email test_phone_number timezone"
    ),
    "emails[]": (
        "attachments author author_id bcc body bounced_addresses bulk_email_request_id cc "
        "created_at custom_headers direction email_reason email_sender email_sender_id "
        "error_message from_email generated_body id is_automated is_generated "
        "is_originated_in_stuut is_unread modified_at object parent_email_id participants "
        "remote_id remote_links reply_to send_separately sent_at sent_by_id snippet status "
        "subject thread_id to"
    ),
    "emails[].attachments[]": (
        "content_id created_at disposition file_type id is_verified mime_type modified_at "
        "name object organization_id presigned_url presigned_url_expires_at purpose remote_id "
        "size src user_id"
    ),
    "emails[].email_sender": (
        "created_at email expired_at id is_nylas_connection is_nylas_grant_expired is_shared "
        "modified_at name object provider reply_to reply_to_name signature_html user_id"
    ),
    "emails[].remote_links[]": (
        "created_at email_id email_sender_id modified_at object remote_id remote_thread_id"
    ),
    "line_items[]": (
        "created_at currency custom_fields description invoice_id line_number modified_at "
        "name object period_end_date period_start_date product_type quantity "
        "remote_created_at remote_id remote_metadata remote_modified_at total_amount "
        "total_discount total_tax unit_amount"
    ),
    "linked_integration": (
        "api_subdomain api_url connection_info created_at credentials_expire_at health id "
        "identity_info integration integration_name is_configured is_running_setup "
        "is_sync_disabled is_webhooks_enabled models modified_at name object owner_id "
        "requires_setup settings username webhook_listener_url webhook_setup_error"
    ),
    "linked_integration.health": ("details message reason status"),
    "linked_integration.integration": (
        "api_base_url api_documentation_url api_requires_subdomain auth_type categories color "
        "connection_guide_url connection_instructions connection_steps created_at description "
        "display_name is_enabled logo logo_square modified_at name object settings "
        "short_description"
    ),
    "linked_integration.integration.connection_steps[]": (
        "description endpoint fields post_auth title type"
    ),
    "linked_integration.integration.settings[]": (
        "choices description format group guide_url is_editable is_required is_select key "
        "label post_auth requires_load type"
    ),
    "linked_integration.models[]": (
        "created_at exclude_rule field_mappings health id integration_schema_id "
        "is_read_enabled is_webhooks_setup is_write_enabled last_sync last_sync_id "
        "linked_integration_id modified_at name next_sync_at object sync_requested"
    ),
    "linked_integration.models[].health": ("details message reason status"),
    "linked_integration.models[].last_sync": (
        "created_at entity_id id is_initial_sync is_one_off linked_model_id modified_at "
        "object pagination run run_id timerange_end timerange_start"
    ),
    "linked_integration.models[].last_sync.run": (
        "completed_at created_at data event_id id modified_at object output remote_id "
        "stacktrace started_at status"
    ),
    "partner": (
        "account_number ap_portals assignee assignee_id billing_address billing_address_id "
        "contacts created_at currency custom_fields description email family_name "
        "finix_identity_id given_name id invoice_prefix is_active "
        "is_call_outreach_manually_paused is_company is_email_disabled "
        "is_email_outreach_manually_paused is_phone_disabled is_primary_email "
        "is_primary_phone last_outreach_at last_outreach_channel last_outreach_to "
        "last_synced_at legal_name linked_integration modified_at name object on_behalf_of "
        "on_behalf_of_phone organization_id parent_id phone remote_created_at remote_id "
        "remote_metadata remote_modified_at remote_parent_id remote_payment_portal_url "
        "shipping_address status_metadata sync_status tags tax_number timezone"
    ),
    "partner.ap_portals[]": (
        "account account_id account_key created_at customer_identifier customer_name id "
        "invoice_submission_guidelines is_enabled is_invoice_submission_enabled "
        "is_report_download_enabled modified_at name object partner_id provider report_email "
        "report_frequency"
    ),
    "partner.ap_portals[].account": (
        "available_operations created_at id modified_at object organization_id provider"
    ),
    "partner.contacts[]": (
        "address address_id addresses created_at custom_fields email external_role "
        "family_name given_name id internal_role is_email_disabled is_phone_disabled "
        "is_primary is_primary_email is_primary_phone job_title modified_at name object "
        "partner_id phone remote_created_at remote_id remote_metadata remote_modified_at "
        "status_metadata"
    ),
    "partner.contacts[].addresses[]": (
        "city coordinates country created_at description id is_primary line1 line2 "
        "modified_at name object postal_code state type"
    ),
    "partner.tags[]": ("created_at is_manual modified_at object partner_id tag tag_id"),
    "partner.tags[].tag": ("color created_at id modified_at name object rule_condition"),
    "payments[]": (
        "agent_confidence_reason agent_confidence_score agent_error_code agent_uncertainties "
        "amount approved approved_at approver_id created_at id invoice_id modified_at object "
        "payment payment_id remote_id strategy"
    ),
    "payments[].payment": (
        "agent_confidence_reason agent_confidence_score agent_error_code agent_uncertainties "
        "amount amount_refunded bank_transaction_id billing_email created_at currency "
        "currency_rate custom_fields description expected_at finix_transfer_id id "
        "initiated_at last_exported_at last_synced_at linked_integration_id modified_at "
        "object partner_id payment_method receipt_url reference_number remittance_id "
        "remote_created_at remote_id remote_metadata remote_modified_at statement_descriptor "
        "status stripe_session_id sync_status timestamp transaction_match_approved_at "
        "transaction_match_approver_id"
    ),
}
# Objects of one type that sit in several places.
SAME = {
    "calls[].approver": "assignee",
    "calls[].classifications[].tasks[].assignee": "assignee",
    "emails[].author": "assignee",
    "partner.assignee": "assignee",
    "shipping_address": "billing_address",
    "partner.billing_address": "billing_address",
    "partner.shipping_address": "billing_address",
    "partner.contacts[].address": "billing_address",
    "partner.linked_integration": "linked_integration",
    "calls[].partner.linked_integration": "linked_integration",
    "calls[].partner.contacts[]": "partner.contacts[]",
    "calls[].partner.ap_portals[]": "partner.ap_portals[]",
}
PAUSE_FLAGS = {"is_call_outreach_manually_paused", "is_email_outreach_manually_paused"}


@pytest.mark.parametrize("path", [*KEYS, *SAME])
def test_fields(every, path):
    """At every place, the objects together have the sample's fields and no others."""
    expected = set(KEYS[SAME.get(path, path)].split())
    assert {key for one in every(path) for key in one} == expected


def test_call_partner_is_thinner(every):
    """A call's copy of the customer lacks the two flags that the invoice's copy has."""
    fields = {key for one in every("calls[].partner") for key in one}
    assert fields == set(KEYS["partner"].split()) - PAUSE_FLAGS
