"""The Yeti face asked without a network, about a company as a test needs it."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import attrs

from duetrail_sandbox.logins import Logins
from duetrail_sandbox.rendering import Shelf
from duetrail_sandbox.router import Request
from duetrail_sandbox.yeti.face import YETI


def ask(telephony: Any, path: str, **params: Any) -> SimpleNamespace:
    """Answer a request about ``telephony``: its status, and its document or ``None``."""
    request = Request(
        method="GET",
        path=YETI.prefix + path,
        query={name: [str(value)] for name, value in params.items()},
        headers={"host": "switch.example.net"},
        number=1,
        company=SimpleNamespace(telephony=telephony),
        shelf=Shelf(),
        logins=Logins(600),
    )
    found = YETI.find("GET", request.path)
    assert found is not None, f"no such path: {path}"
    handler, named = found
    answer = handler(attrs.evolve(request, params=named))
    is_json = "json" in answer.content_type and answer.body
    return SimpleNamespace(
        status=answer.status, document=json.loads(answer.body) if is_json else None
    )
