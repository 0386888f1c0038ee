"""Whose data a connection reads. Source: Exante API reference, List API Keys."""

from __future__ import annotations

from typing import Any

from duetrail.http import Session

_SHOWN = 4  # of a key's letters, at its end


def account(session: Session, options: Any) -> str | None:
    """GET /api/api-keys: the organization of the key in use, and the one whose timelines are read.

    None where that is not clear: keys are shown by their last letters, and those of one user may
    be of several organizations.
    """
    page = session.get("/api/api-keys")
    data = page.data.get("data") if isinstance(page.data, dict) else None
    rows = data.get("items") if isinstance(data, dict) else None
    ending = options.token.resolve()[-_SHOWN:]
    own = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    own = [row for row in own if str(row.get("key_snippet")).endswith(ending)]
    found = [row.get("organization_uid") for row in own]
    uid = found[0] if found and found.count(found[0]) == len(found) else None
    return f"{uid} {(options.organization_uid or uid).lower()}" if isinstance(uid, str) else None
