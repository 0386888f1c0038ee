"""What the sandbox shows is what the vendors' published samples show, and as much as it counts.

The samples are the vendors' own and not taken from the sandbox, so that the two can disagree.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from duetrail_sandbox.server import Sandbox

SEEDS = Path(__file__).parents[3] / "cassettes" / "seeds"
# Where a sample has an object of another form, or cuts it short.
ELSEWHERE = (
    ".data[].calls[].invoices",
    ".coordinates",
    "metadata",
    ".custom_fields",
    ".bounce_details",
    ".links",
)


def objects(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every object with its path, array places left out."""
    if isinstance(value, dict):
        yield path, value
        for name, inner in value.items():
            yield from objects(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner, f"{path}[]")


def fields(documents: list[Any]) -> dict[str, set[str]]:
    """The names of fields that objects at a path have together."""
    found: dict[str, set[str]] = defaultdict(set)
    for document in documents:
        for path, one in objects(document):
            found[path] |= one.keys()
    return found


@pytest.fixture(scope="module")
def shown(stuut, credira, exante, yeti, rows, items):
    """What the sandbox answers, by the name of the sample."""
    erp_ids = [row["remote_id"] for row in rows]
    uids = [item["uid"] for item in items]
    return {
        "stuut/invoices": [stuut("/v1/invoices", limit=200).json()],
        "credira/calls": [credira("/calls", invoice_id=one).json() for one in erp_ids],
        "credira/callouts": [credira("/callouts", invoice_id=one).json() for one in erp_ids],
        "exante/outreach": [exante(f"/api/invoices/{one}/outreach").json() for one in uids],
    }


@pytest.mark.parametrize(
    "name", ["stuut/invoices", "credira/calls", "credira/callouts", "exante/outreach"]
)
def test_fields_are_the_samples(shown, name):
    """At every place the sample has, the objects together have its fields and no others."""
    sample = json.loads((SEEDS / f"{name}.json").read_text())
    found = fields(shown[name])
    for path, names in fields([sample]).items():
        if names and not path.endswith(ELSEWHERE):
            assert found[path] == names, path


def test_yeti_shows_an_invoice_as_its_sample_does(yeti):
    """A row of Yeti's list has the attributes of the published document of one invoice."""
    sample = json.loads((SEEDS / "yeti" / "invoice.json").read_text())["data"]
    row = yeti("/invoices").json()["data"][0]
    assert row.keys() == sample.keys()
    assert row["attributes"].keys() == sample["attributes"].keys()


def test_stuut_counts(sandbox, rows):
    """Stuut's counts are the distinct ids found in a walk over the pages."""
    calls = {call["id"]: call for row in rows for call in row["calls"]}
    emails = {email["id"]: email for row in rows for email in row["emails"]}
    waiting = [call for call in calls.values() if call["status"] == "pending_approval"]
    unsent = [
        email
        for email in emails.values()
        if email["direction"] == "outbound" and email["status"] in ("draft", "pending")
    ]
    assert sandbox.counts["stuut"] == {
        "invoices": len({row["id"] for row in rows}),
        "calls": len(calls),
        "emails": len(emails),
        "callouts": len(waiting) + len(unsent),
        "parties": len({row["partner"]["id"] for row in rows}),
        "payments": len({part["payment"]["id"] for row in rows for part in row["payments"]}),
    }


def test_exante_counts(sandbox, items, timelines):
    """Exante's counts are the distinct uids found by listing and asking for each timeline."""
    assert sandbox.counts["exante"] == {
        "invoices": len({item["uid"] for item in items}),
        "emails": len({email["uid"] for one in timelines for email in one["emails"]}),
        "parties": len({item["parties"]["client"]["uid"] for item in items}),
    }


def test_counts_are_not_empty(sandbox):
    """Every kind of record occurs; only the accounts at Yeti are a handful."""
    for vendor, kinds in sandbox.counts.items():
        least = 3 if vendor == "yeti" else 10
        assert all(count > least for count in kinds.values())


@pytest.mark.parametrize(("invoices", "bills"), [(0, 3), (30, 3), (40, 4), (250, 25)])
def test_phone_bills(invoices, bills):
    """There is a phone bill for ten invoices, and never less than three."""
    assert Sandbox(invoices=invoices, vendors=("yeti",)).counts["yeti"]["invoices"] == bills
