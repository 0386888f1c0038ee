"""Webhooks on loopback, and a project that posts to one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from duetrail.secrets import Secret
from duetrail_notify.settings import Webhook
from duetrail_sandbox.server import Sandbox
from support.receiver import Receiver
from support.scripted import Project


class Waits:
    """Time that passes only while somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waited: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as one:
        yield one


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Webhook]:
    """A webhook at a URL, which it looks up in the environment, as its secret."""

    def one(url: str, *, secret: str = "", **changes: Any) -> Webhook:
        monkeypatch.setenv("WEBHOOK", url)
        monkeypatch.setenv("WEBHOOK_SECRET", secret)
        key = Secret("env:WEBHOOK_SECRET") if secret else None
        return Webhook(url=Secret("env:WEBHOOK"), secret=key, **changes)

    return one


@pytest.fixture
def posting(
    project: Project, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Project]]:
    """A project that reads a sandbox and posts to the receiver; takes lines of the webhook."""
    monkeypatch.setenv("WEBHOOK", f"{receiver.url}/services/T0001/B0002/made-up-secret-0003")
    with Sandbox(invoices=3, vendors=("stuut",)) as sandbox:

        def one(*lines: str, before: str = "") -> Project:
            table = ["[[plugins.notify.webhook]]", 'url = "env:WEBHOOK"', *lines]
            project.config.write_text("\n".join([before, sandbox.config, *table, ""]))
            return project

        yield one
