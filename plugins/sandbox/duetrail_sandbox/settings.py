"""The text of a ``duetrail.toml`` that reads from a running sandbox."""

from __future__ import annotations

import json
from collections.abc import Mapping

from duetrail_sandbox.company import Company
from duetrail_sandbox.credira import TOKEN as CREDIRA_TOKEN
from duetrail_sandbox.exante.app import TOKEN as EXANTE_TOKEN
from duetrail_sandbox.logins import LOGIN, PASSWORD
from duetrail_sandbox.stuut.app import TOKEN as STUUT_TOKEN

__all__ = ["config"]

_HEAD = """\
# Plain tokens are allowed here because all base URLs are on loopback and the tokens are
# thrown away with the sandbox. For a real vendor write a reference, such as "env:STUUT_TOKEN".

[store]
url = "sqlite:///duetrail.db"
"""
_SAME_NUMBER = """
[[trail.same_invoice]]
name = "same number"
invoices = ["stuut:number", "exante:number"]
"""
_CREDENTIALS = {
    "stuut": {"token": STUUT_TOKEN},
    "credira": {"token": CREDIRA_TOKEN},
    "exante": {"token": EXANTE_TOKEN},
    # The company's time is its own: counted from today its calls may lie too far back.
    "yeti": {"login": LOGIN, "password": PASSWORD, "calls_from": "2026-01-01"},
}


def config(base_urls: Mapping[str, str], company: Company) -> str:
    """Write a store, one connection per base URL, and how their invoices belong together."""
    parts = [_HEAD]
    for vendor, url in base_urls.items():
        settings = {"plugin": vendor, "base_url": url, **_CREDENTIALS[vendor]}
        lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
        if vendor == "credira":
            # Its keys come from Stuut, or, without it, from a list.
            keys = "stuut:remote_id" if "stuut" in base_urls else [*company.by_remote_id]
            lines.append(f"invoices = {json.dumps(keys)}")
        parts.append("\n".join(["", f"[connections.{vendor}]", *lines, ""]))
    if {"stuut", "exante"} <= set(base_urls):
        parts.append(_SAME_NUMBER)
    return "".join(parts)
