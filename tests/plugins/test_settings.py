"""A setting that cannot be is refused before any request, with its name, whoever's it is."""

from __future__ import annotations

from typing import Any

import pytest

from duetrail_sandbox.exante.app import ORGANIZATION
from support.scripted import Vendor
from support.vendors import VENDORS

DAYS = (-1, 36_501, "90", 1.5)
# What a connection needs beside a token, and what cannot be configured.
USUAL: dict[str, dict[str, Any]] = {"credira": {"invoices": ["a"]}}
WRONG: dict[str, dict[str, tuple[Any, ...]]] = {
    "stuut": {
        "page_size": (0, 201, "50"),
        "status": (["open", "overdo"], "open"),
        "amounts": ("cents",),
        "cross_check": ("yes",),
        # The three filters whose grammar is not documented.
        "istatus": ("open",),
        "issued_at": ("open",),
        "amount_remaining": ("open",),
    },
    # A missing id would come back as INVALID_REQUEST; without keys there is nothing to ask.
    "credira": {"invoices": ([""], ["a", ""], "", 5, [5], None), "look_back_days": DAYS},
    "exante": {
        "page_size": (0, 101, "100"),
        "look_back_days": DAYS,
        "organization_uid": ("Acme", "", ORGANIZATION.replace("-", ""), f"{ORGANIZATION}0", 5),
    },
    "yeti": {
        "page_size": (0, -1, 1001, "100", True),
        "call_page_size": (0, -1, 1001, "100", True),
        "look_back_days": (0, 3651, "60"),
        "call_window_days": (0, 367, "7"),
        "calls_from": ("2026-06-31", "soon", 20260601, True),
        # It would be put on every amount.
        "currency": ("euro", "eur", "€", "", " EUR", "EU", "XYZ", "978"),
    },
}
# What an error says beside the name of the setting.
SAYS = {
    "istatus": "Stuut has no such setting",
    "issued_at": "Stuut has no such setting",
    "amount_remaining": "Stuut has no such setting",
    "calls_from": "calls_from must be",
    "currency": "currency must be a code of ISO 4217",
}
EVERY = [
    (vendor, name, value)
    for vendor, settings in WRONG.items()
    for name, values in settings.items()
    for value in values
]


@pytest.mark.parametrize(("vendor", "name", "value"), EVERY)
def test_a_setting_that_cannot_be_is_refused_before_any_request(project, vendor, name, value):
    """The command ends with 2, names the setting, and nobody was asked."""
    with Vendor() as server:
        project.connect(vendor, base_url=server.url, **USUAL.get(vendor, {}) | {name: value})
        result = project.run("sync")
    assert (result.exit_code, server.asked) == (2, [])
    assert name in result.stderr
    assert SAYS.get(name, "") in result.stderr
    assert "Traceback" not in result.stderr
    if name == "organization_uid" and value != 5:
        assert "UUID" in result.stderr
    if name == "invoices" and value is None:
        assert "invoices is missing" in result.stderr


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(
    ("base_url", "says"),
    [("http://api.vendor.example", "plain http"), (None, "base_url is missing")],
)
def test_a_token_is_never_sent_in_the_clear_nor_to_a_guessed_host(project, vendor, base_url, says):
    """Plain http is refused, and so is no address where the vendor's is not the same for all."""
    if base_url is None and vendor in ("stuut", "credira"):
        pytest.skip("its address is known")
    usual = USUAL.get(vendor, {}) | {"token": "env:ANY_TOKEN"}
    project.connect(vendor, base_url=base_url, **usual)
    result = project.run("sync")
    assert result.exit_code == 2
    assert says in result.stderr
