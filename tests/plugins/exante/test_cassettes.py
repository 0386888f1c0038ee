"""Exante's public address, played from cassettes: the real base URL and no network."""

import re
from contextlib import ExitStack
from pathlib import Path

import pytest

from duetrail_sandbox.server import Sandbox
from support.recording import NEVER_SHOWN

PUBLIC = "https://api.exante.app"
PAGES = "https://exante.example.com"  # where people see their invoices
CASSETTES = Path(__file__).parents[3] / "cassettes/plugins/exante"
NAMES = ("included", "invoices", "unauthorized")
TOKEN = "sandbox-exante-token"
WRONG = "not-the-right-token"
SETTINGS = {"token": "env:EXANTE_API_KEY", "attempts": 1, "page_size": 2}


@pytest.fixture(autouse=True)
def token(monkeypatch):
    """The token as users have it, in the environment."""
    monkeypatch.setenv("EXANTE_API_KEY", TOKEN)


@pytest.fixture
def cassette(recording, project, request):
    """Put a cassette in, and have the project connected to what it plays.

    With `--record-mode=rewrite` it is recorded anew, from a sandbox of four invoices.
    """
    with ExitStack() as stack:

        def put_in(name, **settings):
            local = None
            if request.config.getoption("--record-mode") == "rewrite":
                local = stack.enter_context(Sandbox(invoices=4)).base_urls["exante"]
            project.connect("exante", base_url=local or PUBLIC, **(SETTINGS | settings))
            path = CASSETTES / f"{name}.yaml"
            return stack.enter_context(recording.cassette("exante", path, PUBLIC, local))

        yield put_in


def test_a_cassette_is_stored_without_a_network(cassette, project, no_network, bodies):
    """Two pages of two invoices and a timeline each: all of it is in the store, no network."""
    playing = cassette("invoices")
    assert project.sync().exit_code == 0
    _, *data = [body["data"] for body in bodies(playing)]  # without the list of keys
    ids = {row["uid"] for part in data for row in part.get("items", ())}
    assert {part["invoice"]["uid"] for part in data if "invoice" in part} == ids
    assert {row["id"] for row in project.rows("invoices")} == ids
    emails = {row["uid"] for part in data for row in part.get("emails", ())}
    assert {row["id"] for row in project.rows("emails")} == emails
    assert no_network == []


def test_replay_of_what_is_optional(cassette, project, no_network, bodies):
    """A detail and the drafts of each invoice, and the messages of conversations."""
    playing = cassette("included", include=["details", "drafts", "conversations"])
    assert project.sync(select=["details", "drafts", "conversations"]).exit_code == 0
    _, *found = bodies(playing)
    whole = [body.get("data", {}) for body in found]
    drafts = {row["uid"] for body in found for row in body.get("items", ())}
    messages = {row["uid"] for data in whole for row in data.get("messages", ())}
    lines = {row["uid"] for data in whole for row in data.get("line_items", ())}
    assert drafts
    assert {row["id"] for row in project.rows("emails")} == drafts | messages
    assert {row["id"] for row in project.rows("invoice_lines")} == lines
    assert no_network == []


@pytest.mark.usefixtures("played")
@pytest.mark.parametrize("attempt", range(5))
def test_threads_share_a_cassette(cassette, project, no_network, attempt):
    """Sixteen workers play a cassette, and none of them opens a real connection."""
    playing = cassette("invoices")
    summary = project.sync(workers=16)
    assert (summary.exit_code, no_network) == (0, [])
    assert playing.play_count == len(playing)
    asked = sum(r.requests for r in summary.resources)
    assert asked + 1 == len(playing)  # and whose key it is


@pytest.mark.usefixtures("played")
def test_a_page_names_the_next_as_the_vendor_would(cassette, project, bodies):
    """A page names the next one as Exante would, and not by its place in the sandbox."""
    playing = cassette("invoices")
    project.sync()
    links = [body["data"]["_links"]["next"] for body in bodies(playing)[1:3]]
    assert links == ["/api/invoices?page=2&per_page=2", None]


def test_a_wrong_secret_fails_the_connection(cassette, project, no_network, monkeypatch):
    """A key that is not accepted fails the connection."""
    monkeypatch.setenv("EXANTE_API_KEY", WRONG)
    cassette("unauthorized")
    assert project.run("sync").exit_code == 1
    assert no_network == []


@pytest.mark.usefixtures("played")
def test_an_interaction_nobody_plays(recording):
    """A cassette that holds more than is asked for fails its test."""
    unplayed = recording.cassette("exante", CASSETTES / "invoices.yaml", PUBLIC, None)
    with pytest.raises(AssertionError, match="were not asked for"), unplayed:
        pass


def test_recorded_twice(recording, project, tmp_path):
    """Two sandboxes on two ports make the same cassette."""
    files = [tmp_path / "one.yaml", tmp_path / "two.yaml"]
    for file in files:
        with Sandbox(invoices=4) as sandbox:
            local = sandbox.base_urls["exante"]
            project.connect(file.stem, plugin="exante", base_url=local, **SETTINGS)
            with recording.cassette("exante", file, PUBLIC, local):
                assert project.sync(file.stem).exit_code == 0
    assert files[0].read_bytes() == files[1].read_bytes()


def test_every_cassette_is_played():
    """There is no cassette that no test here puts in."""
    assert {file.stem for file in CASSETTES.iterdir()} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_fit_to_be_shown(name):
    """No secret, no token, no clock, and no address but Exante's own is in a cassette."""
    text = (CASSETTES / f"{name}.yaml").read_text()
    for word in (*NEVER_SHOWN, TOKEN, WRONG, "/exante/"):
        assert word not in text
    assert PUBLIC in text
    assert set(re.findall("https?://[^/]+", text)) <= {PUBLIC, PAGES}
