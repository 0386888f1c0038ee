"""Exante's form of the API keys that the token's user has: in use, expired and revoked.

Fields follow the Exante API reference, List API Keys: a key is shown in full once, when it is
made, and afterwards as its beginning and its last four letters.
"""

from __future__ import annotations

from typing import Any

from duetrail_sandbox.company import Company
from duetrail_sandbox.company.cast import TEAM
from duetrail_sandbox.company.uids import uid
from duetrail_sandbox.exante.desk import ORGANIZATION
from duetrail_sandbox.rendering import moment, thinned

__all__ = ["keys"]

# The only scope that the reference shows; a key without scopes may do everything.
_READING = "invoices:read"


def keys(token: str, company: Company) -> list[dict[str, Any]]:
    """Show the key that was used to ask, and two that open nothing any more."""
    written = [note.created for claim in company.claims.values() for note in claim.notes]
    used = moment(max(written, default=None))
    return [
        _key("Duetrail", token[-4:], [], "2026-05-04T09:00:00Z", used=used),
        _key("Trial", "9f3c", [_READING], "2025-09-01T08:30:00Z", expires="2025-12-01T08:30:00Z"),
        _key("Reports", "07ab", [_READING], "2025-11-12T14:05:00Z", revoked="2026-02-20T10:00:00Z"),
    ]


def _key(
    name: str,
    ending: str,
    scopes: list[str],
    created: str,
    *,
    used: str | None = None,
    expires: str | None = None,
    revoked: str | None = None,
) -> dict[str, Any]:
    fields = {
        "uid": uid("key", name),
        "name": name,
        "key_snippet": f"ex_live_...{ending}",
        "user_uid": uid("user", TEAM[0].id),
        "organization_uid": ORGANIZATION,
        "scopes": scopes,
        "last_used_at": used,
        "expires_at": expires,
        "revoked_at": revoked,
        "created_at": created,
        "updated_at": revoked or created,
    }
    return thinned(fields, uid("key", name))
