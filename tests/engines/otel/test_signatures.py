"""Signatures of webhooks, checked by the library of the Standard Webhooks specification."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from duetrail.secrets import Secret
from duetrail_notify.posting import post
from duetrail_notify.settings import Webhook
from support.engines import engine
from support.receiver import Receiver

standard = engine("standardwebhooks.webhooks")

BODY = '{"version": 1, "text": "é"}'.encode()
SECRET = f"whsec_{base64.b64encode(bytes(range(32))).decode()}"


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A signed message, as it came in."""
    with Receiver() as receiver:
        monkeypatch.setenv("WEBHOOK", f"{receiver.url}/hook")
        monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
        post(Webhook(url=Secret("env:WEBHOOK"), secret=Secret("env:WEBHOOK_SECRET")), BODY)
        (one,) = receiver.posted
    return one


def test_the_library_accepts_it(received):
    """With the secret that both have."""
    found = standard.Webhook(SECRET).verify(received.body, received.headers)
    assert found == {"version": 1, "text": "é"}


def test_the_library_refuses_what_was_changed(received):
    """One byte, or another secret."""
    other = f"whsec_{base64.b64encode(bytes(32)).decode()}"
    for secret, body in ((SECRET, received.body + b" "), (other, received.body)):
        with pytest.raises(standard.WebhookVerificationError):
            standard.Webhook(secret).verify(body, received.headers)
