"""Yeti, other operators: the release of 2024, another zone, other attributes hidden."""

from __future__ import annotations

import runpy
from datetime import UTC, timedelta, timezone
from pathlib import Path

import pytest

from duetrail_sandbox.company.installation import RELEASE_2024, Installation
from duetrail_sandbox.company.telephony import Telephony

# Test folders are no packages, so what they share is run, not imported.
ask = runpy.run_path(str(Path(__file__).with_name("yeti_desk.py")))["ask"]

EVER = {"filter[time-start-gteq]": "2020-01-01T00:00:00Z"}


@pytest.fixture(scope="module")
def old():
    return Telephony.build(100, 7, RELEASE_2024)


def rows(answer):
    assert answer.status == 200
    return answer.document["data"]


def test_trap_12_old_releases_show_no_currency(old):
    """In 2024 neither accounts nor payments name one, and asking for it is 400/104."""
    for kind in ("accounts", "payments"):
        assert all("currency" not in row["attributes"] for row in rows(ask(old, f"/{kind}")))
        refused = ask(old, f"/{kind}", **{f"fields[{kind}]": "currency"})
        assert refused.document["errors"][0]["code"] == "104"


def test_trap_12_old_releases_sort_by_id(old):
    """In 2024 the default order was by UUID, but for calls."""
    for kind in ("invoices", "payments", "services", "transactions"):
        ids = [row["id"] for row in rows(ask(old, f"/{kind}"))]
        assert ids == sorted(ids)
    starts = [row["attributes"]["time-start"] for row in rows(ask(old, "/cdrs", **EVER))]
    assert starts == sorted(starts, reverse=True)


def test_trap_12_old_releases_cut_outgoing_calls_only(old):
    """In 2024 the hidden day did not apply to incoming calls."""
    kinds = ("cdrs", "incoming-cdrs")
    shown = [
        [ask(old, f"/{kind}", **asked).document["meta"]["total-count"] for asked in ({}, EVER)]
        for kind in kinds
    ]
    assert shown[0][0] < shown[0][1]
    assert shown[1][0] == shown[1][1]


def test_trap_12_old_payments_say_less(old):
    """In 2024 payments had five attributes and no filter by roll-back."""
    names = {"amount", "notes", "status", "type-name", "created-at"}
    assert all(row["attributes"].keys() == names for row in rows(ask(old, "/payments")))
    refused = ask(old, "/payments", **{"filter[rolledback-at-gt]": "2026-01-01"})
    assert refused.document["errors"][0]["code"] == "102"


def test_old_calls_lead_to_their_transport(old):
    """In 2024 calls had one relation more."""
    answer = ask(old, "/cdrs", include="auth-orig-transport-protocol", **EVER)
    related = [row["relationships"]["auth-orig-transport-protocol"]["data"] for row in rows(answer)]
    assert None in related
    assert {"UDP", "TCP", "TLS"} == {
        one["attributes"]["name"] for one in answer.document["included"]
    }


def test_trap_3_times_are_printed_in_the_servers_zone():
    """Elsewhere times have another offset, and naive ones are read there."""
    zone = timezone(timedelta(hours=3))
    here, there = (Telephony.build(100, 7, Installation(zone=one)) for one in (UTC, zone))
    starts = [row["attributes"]["start-date"] for row in rows(ask(there, "/invoices"))]
    assert all(start.endswith("+03:00") for start in starts)
    same = [
        ask(one, "/cdrs", **{"filter[time-start-gteq]": text}).document["meta"]
        for one, text in ((here, "2026-06-01T00:00:00"), (there, "2026-06-01T03:00:00"))
    ]
    assert same[0] == same[1]


def test_nothing_hidden():
    """An operator that hides nothing shows all attributes."""
    whole = Telephony.build(100, 7, Installation(hidden=frozenset()))
    (first, *_) = rows(ask(whole, "/cdrs", **EVER))
    assert first["attributes"].keys() >= {"diversion-in", "lega-user-agent"}
    (first, *_) = rows(ask(whole, "/incoming-cdrs", **EVER))
    assert "legb-user-agent" in first["attributes"]


def test_no_recordings():
    """Where recordings may not be heard, no call has one."""
    quiet = Telephony.build(100, 7, Installation(recordings=False))
    found = rows(ask(quiet, "/cdrs", **EVER))
    assert not any(row["attributes"]["rec"] for row in found)
    assert ask(quiet, f"/cdrs/{found[0]['id']}/rec").status == 404
