"""What the sandbox shows is what the vendors' published samples show, object by object.

The samples are the vendors' own and not taken from the sandbox, so that the two can disagree.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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
