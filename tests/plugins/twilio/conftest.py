"""Twilio's own examples, from its OpenAPI document, and a project that maps them."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from support.scripted import Project

DOCUMENT = Path(__file__).parent / "openapi/twilio_api_v2010.json"
ACCOUNT = f"AC{'a' * 32}"


@cache
def examples(resource: str) -> dict[str, Any]:
    """The answers to a list that the document shows, by their names."""
    path = f"/2010-04-01/Accounts/{{AccountSid}}/{resource.capitalize()}.json"
    answer = json.loads(DOCUMENT.read_text())["paths"][path]["get"]["responses"]["200"]
    return {k: one["value"] for k, one in answer["content"]["application/json"]["examples"].items()}


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that maps and never asks anybody."""
    return Project(tmp_path_factory.mktemp("offline")).connect(
        "twilio", token=None, account_sid=ACCOUNT, key="env:TWILIO_KEY", secret="env:TWILIO_SECRET"
    )


@pytest.fixture
def mapped(offline: Project) -> Callable[..., Any]:
    """The record of one object, the first example with changes; a reject is an error here."""

    def map_(resource: str, **changes: Any) -> Any:
        batch = offline.map("twilio", resource, page(resource, **changes))
        assert batch.rejected == ()
        (one,) = batch.mapped
        return next(one.with_extra())

    return map_


@pytest.fixture
def rejected(offline: Project) -> Callable[..., Any]:
    """The reject that one object becomes, the first example with changes."""

    def map_(resource: str, **changes: Any) -> Any:
        (one,) = offline.map("twilio", resource, page(resource, **changes)).rejected
        return one

    return map_


def page(resource: str, **changes: Any) -> dict[str, Any]:
    first = next(iter(examples(resource).values()))
    return {**first, resource: [{**first[resource][0], **changes}]}
