"""Stuut's public address, played from cassettes: the real base URL and no network."""

import pytest

TOKEN = "sandbox-stuut-token"
WRONG = "not-the-right-token"


@pytest.fixture(autouse=True)
def token(monkeypatch):
    """The token as users have it, in the environment."""
    monkeypatch.setenv("STUUT_TOKEN", TOKEN)


def test_a_cassette_is_stored_without_a_network(cassette, project, no_network, bodies):
    """Pages of at most three invoices: what is in them is in the store, with the network shut."""
    playing = cassette("invoices")
    assert project.sync().exit_code == 0
    rows = [row for body in bodies(playing) for row in body.get("data", ())]
    for table in ("calls", "emails"):
        ids = {part["id"] for row in rows for part in row[table]}
        assert {row["id"] for row in project.rows(table)} == ids
    assert [row["id"] for row in project.rows("invoices")] == sorted({row["id"] for row in rows})
    assert no_network == []


def test_replay_of_everything(cassette, project, no_network, bodies):
    """Calls, partners, payments, remittances and tasks by themselves, from lists and by id."""
    names = ["calls", "call-details", "partners", "payments", "remittances", "tasks"]
    playing = cassette("everything", invoices=2, include=names, cross_check=False)
    summary = project.sync()
    assert summary.exit_code == 0
    assert {one.resource for one in summary.resources} == {"invoices", *names}
    tasks = [
        f"task:{row['id']}"
        for body in bodies(playing)
        for row in body.get("data", ())
        if row["object"] == "task"
    ]
    assert set(tasks) <= {row["id"] for row in project.rows("callouts")}
    assert (bool(tasks), no_network) == (True, [])


@pytest.mark.usefixtures("played")
def test_threads_share_a_cassette(cassette, project, no_network):
    """Many workers play the same cassette, and none of them opens a real connection."""
    cassette("invoices")
    assert project.sync(workers=16).exit_code == 0
    assert (len(project.rows("invoices")), no_network) == (6, [])


@pytest.mark.usefixtures("played")
def test_a_cassette_shows_no_secret(cassette, project):
    """What a cassette shows of secrets is kept no more than the secrets were."""
    playing = cassette("invoices")
    project.sync()
    assert b"[secret]" in playing.responses[0]["body"]["string"]
    assert not any(b"[secret]" in kept for kept in project.everything())


def test_a_wrong_secret_fails_the_connection(cassette, project, no_network, monkeypatch):
    """A token that is not accepted fails the connection."""
    monkeypatch.setenv("STUUT_TOKEN", WRONG)
    cassette("unauthorized")
    assert project.run("sync").exit_code == 1
    assert no_network == []


@pytest.mark.usefixtures("played")
def test_an_interaction_nobody_plays(recording, cassettes):
    """A cassette that holds more than is asked for fails its test."""
    unplayed = recording.cassette(
        "stuut", cassettes / "invoices.yaml", "https://api.stuut.ai", None
    )
    with pytest.raises(AssertionError, match="were not asked for"), unplayed:
        pass


def test_every_cassette_is_played(cassettes):
    """There is no cassette that no test here puts in."""
    assert {file.stem for file in cassettes.iterdir()} == {
        "everything",
        "invoices",
        "unauthorized",
    }


@pytest.mark.parametrize("name", ["everything", "invoices", "unauthorized"])
def test_fit_to_be_shown(cassettes, name):
    """No secret, no token, no clock and no loopback address is in a cassette."""
    text = (cassettes / f"{name}.yaml").read_text()
    for word in ("sandbox-", TOKEN, WRONG, "127.0.0.1", "localhost", "uthorization:", "Date:"):
        assert word not in text
    assert "uri: https://api.stuut.ai/" in text
