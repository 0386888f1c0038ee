"""Settings: a connection of a file, or a whole connection; and what there is to set."""

import os
from pathlib import Path

import pytest

from duetrail.cli.messages import json_of
from duetrail.engines.settings import settings_of, state_store
from duetrail.engines.settings_schema import settings_schema
from duetrail.errors import ConfigError

SECRET = "a-token-that-nobody-may-see"


@pytest.fixture(autouse=True)
def _own_places(tmp_path, monkeypatch):
    """Stores and secrets of a test are gone after it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("DUETRAIL_BILLS_TOKEN", "")
    monkeypatch.delenv("DUETRAIL_BILLS_TOKEN")


def bound(given, folder=Path()):
    found = settings_of(given, folder)
    return found.project.source(found.connection).connection


def test_a_connection_of_a_configuration_file(billing, write_config, tmp_path, monkeypatch):
    """`connection` and `config` name what a duetrail.toml has; its store is used."""
    write_config('[connections.a]\nplugin = "acme"\ntoken = "env:ACME_TOKEN"\n')
    found = settings_of({"connection": "a", "config": "duetrail.toml"}, tmp_path)
    assert found.project.source("a").connection.name == "a"
    assert found.project.config.store == "sqlite:///duetrail.db"


def test_a_whole_connection(billing):
    """`source` is a connection by itself, with the plugin's name if it has none."""
    given = {"source": {"plugin": "acme", "token": "env:ACME_TOKEN", "page_size": 20}}
    connection = bound(given)
    assert (connection.name, connection.options.page_size) == ("acme", 20)


def test_a_secret_is_never_kept(billing, monkeypatch):
    """The value goes to the environment of this process, and only a reference to it is kept."""
    given = {"connection": "bills", "source": {"plugin": "acme", "token": SECRET}}
    connection = bound(given)
    assert connection.options.token.reference == "env:DUETRAIL_BILLS_TOKEN"
    assert connection.options.token.resolve() == SECRET
    monkeypatch.delenv("DUETRAIL_BILLS_TOKEN")


def test_a_reference_stays_one(billing):
    """Where the secret is already elsewhere nothing is put anywhere."""
    connection = bound({"source": {"plugin": "acme", "token": "file:token.txt"}})
    assert connection.options.token.reference == "file:token.txt"
    assert "DUETRAIL_ACME_TOKEN" not in os.environ


def test_numbers_with_a_fraction(billing, tmp_path):
    """A file of settings may hold whatever number a configuration may."""
    file = tmp_path / "settings"
    file.write_text('{"source": {"plugin": "acme", "token": "env:A", "requests_per_second": 0.5}}')
    assert bound(json_of(file, "file of settings")).requests_per_second == 0.5


@pytest.mark.parametrize("sign", ["\0", "\ud800"])
def test_a_secret_that_the_environment_does_not_take(billing, sign):
    """One line, without the secret."""
    with pytest.raises(ConfigError, match="a character that the environment does not") as error:
        bound({"source": {"plugin": "acme", "token": f"{SECRET}{sign}"}})
    assert SECRET not in str(error.value)


def test_a_store_that_nobody_gave(billing, tmp_path):
    """It lies in the user's state folder, one a connection."""
    found = settings_of({"source": {"plugin": "acme", "token": "env:A"}}, Path())
    assert found.project.config.store == f"sqlite:///{tmp_path}/state/duetrail/acme.db"


def test_a_state_folder_that_cannot_be_made(tmp_path, monkeypatch):
    """One line, with what to give instead."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with pytest.raises(ConfigError, match="cannot be made") as error:
        state_store("acme")
    assert "Give a store" in error.value.hint


CASES = [
    pytest.param([], "the settings are no JSON object", id="no object"),
    pytest.param({}, "the settings have no 'connection'", id="nothing"),
    pytest.param({"connection": ""}, "the settings have no 'connection'", id="empty"),
    pytest.param({"connection": 1}, "'connection' in the settings must be text", id="no text"),
    pytest.param({"connection": "a", "store": 1}, "'store' in the settings must", id="no URL"),
    pytest.param({"conection": "a"}, "'conection', which is not known", id="misspelt"),
    pytest.param({"source": {}}, "names no plugin", id="no plugin"),
    pytest.param({"source": "acme"}, "names no plugin", id="no settings"),
]


@pytest.mark.parametrize(("given", "message"), CASES)
def test_settings_that_are_wrong(given, message):
    """Each mistake is one line with what to do."""
    with pytest.raises(ConfigError, match=message) as error:
        settings_of(given, Path())
    assert error.value.hint


def test_the_name_of_a_connection_leads_nowhere(tmp_path):
    """A store that nobody gave stays in the state folder."""
    assert state_store("../../etc/a b") == (
        f"sqlite:///{tmp_path}/state/duetrail/..%2F..%2Fetc%2Fa%20b.db"
    )


def plugin_schema(name):
    found = settings_schema()["properties"]["source"]["oneOf"]
    return next(one for one in found if one["properties"]["plugin"]["const"] == name)


def test_what_there_is_to_set(billing):
    """Every option of a plugin, with its type, its meaning and its default."""
    options = plugin_schema("acme")["properties"]
    types = {name: one["type"] for name, one in options.items()}
    assert types == {
        "plugin": "string",
        "token": "string",
        "spare": "string",
        "page_size": "integer",
        "drafts": "boolean",
        "states": "array",
        "units": "string",
        "bills": ["string", "array"],
        "begins": "string",
        "base_url": "string",
        "requests_per_second": "number",
    }
    assert options["page_size"] == {
        "type": "integer",
        "description": "Bills a page, 1 to 200.",
        "default": 50,
    }
    assert plugin_schema("acme")["required"] == ["plugin", "token"]


def test_secrets_are_marked(billing):
    """A platform hides what is marked, and nothing else."""
    options = plugin_schema("acme")["properties"]
    assert {name for name, one in options.items() if one.get("airbyte_secret")} == {
        "token",
        "spare",
    }


def test_a_broken_plugin_is_left_out(site):
    """The others can be set all the same."""
    site.install("broken", "raise RuntimeError")
    found = settings_schema()["properties"]["source"]["oneOf"]
    assert "broken" not in {one["properties"]["plugin"]["const"] for one in found}
