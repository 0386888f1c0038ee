"""Credira's public address, played from cassettes: the real base URL and no network."""

import pytest

TOKEN = "sandbox-credira-token"
WRONG = "not-the-right-token"
CASSETTES = ("by_invoice", "in_detail", "unauthorized")
KEY = "ERP-000006"  # the one of the six with calls and callouts
TABLES = ("calls", "callouts", "emails")


@pytest.fixture(autouse=True)
def token(monkeypatch):
    """The token as users have it, in the environment."""
    monkeypatch.setenv("CREDIRA_API_KEY", TOKEN)


def test_a_cassette_is_stored_without_a_network(cassette, project, no_network, bodies):
    """Six invoices and an unknown one: all there is about them is in the store, no network."""
    playing = cassette("by_invoice")
    summary = project.sync()
    assert (summary.exit_code, [r.unknown_keys for r in summary.resources]) == (3, [1, 1, 0])
    ids = {row["id"] for body in bodies(playing) if body["success"] for row in body["data"] or ()}
    stored = [row["id"] for table in TABLES for row in project.rows(table)]
    assert sorted(stored) == sorted(ids)
    assert no_network == []


def test_in_detail(cassette, project, no_network, bodies):
    """An invoice with all that is optional: each call and callout is one record of two answers."""
    playing = cassette("in_detail", invoices=[KEY], include=["call-details", "responses"])
    assert project.sync().exit_code == 0
    alone = [body["data"] for body in bodies(playing) if isinstance(body["data"], dict)]
    costs = {shown["id"]: str(shown["cost"]) for shown in alone if "cost" in shown}
    totals = {s["callout_id"]: s["total_attempts"] for s in alone if "total_attempts" in s}
    calls, callouts = project.rows("calls", "id, cost"), project.rows("callouts")
    assert {row["id"]: row["cost"] for row in calls} == costs != {}
    assert {row["id"]: row["attempts_total"] for row in callouts} == totals != {}
    assert no_network == []


@pytest.mark.usefixtures("played")
@pytest.mark.parametrize("attempt", range(5))
def test_threads_share_a_cassette(cassette, project, no_network, attempt):
    """Sixteen workers play a cassette, and none of them opens a real connection."""
    playing = cassette("by_invoice")
    summary = project.sync(workers=16)
    assert (summary.exit_code, no_network) == (3, [])
    assert sum(r.requests for r in summary.resources) == playing.play_count == len(playing)


def test_a_wrong_secret_fails_the_connection(cassette, project, no_network, monkeypatch):
    """A key that is not accepted fails the connection, and says where to find the right one."""
    monkeypatch.setenv("CREDIRA_API_KEY", WRONG)
    cassette("unauthorized", invoices=["ERP-000001"])
    result = project.run("sync", "--workers", "1", "--select", "calls")
    assert result.exit_code == 1
    assert "Check the API key" in result.stderr
    assert no_network == []


@pytest.mark.usefixtures("played")
def test_an_interaction_nobody_plays(recording, cassettes):
    """A cassette that holds more than is asked for fails its test."""
    unplayed = recording.cassette(
        "credira", cassettes / "by_invoice.yaml", "https://api.credira.com/v1", None
    )
    with pytest.raises(AssertionError, match="were not asked for"), unplayed:
        pass


def test_every_cassette_is_played(cassettes):
    """There is no cassette that no test here puts in."""
    assert {file.stem for file in cassettes.iterdir()} == set(CASSETTES)


@pytest.mark.parametrize("name", CASSETTES)
def test_fit_to_be_shown(cassettes, name):
    """No secret, no token, no clock and no loopback address is in a cassette."""
    text = (cassettes / f"{name}.yaml").read_text()
    for word in ("sandbox-", TOKEN, WRONG, "127.0.0.1", "localhost", "uthorization:", "Date:"):
        assert word not in text
    assert "uri: https://api.credira.com/v1/" in text
