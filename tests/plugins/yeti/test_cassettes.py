"""A Yeti at a public address, played from cassettes: https and no network.

Every operator has an address of its own; the one here belongs to nobody.
"""

import json
import re
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from duetrail_sandbox.server import Sandbox
from support.recording import NEVER_SHOWN

HOST = "https://yeti.example.org"
PUBLIC = f"{HOST}/api/rest/customer/v1"
CASSETTES = Path(__file__).parents[3] / "cassettes/plugins/yeti"
TABLES = {"accounts": "parties", "invoices": "invoices", "cdrs": "calls", "payments": "payments"}
LOGIN, PASSWORD = "sandbox-yeti-login", "sandbox-yeti-password"
WRONG = "not-the-right-password"
SETTINGS = {
    "login": "env:YETI_LOGIN",
    "password": "env:YETI_PASSWORD",
    "page_size": 12,
    "calls_from": date(2026, 6, 26),
    "call_page_size": 3,
}
# The day of the recording, as calls are asked for by when they began.
NOON = datetime(2026, 6, 30, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    """Login and password as users have them, in the environment."""
    monkeypatch.setenv("YETI_LOGIN", LOGIN)
    monkeypatch.setenv("YETI_PASSWORD", PASSWORD)


@pytest.fixture
def cassette(recording, connect, request):
    """Put a cassette in, and have a project connected to what it plays.

    With `--record-mode=rewrite` it is recorded anew, from a sandbox of six invoices, which is
    billed three times itself.
    """
    with ExitStack() as stack:

        def put_in(name, **settings):
            local = None
            if request.config.getoption("--record-mode") == "rewrite":
                local = stack.enter_context(Sandbox(invoices=6)).base_urls["yeti"]
            connect(base_url=local or PUBLIC, **(SETTINGS | settings))
            path = CASSETTES / f"{name}.yaml"
            return stack.enter_context(recording.cassette("yeti", path, PUBLIC, local))

        yield put_in


def test_a_cassette_is_stored_without_a_network(cassette, project, no_network, bodies):
    """A login and every list, page by page: all rows are in the store, no network."""
    playing = cassette("lists")
    assert project.sync(now=NOON).exit_code == 0
    rows = [row for body in bodies(playing) for row in body.get("data", ())]
    for kind, table in TABLES.items():
        prefix = "cdrs:" if kind == "cdrs" else ""
        ids = {f"{prefix}{row['id']}" for row in rows if row["type"] == kind}
        assert ids
        assert {row["id"] for row in project.rows(table)} == ids
    assert no_network == []


@pytest.mark.usefixtures("played")
@pytest.mark.parametrize("attempt", range(5))
def test_threads_share_a_cassette(cassette, project, no_network, attempt):
    """Sixteen workers play a cassette with one login, and none opens a real connection."""
    playing = cassette("lists")
    summary = project.sync(workers=16, now=NOON)
    assert (summary.exit_code, no_network) == (0, [])
    assert playing.all_played


@pytest.mark.usefixtures("played")
def test_a_cassette_shows_no_secret(cassette, project):
    """What a cassette shows of secrets is kept no more than the secrets were."""
    playing = cassette("lists")
    project.sync(now=NOON)
    (asked, answer), *_ = playing.data
    auth = {"login": "[secret]", "password": "[secret]"}
    assert json.loads(asked.body) == {"auth": auth}
    assert json.loads(answer["body"]["string"]) == {"jwt": "[secret]"}
    assert not any(b"[secret]" in kept for kept in project.everything())


def test_a_wrong_secret_fails_the_connection(cassette, project, no_network, monkeypatch):
    """A password that is not accepted fails the connection with the first request."""
    monkeypatch.setenv("YETI_PASSWORD", WRONG)
    playing = cassette("unauthorized")
    assert project.run("sync", "--workers", "1").exit_code == 1
    assert [request.method for request in playing.requests] == ["POST"]
    assert no_network == []


@pytest.mark.usefixtures("played")
def test_an_interaction_nobody_plays(recording):
    """A cassette that holds more than is asked for fails its test."""
    unplayed = recording.cassette("yeti", CASSETTES / "lists.yaml", PUBLIC, None)
    with pytest.raises(AssertionError, match="were not asked for"), unplayed:
        pass


def test_recorded_twice(recording, connect, tmp_path):
    """Two sandboxes on two ports make the same cassette, though they give other tokens."""
    files = [tmp_path / "one.yaml", tmp_path / "two.yaml"]
    for file, seconds in zip(files, (600, 1200), strict=True):
        with Sandbox(invoices=6, yeti_token_seconds=seconds) as sandbox:
            local = sandbox.base_urls["yeti"]
            project = connect(base_url=local, **SETTINGS)
            project.database.unlink(missing_ok=True)
            with recording.cassette("yeti", file, PUBLIC, local):
                assert project.sync(now=NOON).exit_code == 0
    assert files[0].read_bytes() == files[1].read_bytes()


def test_every_cassette_is_played():
    """There is no cassette that no test here puts in."""
    assert {file.stem for file in CASSETTES.iterdir()} == {"lists", "unauthorized"}


@pytest.mark.parametrize("name", ["lists", "unauthorized"])
def test_fit_to_be_shown(name):
    """No secret, no token, no clock, and no address but the public one is in a cassette."""
    text = (CASSETTES / f"{name}.yaml").read_text()
    for word in (*NEVER_SHOWN, LOGIN, PASSWORD, WRONG, "/yeti/"):
        assert word not in text
    assert set(re.findall("https?://[^/]+", text)) == {HOST}
