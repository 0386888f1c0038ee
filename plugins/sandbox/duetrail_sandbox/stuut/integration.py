"""The integration record that Stuut repeats on invoices and customers.

It is the part a reader must never keep. Every free text in it, apart from the three fields a
reader may keep (``id``, ``integration_name``, ``health.status``), contains the words
``sandbox-secret-``, and so do short-lived links and portal keys: whoever finds these words
in a store, log or export has found a leak.
"""

from __future__ import annotations

from typing import Any

from duetrail_sandbox.rendering import dumps

__all__ = ["LINKED_INTEGRATION", "secret"]

_CREATED = "2024-02-01T08:00:00Z"
_SYNCED = "2026-06-30T06:00:00Z"


def secret(what: str) -> str:
    """Make a value that must not leave the answer it came in."""
    return f"sandbox-secret-{what}"


def _health(status: str) -> dict[str, Any]:
    return {"status": status, "details": None, "message": secret("message"), "reason": None}


def _catalogue() -> dict[str, Any]:
    return {
        "display_name": secret("display-name"),
        "name": secret("catalogue-name"),
        "object": "integration",
        "api_base_url": f"https://{secret('erp')}.example.com",
        "api_documentation_url": None,
        "api_requires_subdomain": False,
        "auth_type": None,
        "categories": ["accounting"],
        "color": None,
        "connection_guide_url": None,
        "connection_instructions": None,
        "connection_steps": [
            {
                "type": "fetch",
                "title": secret("step"),
                "description": None,
                "endpoint": None,
                "fields": None,
                "post_auth": False,
            }
        ],
        "created_at": _CREATED,
        "description": None,
        "is_enabled": True,
        "logo": None,
        "logo_square": None,
        "modified_at": _CREATED,
        "settings": [
            {
                "key": secret("setting-key"),
                "type": "any",
                "choices": None,
                "description": None,
                "format": "text",
                "group": None,
                "guide_url": None,
                "is_editable": False,
                "is_required": True,
                "is_select": False,
                "label": None,
                "post_auth": False,
                "requires_load": False,
            }
        ],
        "short_description": None,
    }


def _run() -> dict[str, Any]:
    return {
        "object": "run",
        "id": secret("run"),
        "completed_at": _SYNCED,
        "created_at": _SYNCED,
        "data": {"payload": secret("erp-payload")},
        "event_id": secret("event"),
        "modified_at": _SYNCED,
        "output": secret("output"),
        "remote_id": secret("remote-run"),
        "stacktrace": f"Traceback: {secret('stacktrace')}",
        "started_at": _SYNCED,
        "status": "scheduled",
    }


def _last_sync() -> dict[str, Any]:
    return {
        "linked_model_id": secret("model"),
        "object": "sync",
        "run_id": secret("run"),
        "id": secret("sync"),
        "created_at": _SYNCED,
        "entity_id": secret("entity"),
        "is_initial_sync": False,
        "is_one_off": False,
        "modified_at": _SYNCED,
        "pagination": {"cursor": secret("cursor")},
        "run": _run(),
        "timerange_end": _SYNCED,
        "timerange_start": _CREATED,
    }


def _model() -> dict[str, Any]:
    return {
        "integration_schema_id": secret("schema"),
        "linked_integration_id": secret("linked"),
        "name": secret("model-name"),
        "object": "linked_model",
        "id": secret("model"),
        "created_at": _CREATED,
        "exclude_rule": {"customer": secret("excluded-customer")},
        "field_mappings": {"memo": secret("field")},
        "health": _health("incomplete"),
        "is_read_enabled": True,
        "is_webhooks_setup": False,
        "is_write_enabled": False,
        "last_sync": _last_sync(),
        "last_sync_id": secret("sync"),
        "modified_at": _SYNCED,
        "next_sync_at": "2026-06-30T18:00:00Z",
        "sync_requested": False,
    }


def _linked() -> dict[str, Any]:
    return {
        "integration_name": "Example ERP",
        "is_configured": True,
        "object": "linked_integration",
        "settings": {"password": secret("password")},
        "id": "lin_0001",
        "api_subdomain": secret("subdomain"),
        "api_url": f"https://{secret('api')}.example.com",
        "connection_info": {"account": secret("account")},
        "created_at": _CREATED,
        "credentials_expire_at": "2026-12-31T00:00:00Z",
        "health": _health("incomplete"),
        "identity_info": secret("identity"),
        "integration": _catalogue(),
        "is_running_setup": False,
        "is_sync_disabled": False,
        "is_webhooks_enabled": True,
        "models": [_model()],
        "modified_at": _SYNCED,
        "name": secret("name"),
        "owner_id": secret("owner"),
        "requires_setup": False,
        "username": secret("username"),
        "webhook_listener_url": f"https://example.com/hooks/{secret('hook')}",
        "webhook_setup_error": secret("setup-error"),
    }


LINKED_INTEGRATION = dumps(_linked())
