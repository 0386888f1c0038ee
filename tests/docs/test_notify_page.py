"""docs/notify.md says what the plugins take, and what they post."""

from __future__ import annotations

import base64
import json
from typing import Any

import attrs
import pytest

from duetrail.errors import Unauthorized
from duetrail.pipeline.summary import ResourceSummary, Summary
from duetrail.secrets import Secret
from duetrail_notify import otel
from duetrail_notify.payload import body_of
from duetrail_notify.posting import post
from duetrail_notify.settings import Webhook
from support.receiver import Receiver


def _table(options: type[Any]) -> str:
    rows = ["| setting | meaning | default |", "|---|---|---|"]
    for one in attrs.fields(options):
        if one.init:
            default = "required" if one.default is attrs.NOTHING else json.dumps(one.default)
            shown = {"null": "none", "required": "required"}.get(default, f"`{default}`")
            rows.append(f"| `{one.name}` | {one.metadata['help']} | {shown} |")
    return "\n".join([*rows, ""])


@pytest.mark.parametrize(("name", "options"), [("notify", Webhook), ("otel", otel.Settings)])
def test_the_settings(generated, name: str, options: type[Any]) -> None:
    """Each of the table, with its help and its default."""
    generated("notify.md", f"settings of {name}", _table(options))


@pytest.fixture
def summary() -> Summary:
    """What a run came to in which one connection was refused."""
    entry = ResourceSummary("stuut", "invoices", items=412, mapped=3, unchanged=409, requests=5)
    entry.shards, entry.pages = 1, 1
    entry.records.update({"invoices": 3, "parties": 1})
    refused = ResourceSummary("credira", "calls", requests=1)
    text = "https://api.credira.ai/v1/invoices/1042/calls answered 401 (Unauthorized)"
    hint = "Check the token of connection 'credira'."
    refused.add_problem("failed", "1042", Unauthorized(text, hint=hint))
    return Summary(12, [entry, refused], open_rejects=2)


def test_the_message(generated, summary: Summary) -> None:
    """What is posted as JSON."""
    message = json.loads(body_of("json", "ended", summary.as_dict()))
    message["at"] = "2026-11-30T03:04:05Z"
    text = json.dumps(message, indent=2, ensure_ascii=False)
    generated("notify.md", "message", f"```json\n{text}\n```\n")


def test_the_text(generated, summary: Summary) -> None:
    """What is posted as a text."""
    text = json.loads(body_of("slack", "ended", summary.as_dict()))["text"]
    generated("notify.md", "text", f"```text\n{text}\n```\n")


def test_the_check_of_a_signature(page, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the page shows accepts what is posted, and nothing else."""
    (code,) = page("notify.md").fences("python")
    named: dict[str, Any] = {}
    exec(compile(code, "page", "exec", dont_inherit=True), named)
    secret = f"whsec_{base64.b64encode(bytes(range(32))).decode()}"
    with Receiver() as receiver:
        monkeypatch.setenv("WEBHOOK", f"{receiver.url}/hook")
        monkeypatch.setenv("WEBHOOK_SECRET", secret)
        post(Webhook(url=Secret("env:WEBHOOK"), secret=Secret("env:WEBHOOK_SECRET")), b"{}")
        (got,) = receiver.posted
    assert named["is_genuine"](got.headers, got.body, secret)
    assert not named["is_genuine"](got.headers, b"[]", secret)
