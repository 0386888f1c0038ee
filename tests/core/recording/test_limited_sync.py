"""A sync is recorded and replayed; each vendor here is a server on loopback."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import date

import pytest
import yaml

from duetrail import api
from duetrail.errors import DuetrailError, UsageError
from duetrail.plugins import load
from duetrail.recording import record, replay
from duetrail.recording.recorder import record_requests, replay_requests
from duetrail_sandbox.server import Sandbox
from support.nightly import product
from support.recording import interactions
from support.stored import digest_at

BILLS = [{"id": f"b{number}", "customer": "Rosa Eriksen", "total": 10.10} for number in range(6)]
VENDORS = ("stuut", "credira", "exante", "yeti")


def asked(cassette):
    return [
        one["request"]["uri"].partition("//")[2].partition("/")[2] for one in interactions(cassette)
    ]


def answers(cassette):
    return [one["response"]["body"]["string"] for one in interactions(cassette)]


@pytest.fixture
def pages(vendor):
    """Three pages of two bills."""
    for number in (1, 2, 3):
        rows, more = BILLS[2 * number - 2 : 2 * number], number + 1 if number < 3 else None
        vendor.on(f"/bills?page={number}&size=2", {"bills": rows, "next": more})
    for bill in BILLS:
        vendor.on(f"/bills/{bill['id']}/notes", {"notes": [{"id": f"n-{bill['id']}"}]})
    return vendor


@pytest.fixture
def cassette(tmp_path):
    return tmp_path / "acme.yaml"


# --- what is recorded ----------------------------------------------------------------------------


def test_a_cassette_is_a_sync(config, pages, cassette):
    """Every request of the sync is on it: the login, the lists, and what is asked by key."""
    recording = record("acme", cassette, config=config, workers=1)
    assert recording.summary.exit_code == 0
    assert asked(cassette) == [
        "login",
        *(f"bills?page={number}&size=2" for number in (1, 2, 3)),
        *(f"bills/b{number}/notes" for number in range(6)),
    ]
    assert recording.requests == len(pages.asked) == 10


def test_nothing_else_is_written(config, pages, cassette):
    """Neither a store nor anything else appears beside the cassette, which is for its owner."""
    before = set(config.parent.iterdir())
    record("acme", cassette, config=config)
    assert set(config.parent.iterdir()) - before == {cassette}
    assert cassette.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("workers", [1, 16])
def test_a_limit(config, pages, cassette, workers):
    """A listing ends with the page that fills the limit, for any number of workers."""
    recording = record("acme", cassette, config=config, limit=3, workers=workers)
    assert {one for one in asked(cassette) if "page" in one} == {
        "bills?page=1&size=2",
        "bills?page=2&size=2",
    }
    assert {one for one in asked(cassette) if "notes" in one} == {
        f"bills/b{number}/notes" for number in range(4)
    }
    assert [r.state for r in recording.summary.resources] == ["limited", "complete"]


def test_a_selection(config, pages, cassette):
    """Only what is named is read, and what it needs."""
    record("acme", cassette, config=config, select=["bills"], limit=1)
    assert asked(cassette) == ["login", "bills?page=1&size=2"]


def test_numbers_as_they_came(config, vendor, cassette):
    """Numbers stand on it as the vendor wrote them; none becomes a float."""
    body = b'{"bills": [{"id": "b1", "total": 10.10, "odd": 0.1000000000000000000001, "n": 1e400}]}'
    vendor.on("/bills?page=1&size=2", body).on("/bills/b1/notes", {"notes": []})
    record("acme", cassette, config=config)
    text = "".join(answers(cassette))
    assert '"total": 10.10,' in text
    assert "0.1000000000000000000001," in text


def test_bodies_stand_line_by_line_and_headers_keep_media_types(config, pages, cassette):
    """Bodies stand line by line, and of headers there are the media types alone."""
    record("acme", cassette, config=config)
    assert '    string: |-\n        {\n         "bills": [\n' in cassette.read_text()
    headers = [h for one in interactions(cassette) for h in one["response"]["headers"]]
    assert set(headers) == {"Content-Type"}
    sent = {h for one in interactions(cassette) for h in one["request"]["headers"]}
    assert sent == {"Accept", "Content-Type"}


def test_a_failure_is_recorded(config, vendor, cassette):
    """An answer that fails the connection is on it, too, and fails the replay alike."""
    vendor.on("/login", (401, {"error": "no"}))
    first = record("acme", cassette, config=config).summary
    again = replay(cassette)
    assert first.exit_code == again.exit_code == 1
    assert [r.problems[0].kind for r in again.resources] == ["failed", "failed"]


def test_a_request_made_again(config, vendor, cassette):
    """What was asked again after a 503 is on it twice, and is replayed in this order."""
    good = {"bills": [{"id": "b1"}]}
    vendor.bills(*good["bills"]).on("/bills?page=1&size=2", (503, {"error": "later"}), good)
    assert record("acme", cassette, config=config).summary.exit_code == 0
    codes = [one["response"]["status"]["code"] for one in interactions(cassette)]
    assert codes == [200, 503, 200, 200]
    assert replay(cassette).exit_code == 0


# --- what is refused -----------------------------------------------------------------------------


def test_a_file_that_is_there(config, pages, cassette):
    """A file is never overwritten, and then nothing is asked."""
    cassette.write_text("precious")
    with pytest.raises(UsageError, match="is there already"):
        record("acme", cassette, config=config)
    assert (cassette.read_text(), pages.asked) == ("precious", [])


def test_a_folder_that_is_not_there(config, pages, tmp_path):
    """Nor is anything asked where the cassette cannot be written."""
    with pytest.raises(UsageError, match="there is no folder"):
        record("acme", tmp_path / "gone/acme.yaml", config=config)
    assert pages.asked == []


def test_a_limit_of_nothing(config, cassette):
    """At least one item is recorded."""
    with pytest.raises(UsageError, match="at least 1"):
        record("acme", cassette, config=config, limit=0)


def test_without_vcrpy(config, cassette):
    """Whoever has not installed vcrpy is told the line that does."""
    code = (
        "import sys; sys.modules['vcr'] = None\n"
        "from duetrail.cli import main; main(prog_name='duetrail')"
    )
    command = [sys.executable, "-c", code, "--config", str(config), "record", "stuut"]
    config.write_text('[connections.stuut]\ntoken = "env:NO_TOKEN"\n')
    done = subprocess.run(command, capture_output=True, text=True, cwd=config.parent)
    assert done.returncode == 2
    assert "pip install 'duetrail[test]'" in done.stderr
    assert "Traceback" not in done.stderr


# --- replaying -----------------------------------------------------------------------------------


def test_a_replay_needs_nothing(config, pages, cassette, no_network, monkeypatch):
    """Neither configuration nor secret nor network: the cassette and the plugin will do."""
    first = record("acme", cassette, config=config, limit=3, select=["notes"]).summary
    config.unlink()
    monkeypatch.delenv("ACME_PASSWORD")
    attempts = no_network()
    again = replay(cassette, workers=16)
    assert (again.exit_code, again.records, attempts) == (0, first.records, [])


def test_a_replay_into_a_store(config, pages, cassette, tmp_path):
    """The records of a replay can be kept, and are those of a sync."""
    url = f"sqlite:///{tmp_path}/replayed.db"
    record("acme", cassette, config=config)
    replay(cassette, store=url)
    api.sync(config=config)
    assert digest_at(url) == digest_at(f"sqlite:///{config.parent}/duetrail.db")


def test_a_replay_of_another_cassette(config, pages, cassette):
    """A cassette that does not say how it was recorded is played around a sync of one's own."""
    with record_requests(cassette, load("acme").source, pages.url):
        api.sync(config=config)
    with pytest.raises(UsageError, match=r"does not say how it was recorded\n.*replay_requests"):
        replay(cassette)


def test_settings_travel(config, pages, cassette):
    """What decides what is asked is on the cassette, and no secret is."""
    config.write_text(config.read_text() + "page_size = 2\n")
    record("acme", cassette, config=config, limit=4)
    facts = yaml.safe_load(cassette.read_text())["metadata"]["duetrail"]
    assert (facts["connection"], facts["limit"], facts["secrets"]) == ("acme", 4, ["password"])
    assert facts["settings"] == {"plugin": "acme", "base_url": pages.url}


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(invoices=20, vendors=VENDORS) as running:
        yield running


@pytest.fixture
def company(sandbox, tmp_path):
    """A configuration of all four vendors, and a store that holds what feeds them keys."""
    file = tmp_path / "duetrail.toml"
    file.write_text(sandbox.config)
    api.sync("stuut", config=file, now=sandbox.now)
    return file


@pytest.mark.parametrize(("name", "pseudonyms"), product(VENDORS, [False, True]))
def test_every_vendor(company, sandbox, tmp_path, name, pseudonyms, no_network):
    """A recording of each vendor with 16 workers is replayed with 16, record by record."""
    cassette = tmp_path / "one.yaml"
    how = {"limit": 15, "workers": 16, "pseudonyms": pseudonyms, "now": sandbox.now}
    first = record(name, cassette, config=company, **how).summary
    attempts = no_network()
    again = replay(cassette, workers=16)
    assert (first.exit_code, again.exit_code, attempts) == (0, 0, [])
    assert again.records == first.records != {}


@pytest.mark.parametrize("name", VENDORS)
def test_taped_by_many(company, sandbox, tmp_path, name, no_network):
    """A whole sync taped with 16 workers plays with 16 workers to the same digest."""
    cassette, digests = tmp_path / "whole.yaml", set()
    source, url = load(name).source, sandbox.base_urls[name]
    for number, use in enumerate(
        (record_requests(cassette, source, url), replay_requests(cassette))
    ):
        store = shutil.copy(company.parent / "duetrail.db", tmp_path / f"{number}.db")
        how = {"store": f"sqlite:///{store}", "full": True, "workers": 16, "now": sandbox.now}
        with use:
            assert api.sync(name, config=company, **how).exit_code == 0
        digests.add(digest_at(how["store"]))
        no_network()
    assert len(digests) == 1


# --- keys ----------------------------------------------------------------------------------------


def test_keys_of_another_connection(company, sandbox, tmp_path):
    """Keys come from the user's store, as many as the limit; they are told, and nothing written."""
    store = company.parent / "duetrail.db"
    before = store.read_bytes()
    cassette = tmp_path / "credira.yaml"
    record("credira", cassette, config=company, limit=2)
    settings = yaml.safe_load(cassette.read_text())["metadata"]["duetrail"]["settings"]
    assert settings["invoices"] == ["ERP-000001", "ERP-000002"]
    assert store.read_bytes() == before


def test_no_keys(company, tmp_path):
    """Without a store there are no keys, and it says what to sync first."""
    (company.parent / "duetrail.db").unlink()
    with pytest.raises(DuetrailError, match=r"no keys to ask with.*\n.*Sync first"):
        record("credira", tmp_path / "credira.yaml", config=company)


def test_options_of_every_kind(company, sandbox, tmp_path):
    """Days, lists and what is optional are told so that the replay asks the same."""
    text = company.read_text().replace("[connections.yeti]", "[connections.yeti]\ninclude = []")
    company.write_text(text)
    cassette = tmp_path / "yeti.yaml"
    record("yeti", cassette, config=company, limit=1, now=sandbox.now)
    settings = yaml.safe_load(cassette.read_text())["metadata"]["duetrail"]["settings"]
    assert isinstance(settings["calls_from"], date)
    assert replay(cassette).exit_code == 0
    assert json.dumps(settings["base_url"]).strip('"') == sandbox.base_urls["yeti"]
