"""The text of a ``duetrail.toml`` that reads from a running sandbox."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from duetrail_sandbox.company import Company
from duetrail_sandbox.credira import face as credira
from duetrail_sandbox.exante import face as exante
from duetrail_sandbox.logins import LOGIN, PASSWORD
from duetrail_sandbox.stuut import face as stuut

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


def config(base_urls: Mapping[str, str], company: Company) -> str:
    """Write a store, one connection per base URL, and how their invoices belong together."""
    parts = [_HEAD]
    parts += [_connection(vendor, url, base_urls, company) for vendor, url in base_urls.items()]
    if {"stuut", "exante"} <= set(base_urls):
        parts.append(_SAME_NUMBER)
    return "".join(parts)


def _connection(vendor: str, url: str, vendors: Mapping[str, str], company: Company) -> str:
    settings = {"plugin": vendor, "base_url": url, **_CREDENTIALS[vendor]}
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    if vendor == "credira":
        lines.append(f"invoices = {json.dumps(_keys(vendors, company))}")
    return "\n".join(["", f"[connections.{vendor}]", *lines, ""])


def _keys(vendors: Mapping[str, str], company: Company) -> str | Sequence[str]:
    """Where Credira's keys come from: from Stuut, or, without it, from a list."""
    return "stuut:remote_id" if "stuut" in vendors else [*company.by_remote_id]


_CREDENTIALS = {
    "stuut": {"token": stuut.TOKEN},
    "credira": {"token": credira.TOKEN},
    "exante": {"token": exante.TOKEN},
    # The company's time is its own: counted from today its calls may lie too far back.
    "yeti": {"login": LOGIN, "password": PASSWORD, "calls_from": "2026-01-01"},
}
