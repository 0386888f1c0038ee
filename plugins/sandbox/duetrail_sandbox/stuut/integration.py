"""The integration record that Stuut repeats on invoices and customers.

It is the part a reader must never keep. Every free text in it, apart from the three fields a
reader may keep (``id``, ``integration_name``, ``health.status``), contains the words
``sandbox-secret-``, and so do short-lived links and portal keys: whoever finds these words
in a store, log or export has found a leak.
"""

from __future__ import annotations

__all__ = ["LINKED_INTEGRATION"]

# As it stands in an answer; the ends of lines are none of it.
LINKED_INTEGRATION = """
{"integration_name":"Example ERP","is_configured":true,"object":"linked_integration","settings":{
"password":"sandbox-secret-password"},"id":"lin_0001","api_subdomain":"sandbox-secret-subdomain",
"api_url":"https://sandbox-secret-api.example.com","connection_info":{
"account":"sandbox-secret-account"},"created_at":"2024-02-01T08:00:00Z",
"credentials_expire_at":"2026-12-31T00:00:00Z","health":{"status":"incomplete","details":null,
"message":"sandbox-secret-message","reason":null},"identity_info":"sandbox-secret-identity",
"integration":{"display_name":"sandbox-secret-display-name","name":"sandbox-secret-catalogue-name",
"object":"integration","api_base_url":"https://sandbox-secret-erp.example.com",
"api_documentation_url":null,"api_requires_subdomain":false,"auth_type":null,"categories":[
"accounting"],"color":null,"connection_guide_url":null,"connection_instructions":null,
"connection_steps":[{"type":"fetch","title":"sandbox-secret-step","description":null,
"endpoint":null,"fields":null,"post_auth":false}],"created_at":"2024-02-01T08:00:00Z",
"description":null,"is_enabled":true,"logo":null,"logo_square":null,
"modified_at":"2024-02-01T08:00:00Z","settings":[{"key":"sandbox-secret-setting-key","type":"any",
"choices":null,"description":null,"format":"text","group":null,"guide_url":null,
"is_editable":false,"is_required":true,"is_select":false,"label":null,"post_auth":false,
"requires_load":false}],"short_description":null},"is_running_setup":false,
"is_sync_disabled":false,"is_webhooks_enabled":true,"models":[{
"integration_schema_id":"sandbox-secret-schema","linked_integration_id":"sandbox-secret-linked",
"name":"sandbox-secret-model-name","object":"linked_model","id":"sandbox-secret-model",
"created_at":"2024-02-01T08:00:00Z","exclude_rule":{"customer":"sandbox-secret-excluded-customer"},
"field_mappings":{"memo":"sandbox-secret-field"},"health":{"status":"incomplete","details":null,
"message":"sandbox-secret-message","reason":null},"is_read_enabled":true,"is_webhooks_setup":false,
"is_write_enabled":false,"last_sync":{"linked_model_id":"sandbox-secret-model","object":"sync",
"run_id":"sandbox-secret-run","id":"sandbox-secret-sync","created_at":"2026-06-30T06:00:00Z",
"entity_id":"sandbox-secret-entity","is_initial_sync":false,"is_one_off":false,
"modified_at":"2026-06-30T06:00:00Z","pagination":{"cursor":"sandbox-secret-cursor"},"run":{
"object":"run","id":"sandbox-secret-run","completed_at":"2026-06-30T06:00:00Z",
"created_at":"2026-06-30T06:00:00Z","data":{"payload":"sandbox-secret-erp-payload"},
"event_id":"sandbox-secret-event","modified_at":"2026-06-30T06:00:00Z",
"output":"sandbox-secret-output","remote_id":"sandbox-secret-remote-run",
"stacktrace":"Traceback: sandbox-secret-stacktrace","started_at":"2026-06-30T06:00:00Z",
"status":"scheduled"},"timerange_end":"2026-06-30T06:00:00Z",
"timerange_start":"2024-02-01T08:00:00Z"},"last_sync_id":"sandbox-secret-sync",
"modified_at":"2026-06-30T06:00:00Z","next_sync_at":"2026-06-30T18:00:00Z",
"sync_requested":false}],"modified_at":"2026-06-30T06:00:00Z","name":"sandbox-secret-name",
"owner_id":"sandbox-secret-owner","requires_setup":false,"username":"sandbox-secret-username",
"webhook_listener_url":"https://example.com/hooks/sandbox-secret-hook",
"webhook_setup_error":"sandbox-secret-setup-error"}
""".replace("\n", "")
