"""What Stripe is asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from support.scripted import Project, Vendor

EMPTY = {"object": "list", "data": [], "has_more": False}


@pytest.mark.parametrize("name", ["customers", "invoices", "credit_notes", "charges"])
def test_a_stretch_of_time_is_asked_for(
    project: Project, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """`--since` and `--until`, by when an object was created, to the second."""
    monkeypatch.setenv("STRIPE_API_KEY", "a-key-made-up-for-tests")
    since, until = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    with Vendor() as vendor:
        vendor.on(f"/v1/{name}", EMPTY)
        project.connect("stripe", token=None, key="env:STRIPE_API_KEY", base_url=vendor.url)
        project.sync(select=[name], since=since, until=until)
        (asked,) = [parse_qs(urlsplit(one.target).query) for one in vendor.asked]
    assert (asked["created[gte]"], asked["created[lt]"]) == (["1767225600"], ["1769904000"])
