"""docs/configuration.md has every setting, and what each mistake says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import attrs
import pytest

from duetrail import api
from duetrail.config import DEFAULT_STORE, Config, SameInvoice, TouchRule, read_config
from duetrail.errors import DuetrailError
from duetrail.secrets import Secret
from duetrail.source import Connection, KeySource

ROOT = Path(__file__).parents[2]


def test_every_setting_of_all_connections_is_described(page) -> None:
    """The table has the fields of a connection that a user sets, and the plugin."""
    rows = page("configuration.md").section("Connections").rows()
    fields = [f.name for f in attrs.fields(Connection)]
    settings = [
        "plugin",
        *(n for n in fields if n not in {"name", "source", "options", "transforms"}),
    ]
    assert [cells[0] for cells in rows] == [f"`{name}`" for name in settings]


@pytest.mark.parametrize(
    "name", ["timeout", "attempts", "full_every", "max_body", "max_time", "mass_loss_least"]
)
def test_the_defaults_of_all_connections(name, page) -> None:
    """The numbers on the page are those of the code."""
    rows = page("configuration.md").section("Connections").rows()
    told = {cells[0]: cells[2] for cells in rows}
    assert told[f"`{name}`"] == f"`{getattr(attrs.fields(Connection), name).default}`"


def test_the_default_store(page) -> None:
    """The page names where the store is, and how long pages are kept, if nobody says."""
    url, keep_pages = page("configuration.md").section("The store").rows()
    assert (url[0], url[2]) == ("`url`", f"`{DEFAULT_STORE}`")
    default = attrs.fields(Config).keep_pages.default
    assert (keep_pages[0], keep_pages[2]) == ("`keep_pages`", f"`{default}`")


def test_the_settings_of_a_rule_of_the_trail(page) -> None:
    """A rule has the settings that the table has."""
    rows = page("configuration.md").section("The trail").rows()
    assert [cells[0] for cells in rows] == [f"`{f.name}`" for f in attrs.fields(SameInvoice)]


def test_the_settings_of_a_rule_for_touches(page) -> None:
    """So has a rule for touches."""
    rows = page("configuration.md").section("Rules for touches").rows()
    assert [cells[0] for cells in rows] == [f"`{f.name}`" for f in attrs.fields(TouchRule)]


def test_every_form_of_keys_is_understood(page, tmp_path) -> None:
    """The forms on the page are accepted, and there is one for each part of a feed."""
    rows = page("configuration.md").section("Keys").rows()
    filled = set()
    for form in (cells[0].strip("`") for cells in rows):
        file = tmp_path / "duetrail.toml"
        file.write_text(f'[connections.credira]\ntoken = "env:T"\ninvoices = {form}\n')
        feed = read_config(file).connection("credira")[0].options.invoices
        filled |= {field.name for field in attrs.fields(KeySource) if getattr(feed, field.name)}
    assert filled == {field.name for field in attrs.fields(KeySource)}


def test_every_form_of_a_secret_is_a_reference(page) -> None:
    """None of the forms on the page is taken for the secret itself."""
    rows = page("configuration.md").section("Secrets").rows()
    forms = [cells[0].strip("`") for cells in rows]
    assert len(forms) == 3
    assert [form for form in forms if Secret(form).is_plain] == []


def test_the_extra_of_the_keyring_exists(page) -> None:
    """What has to be installed for a keyring can be installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = re.findall(r"duetrail\[(\w+)\]", page("configuration.md").section("Secrets").text)
    assert named == ["keyring"]
    assert set(named) < set(project["optional-dependencies"])


def test_every_environment_variable_is_described(page) -> None:
    """The core reads no variable that is not on the page, and the page has no other."""
    code = "".join(
        file.read_text(encoding="utf-8") for file in (ROOT / "core" / "duetrail").rglob("*.py")
    )
    rows = page("configuration.md").section("Environment variables").rows()
    assert {cells[0] for cells in rows} == {
        f"`{name}`" for name in re.findall(r"DUETRAIL_\w+", code)
    }


def test_what_each_mistake_says(page, tmp_path) -> None:
    """Whoever makes a mistake of the table reads what the table says, before any request."""
    rows = page("configuration.md").section("What mistakes say").rows()
    assert rows
    for written, says in rows:
        file = tmp_path / "duetrail.toml"
        file.write_text(_config(re.findall(r"`([^`]+)`", written)), encoding="utf-8")
        with pytest.raises(DuetrailError) as told:
            api.sync(config=file)
        assert says.strip("`") in str(told.value)
        assert told.value.exit_code == (1 if "not installed" in says else 2)


def _config(lines: list[str]) -> str:
    """A configuration with these lines in the connection `stuut`, or after it."""
    usual = [] if any("token" in line for line in lines if lines[0][0] != "[") else [_TOKEN]
    return "\n".join(["[connections.stuut]", *usual, *lines]) + "\n"


_TOKEN = 'token = "env:STUUT_TOKEN"'
