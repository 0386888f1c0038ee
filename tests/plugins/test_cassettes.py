"""The vendors' public addresses, played from cassettes: the real base URLs and no network.

With `--record-mode=rewrite` the cassettes are recorded anew from a sandbox.
"""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from duetrail_sandbox.server import Sandbox
from support import recording
from support.vendors import RECORDED, VENDORS

CASSETTES = Path(__file__).parents[2] / "cassettes/plugins"
WRONG = "not-the-right-secret"
EVERY = [(vendor, name) for vendor in VENDORS for name in RECORDED[vendor].names]
# A cassette of each vendor that a plain sync plays whole, and how it ends.
WHOLE = {"stuut": "invoices", "credira": "by_invoice", "exante": "invoices", "yeti": "lists"}
ENDS = {"stuut": 0, "credira": 3, "exante": 0, "yeti": 0}
# The day of the recordings, as Yeti is asked for calls by when they began.
NOON = datetime(2026, 6, 30, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def secrets(monkeypatch):
    """The secrets as users have them, in the environment."""
    for one in RECORDED.values():
        for name, secret in one.secrets.items():
            monkeypatch.setenv(name, secret)


@pytest.fixture
def cassette(project, request):
    """Put a cassette in, and have the project connected to what it plays."""
    with ExitStack() as stack:

        def put_in(vendor, name, size=None, **settings):
            recorded, local = RECORDED[vendor], None
            if request.config.getoption("--record-mode") == "rewrite":
                sandbox = stack.enter_context(Sandbox(invoices=size or recorded.invoices))
                local = sandbox.base_urls[vendor]
            url = local or recorded.public
            project.connect(vendor, base_url=url, **recorded.settings | settings)
            path = CASSETTES / vendor / f"{name}.yaml"
            return stack.enter_context(recording.cassette(vendor, path, recorded.public, local))

        yield put_in


def kept(project, *tables):
    return {row["id"] for table in tables for row in project.rows(table)}


# What each of them brings


def test_stuut_invoices(cassette, project, no_network, bodies):
    """Pages of at most three invoices: what is in them is in the store, with the network shut."""
    playing = cassette("stuut", "invoices")
    assert project.sync().exit_code == 0
    rows = [row for body in bodies(playing) for row in body.get("data", ())]
    for table in ("calls", "emails"):
        assert kept(project, table) == {part["id"] for row in rows for part in row[table]}
    assert kept(project, "invoices") == {row["id"] for row in rows}
    assert (len(kept(project, "invoices")), no_network) == (4, [])


def test_stuut_everything(cassette, project, no_network, bodies):
    """Calls, partners, payments, remittances and tasks by themselves, from lists and by id."""
    names = ["calls", "call-details", "partners", "payments", "remittances", "tasks"]
    playing = cassette("stuut", "everything", size=1, include=names, cross_check=False)
    summary = project.sync()
    assert summary.exit_code == 0
    assert {one.resource for one in summary.resources} == {"invoices", *names}
    rows = [row for body in bodies(playing) for row in body.get("data", ())]
    tasks = {f"task:{row['id']}" for row in rows if row["object"] == "task"}
    assert tasks <= kept(project, "callouts")
    assert (bool(tasks), no_network) == (True, [])


def test_credira_by_invoice(cassette, project, no_network, bodies):
    """Six invoices and an unknown one: all there is about them is in the store, no network."""
    playing = cassette("credira", "by_invoice")
    summary = project.sync()
    assert (summary.exit_code, [r.unknown_keys for r in summary.resources]) == (3, [1, 1, 0])
    ids = {row["id"] for body in bodies(playing) if body["success"] for row in body["data"] or ()}
    assert kept(project, "calls", "callouts", "emails") == ids
    assert no_network == []


def test_credira_in_detail(cassette, project, no_network, bodies):
    """An invoice with all that is optional: each call and callout is one record of two answers."""
    # The one of the six invoices with calls and callouts.
    asked = {"invoices": ["ERP-000006"], "include": ["call-details", "responses"]}
    playing = cassette("credira", "in_detail", **asked)
    assert project.sync().exit_code == 0
    alone = [body["data"] for body in bodies(playing) if isinstance(body["data"], dict)]
    costs = {shown["id"]: str(shown["cost"]) for shown in alone if "cost" in shown}
    totals = {s["callout_id"]: s["total_attempts"] for s in alone if "total_attempts" in s}
    calls, callouts = project.rows("calls", "id, cost"), project.rows("callouts")
    assert {row["id"]: row["cost"] for row in calls} == costs != {}
    assert {row["id"]: row["attempts_total"] for row in callouts} == totals != {}
    assert no_network == []


def test_exante_invoices(cassette, project, no_network, bodies):
    """Two pages of two invoices and a timeline each: all of it is in the store, no network."""
    playing = cassette("exante", "invoices")
    assert project.sync().exit_code == 0
    _, *data = [body["data"] for body in bodies(playing)]  # without the list of keys
    ids = {row["uid"] for part in data for row in part.get("items", ())}
    assert {part["invoice"]["uid"] for part in data if "invoice" in part} == ids
    assert kept(project, "invoices") == ids
    assert kept(project, "emails") == {row["uid"] for p in data for row in p.get("emails", ())}
    assert no_network == []


@pytest.mark.usefixtures("played")
def test_a_page_names_the_next_as_the_vendor_would(cassette, project, bodies):
    """A page names the next one as Exante would, and not by its place in the sandbox."""
    playing = cassette("exante", "invoices")
    project.sync()
    links = [body["data"]["_links"]["next"] for body in bodies(playing)[1:3]]
    assert links == ["/api/invoices?page=2&per_page=2", None]


def test_exante_included(cassette, project, no_network, bodies):
    """A detail and the drafts of each invoice, and the messages of conversations."""
    names = ["details", "drafts", "conversations"]
    playing = cassette("exante", "included", include=names)
    assert project.sync(select=names).exit_code == 0
    _, *found = bodies(playing)
    whole = [body.get("data", {}) for body in found]
    drafts = {row["uid"] for body in found for row in body.get("items", ())}
    messages = {row["uid"] for data in whole for row in data.get("messages", ())}
    lines = {row["uid"] for data in whole for row in data.get("line_items", ())}
    assert drafts
    assert kept(project, "emails") == drafts | messages
    assert kept(project, "invoice_lines") == lines
    assert no_network == []


def test_yeti_lists(cassette, project, no_network, bodies):
    """A login and every list, page by page: all rows are in the store, no network."""
    playing = cassette("yeti", "lists")
    assert project.sync(now=NOON).exit_code == 0
    rows = [row for body in bodies(playing) for row in body.get("data", ())]
    tables = {"accounts": "parties", "invoices": "invoices", "cdrs": "calls"}
    for kind, table in {**tables, "payments": "payments"}.items():
        prefix = "cdrs:" if kind == "cdrs" else ""
        ids = {f"{prefix}{row['id']}" for row in rows if row["type"] == kind}
        assert ids
        assert kept(project, table) == ids
    assert no_network == []


@pytest.mark.usefixtures("played")
def test_a_login_is_not_shown(cassette, project):
    """Neither what Yeti is asked nor what it answers shows the password or the token."""
    playing = cassette("yeti", "lists")
    project.sync(now=NOON)
    (asked, answer), *_ = playing.data
    auth = {"login": "[secret]", "password": "[secret]"}
    assert json.loads(asked.body) == {"auth": auth}
    assert json.loads(answer["body"]["string"]) == {"jwt": "[secret]"}


# What holds for all of them


@pytest.mark.usefixtures("played")
@pytest.mark.parametrize("attempt", range(5))
@pytest.mark.parametrize("vendor", VENDORS)
def test_threads_share_a_cassette(cassette, project, no_network, vendor, attempt):
    """Sixteen workers play a cassette once, and none of them opens a real connection."""
    playing = cassette(vendor, WHOLE[vendor])
    assert project.sync(workers=16, now=NOON).exit_code == ENDS[vendor]
    assert (playing.play_count, no_network) == (len(playing), [])


@pytest.mark.usefixtures("played")
@pytest.mark.parametrize("vendor", ["stuut", "yeti"])
def test_a_cassette_shows_no_secret(cassette, project, vendor):
    """What a cassette shows of secrets is kept no more than the secrets were."""
    playing = cassette(vendor, WHOLE[vendor])
    project.sync(now=NOON)
    assert any(b"[secret]" in answer["body"]["string"] for answer in playing.responses)
    assert not any(b"[secret]" in kept for kept in project.everything())


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_wrong_secret_fails_the_connection(cassette, project, no_network, monkeypatch, vendor):
    """A secret that is not accepted fails the connection before anything is read."""
    monkeypatch.setenv(RECORDED[vendor].wrong, WRONG)
    more = {"invoices": ["ERP-000001"]} if vendor == "credira" else {}
    cassette(vendor, "unauthorized", **more)
    only = ["--select", "calls"] if vendor == "credira" else []
    result = project.run("sync", "--workers", "1", *only)
    assert (result.exit_code, project.rows("pages"), no_network) == (1, [], [])
    assert vendor != "credira" or "Check the API key" in result.stderr


@pytest.mark.usefixtures("played")
@pytest.mark.parametrize("vendor", VENDORS)
def test_an_interaction_nobody_plays(vendor):
    """A cassette that holds more than is asked for fails its test."""
    path = CASSETTES / vendor / f"{WHOLE[vendor]}.yaml"
    unplayed = recording.cassette(vendor, path, RECORDED[vendor].public, None)
    with pytest.raises(AssertionError, match="were not asked for"), unplayed:
        pass


@pytest.mark.parametrize("seconds", [600, 1200])
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_recording_of_today_is_the_cassette(project, tmp_path, vendor, seconds):
    """A sandbox on any port, and with any token of Yeti's, still makes the file that is here."""
    recorded, name, file = RECORDED[vendor], WHOLE[vendor], tmp_path / "today.yaml"
    with Sandbox(invoices=recorded.invoices, yeti_token_seconds=seconds) as sandbox:
        local = sandbox.base_urls[vendor]
        project.connect(vendor, base_url=local, **recorded.settings)
        with recording.cassette(vendor, file, recorded.public, local):
            assert project.sync(now=NOON).exit_code == ENDS[vendor]
    alike = file.read_bytes() == (CASSETTES / vendor / f"{name}.yaml").read_bytes()
    assert alike, f"{vendor}/{name}.yaml is out of date: cassettes/README.md says what to do"


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_cassette_is_played(vendor):
    """There is no cassette that no test here puts in."""
    assert {file.stem for file in (CASSETTES / vendor).iterdir()} == set(RECORDED[vendor].names)


@pytest.mark.parametrize(("vendor", "name"), EVERY)
def test_fit_to_be_shown(vendor, name):
    """No secret, no token, no clock, and no address but the vendor's own is in a cassette."""
    recorded = RECORDED[vendor]
    text = (CASSETTES / vendor / f"{name}.yaml").read_text()
    for word in (*recording.NEVER_SHOWN, *recorded.secrets.values(), WRONG, f"/{vendor}/"):
        assert word not in text
    public = urlsplit(recorded.public)
    hosts = set(re.findall("https?://[^/ \"']+", text)) - {*recorded.pages}
    assert hosts == {f"{public.scheme}://{public.netloc}"}
