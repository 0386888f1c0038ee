"""Twilio's lists from Prism, a mock server that answers by Twilio's own OpenAPI document.

Prism checks each request against the document: path, account, credentials, filters. It knows no
state, so a server between it and the plugin chooses which example is the page that a link leads to.
It mends what the document contradicts itself in: the links of its examples have filters that its
schema refuses, and the calls of its second page are those of the first.
With `--record-mode=rewrite` the plugin's cassette is recorded anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from attrs import evolve

from duetrail.testing import Answer, LoopbackServer, Request
from support import recording
from support.engines import npm
from support.mock_server import passed_on, running
from support.scripted import Project

ROOT = Path(__file__).parents[3]
DOCUMENT = ROOT / "tests/plugins/twilio/openapi/twilio_api_v2010.json"
CASSETTE = ROOT / "cassettes/plugins/twilio/lists.yaml"
ACCOUNT = f"AC{'a' * 32}"
# The examples that are the second and the third page of a list.
FURTHER = {
    "Calls.json": ("readFullPage2", "readEmptyDatesGreater"),
    "Messages.json": ("readEmptySentdateLess",),
}

pytestmark = pytest.mark.timeout(300)  # Prism reads a large document first


@pytest.fixture(scope="module")
def prism(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Prism that answers by the document."""
    command = [npm("prism"), "mock", DOCUMENT, "--host", "127.0.0.1", "--port"]
    with running(command, tmp_path_factory.mktemp("prism"), dict(os.environ)) as url:
        yield url


@pytest.fixture
def heard() -> list[str]:
    """What was asked for, with its query."""
    return []


@pytest.fixture
def vendor(prism: str, heard: list[str]) -> Iterator[str]:
    """The address of a server that passes each request on to Prism."""

    def respond(request: Request) -> Answer:
        heard.append(request.target)
        asked = urlsplit(request.target)
        page = int(parse_qs(asked.query).get("Page", ["0"])[0])
        headers = {"Authorization": request.headers.get("authorization", "")}
        if page:
            headers["Prefer"] = f"example={FURTHER[asked.path.rpartition('/')[2]][page - 1]}"
        target = asked.path if page else request.target
        answer = passed_on(prism + target, headers)
        return evolve(answer, body=renamed(answer.body, page))

    with LoopbackServer(respond) as server:
        yield server.url


def renamed(body: bytes, page: int) -> bytes:
    """An answer as a list has it: both examples of a page of calls show the same two calls."""
    return body.replace(b'"sid":"CAaa', b'"sid":"CAbb') if page else body


@pytest.fixture
def connected(tmp_path: Path, vendor: str, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("TWILIO_API_KEY", "SKmade-up-for-tests")
    monkeypatch.setenv("TWILIO_API_SECRET", "a-secret-made-up-for-tests")
    settings = {"key": "env:TWILIO_API_KEY", "secret": "env:TWILIO_API_SECRET"}
    return Project(tmp_path).connect(
        "twilio", token=None, account_sid=ACCOUNT, base_url=vendor, page_size=2, **settings
    )


def shown(resource: str, *names: str) -> list[dict[str, Any]]:
    """The rows of some examples of the document."""
    path = f"/2010-04-01/Accounts/{{AccountSid}}/{resource.capitalize()}.json"
    answer = json.loads(DOCUMENT.read_text())["paths"][path]["get"]["responses"]["200"]
    examples = answer["content"]["application/json"]["examples"]
    return [row for name in names for row in examples[name]["value"][resource]]


def test_every_call_of_every_page_is_stored_with_its_price(connected: Project) -> None:
    """Two pages and an empty one along the links; each price is there to the last digit."""
    assert connected.sync(select=["calls"]).exit_code == 0
    calls = {row["sid"]: row for row in shown("calls", "readFullPage1")}
    calls |= {row["sid"].replace("CAaa", "CAbb"): row for row in shown("calls", "readFullPage2")}
    rows = connected.rows("calls", "id, cost, currency, duration_seconds, outcome_raw")
    assert {row["id"] for row in rows} == set(calls)
    assert len(calls) == 4
    for row in rows:
        call = calls[row["id"]]
        assert Decimal(row["cost"]) == -Decimal(call["price"])
        assert (row["currency"], row["duration_seconds"]) == (
            call["price_unit"],
            int(call["duration"]),
        )


def test_every_message_is_stored(connected: Project) -> None:
    """What was written, whom it went to, and what went wrong."""
    assert connected.sync(select=["messages"]).exit_code == 0
    rows = connected.rows("emails", "id, text, error, channel")
    assert {(row["id"], row["text"], row["error"], row["channel"]) for row in rows} == {
        (one["sid"], one["body"], one["error_message"], "sms")
        for one in shown("messages", "readFullPage1")
    }


def test_a_recording_is_found_at_its_call(connected: Project) -> None:
    """The call has the address of its recording, beside what the list of calls says."""
    assert connected.sync(select=["calls", "recordings"]).exit_code == 0
    (recording,) = shown("recordings", "readFull")
    (row,) = [one for one in connected.rows("calls") if one["id"] == recording["call_sid"]]
    assert row["recording_url"] == recording["media_url"]


def test_a_second_run_asks_from_a_day_on_and_writes_nothing(
    connected: Project, heard: list[str]
) -> None:
    """The filter is one that the document allows: Prism would refuse another."""
    connected.sync()
    heard.clear()
    again = connected.sync()
    assert again.exit_code == 0
    assert all(row["changed_run"] == 1 for row in connected.rows("calls"))
    assert any("StartTime%3E=20" in target for target in heard)
    assert any("DateSent%3E=20" in target for target in heard)


def test_the_cassette_plays_what_prism_answers(
    connected: Project, vendor: str, request: pytest.FixtureRequest
) -> None:
    """Recorded anew on demand; else the rows in it are those of the document."""
    if request.config.getoption("--record-mode") == "rewrite":
        with recording.cassette("twilio", CASSETTE, "https://api.twilio.com", vendor):
            assert connected.sync().exit_code == 0
    text = CASSETTE.read_text()
    for resource in ("calls", "messages", "recordings"):
        first = "readFull" if resource == "recordings" else "readFullPage1"
        assert all(row["sid"] in text for row in shown(resource, first))
