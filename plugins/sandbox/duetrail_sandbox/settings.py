"""The text of a ``duetrail.toml`` that reads from a running sandbox."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from duetrail_sandbox.company import Company
from duetrail_sandbox.credira import TOKEN as CREDIRA_TOKEN
from duetrail_sandbox.data import read_text
from duetrail_sandbox.exante.app import TOKEN as EXANTE_TOKEN
from duetrail_sandbox.logins import LOGIN, PASSWORD
from duetrail_sandbox.stuut.app import TOKEN as STUUT_TOKEN

_CREDENTIALS: dict[str, dict[str, Any]] = {
    "stuut": {"token": STUUT_TOKEN},
    "credira": {"token": CREDIRA_TOKEN},
    "exante": {"token": EXANTE_TOKEN},
    # The company's time is its own: counted from today its calls may lie too far back.
    "yeti": {"login": LOGIN, "password": PASSWORD, "calls_from": "2026-01-01"},
}


def config(base_urls: Mapping[str, str], company: Company) -> str:
    """Write a store, one connection per base URL, and how their invoices belong together."""
    head, _, same_number = read_text("duetrail.toml").partition("\n[[")
    parts = [head]
    for vendor, url in base_urls.items():
        settings = {"plugin": vendor, "base_url": url, **_CREDENTIALS[vendor]}
        if vendor == "credira":
            # Its keys come from Stuut, or, without it, from a list.
            keys = "stuut:remote_id" if "stuut" in base_urls else [*company.by_remote_id]
            settings["invoices"] = keys
        lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
        parts.append("\n".join(["", f"[connections.{vendor}]", *lines, ""]))
    if {"stuut", "exante"} <= set(base_urls):
        parts.append(f"\n[[{same_number}")
    return "".join(parts)
