"""The configuration: what it says, and what is said about its mistakes."""

from datetime import UTC, date, datetime

import pytest

from duetrail.config import read_config
from duetrail.errors import ConfigError, PluginError
from duetrail.secrets import Secret

# --- the file ------------------------------------------------------------------------------------


def test_a_missing_file_is_named(tmp_path):
    """A file that is not there is named, with what to do, and with what can be tried at once."""
    with pytest.raises(ConfigError, match=r"no configuration at .*d\.toml\n.*--config.*demo"):
        read_config(tmp_path / "d.toml")


def test_an_unreadable_file_is_told_from_a_missing_one(tmp_path):
    """A file that cannot be read is told from one that is not there."""
    with pytest.raises(ConfigError, match=r"cannot be read: .*Is a directory"):
        read_config(tmp_path)


def test_not_text(tmp_path):
    """So is a file that is no text."""
    (tmp_path / "d.toml").write_bytes(b"\xff\xfe[store]")
    with pytest.raises(ConfigError, match=r"d\.toml cannot be read: .*utf-8"):
        read_config(tmp_path / "d.toml")


def test_not_toml(write_config):
    """A mistake of syntax is found by file and line."""
    with pytest.raises(ConfigError, match=r"duetrail\.toml is not valid TOML: .*line 3"):
        read_config(write_config("[store]\nurl = 'sqlite:///a.db'\nconnections\n"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[stores]", r"\[stores\] is not known\n.*\[store\], \[connections.NAME\]"),
        ("store = 5", r"store must be a table, \[store\]"),
        ("[store]\nurl = 5", r"\[store\] takes a url, in quotes, and keep_pages"),
        ("[store]\npath = 'x'", r"\[store\] takes a url, in quotes, and keep_pages"),
        ("connections = []", r"connections must be a table, \[connections\]"),
        ("[connections]\na = 1", r"connections\.a must be a table, \[connections\.a\]"),
    ],
)
def test_other_tables(write_config, text, message):
    """What does not belong there is named, with what does."""
    with pytest.raises(ConfigError, match=rf"duetrail\.toml: {message}"):
        read_config(write_config(text))


@pytest.mark.parametrize("name", [r"\n", "", " ", "acme ", r"ac\nme", r"ac\u202eme"])
def test_a_name_that_does_not_show_is_refused(write_config, name):
    with pytest.raises(ConfigError, match=r"is no name of a connection\n.*printed as it is"):
        read_config(write_config(f'[connections."{name}"]'))


@pytest.mark.parametrize("name", ["Acme GmbH & Co.", "Šiša", "a.b/c"])
def test_a_name_may_be_written_as_people_write(write_config, name):
    assert list(read_config(write_config(f'[connections."{name}"]')).connections) == [name]


def test_nearly_empty(write_config):
    """An empty file is a configuration with no connections and the usual store."""
    config = read_config(write_config(""))
    assert (config.store, config.connections) == ("sqlite:///duetrail.db", {})


def test_the_file_is_the_one_named_or_the_usual_one(write_config, monkeypatch, tmp_path):
    """The file is the one named, else DUETRAIL_CONFIG, else duetrail.toml here."""
    write_config("[store]\nurl = 'here'")
    other, named = tmp_path / "other.toml", tmp_path / "named.toml"
    other.write_text("[store]\nurl = 'other'")
    named.write_text("[store]\nurl = 'named'")
    monkeypatch.chdir(tmp_path)
    assert read_config().store == "here"
    monkeypatch.setenv("DUETRAIL_CONFIG", str(other))
    assert read_config().store == "other"
    assert read_config(named).store == "named"


# --- connections ---------------------------------------------------------------------------------


def test_what_is_not_set_is_as_declared(connect):
    """What is not set is as the plugin declares it."""
    connection = connect()
    assert connection.base_url == "https://api.acme.example/v1"
    assert (connection.timeout, connection.attempts) == (60.0, 5)
    assert connection.requests_per_second == 2.5
    assert connection.options.token == Secret("env:ACME_TOKEN", connection.options.token.folder)
    assert connection.options.page_size == 50


def test_what_is_set_is_taken(connect):
    """What is set is taken."""
    connection = connect(
        "timeout = 5",
        "attempts = 2",
        "requests_per_second = 0.5",
        'base_url = "http://127.0.0.1:8000/"',
        "page_size = 10",
        "drafts = false",
        'states = ["open"]',
    )
    assert (connection.timeout, connection.attempts) == (5, 2)
    assert connection.requests_per_second == 0.5
    assert connection.base_url == "http://127.0.0.1:8000"
    options = connection.options
    assert (options.page_size, options.drafts, options.states) == (10, False, ("open",))


@pytest.mark.usefixtures("billing")
def test_plugin_of_the_same_name(write_config):
    """A connection named after its plugin need not name it."""
    text = '[connections.acme]\ntoken = "env:ACME_TOKEN"'
    assert read_config(write_config(text)).connection("acme")[1].name == "acme"


def test_no_such_connection(write_config):
    """A connection that is not there is answered with the nearest one, or how to add it."""
    config = read_config(write_config("[connections.stuut-us]"))
    with pytest.raises(ConfigError, match=r"no connection 'stut-us'\n.*Did you mean 'stuut-us'"):
        config.connection("stut-us")
    with pytest.raises(ConfigError, match=r"no connection 'exante'\n.*\[connections\.exante\]"):
        config.connection("exante")


def test_plugin_that_is_not_installed(write_config):
    """A plugin that is not there is answered with the way to install it."""
    config = read_config(write_config('[connections.a]\nplugin = "nobodys"'))
    with pytest.raises(PluginError, match=r"'nobodys' is not installed\n.*duetrail-nobodys"):
        config.connection("a")


def test_plugin_without_a_vendor(write_config):
    """A plugin that only adds commands is no connection."""
    config = read_config(write_config('[connections.a]\nplugin = "sandbox"'))
    with pytest.raises(ConfigError, match="'sandbox' speaks for no vendor"):
        config.connection("a")


def test_a_missing_setting_is_explained(connect):
    """A setting that is missing is explained in the plugin's words."""
    with pytest.raises(ConfigError, match=r"\[connections\.a\] token is missing\n.*The API key\."):
        connect(token="")


def test_no_such_setting(connect):
    """A setting the plugin does not have is answered with the nearest one, or with all."""
    with pytest.raises(ConfigError, match=r"pagesize: Acme Billing has no such setting\n.*'page_s"):
        connect("pagesize = 5")
    with pytest.raises(ConfigError, match=r"\n.*Did you mean 'attempts'"):
        connect("atempts = 5")
    with pytest.raises(ConfigError, match=r"\n  It has begins, bills, .*, token, units\.$"):
        connect("zzz = 5")


@pytest.mark.usefixtures("billing")
@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("plugin = 5", "plugin must be text in quotes"),
        ("base_url = 5", "base_url must be text in quotes"),
        ('timeout = "60"', "timeout must be a number"),
        ("timeout = true", "timeout must be a number"),
        ("timeout = 0", "timeout must be a number above 0"),
        ("attempts = 1.5", "attempts must be a whole number"),
        ("attempts = -1", "attempts must be a number above 0"),
        ("requests_per_second = 0", "requests_per_second must be a number above 0"),
        ('include = "calls"', r"include must be a list of texts, \[.*\]"),
        ("full_every = 0", "full_every must be a number above 0"),
        ("mass_loss_share = 1.5", "mass_loss_share must be at most 1"),
        ("mass_loss_least = 0.5", "mass_loss_least must be a whole number"),
        ("timeout = 1e10", "timeout must be at most 86,400"),
        ("max_body = 1e308", "max_body must be at most 1,048,576"),
        ("requests_per_second = 1e-320", "requests_per_second must be at least 1e-06"),
        ("spare = 5", "spare must be a secret reference: env:NAME, file:PATH or keyring:"),
        ('spare = ""', "spare must be a secret reference"),
        ('page_size = "10"', "page_size must be a whole number"),
        ("page_size = 10.0", "page_size must be a whole number"),
        ("page_size = true", "page_size must be a whole number"),
        ('drafts = "false"', "drafts must be true or false"),
        ("drafts = 0", "drafts must be true or false"),
        pytest.param(
            'states = "open"',
            r"states must be a list of texts, \[.*\]",
        ),
        ('states = ["open", 1]', r"states must be a list of texts, \[.*\]"),
        ("units = 1", "units must be text in quotes"),
        ('begins = "soon"', "begins must be a day, such as 2026-11-20"),
        ("begins = 2026", "begins must be a day, such as 2026-11-20"),
        ("page_size = 201", "'page_size' must be <= 200"),
        ('units = "cents"', "'units' must be in .*minor.*major"),
    ],
)
def test_wrong_values(write_config, line, message):
    """A value of the wrong kind or range is named with the kind or range it should have."""
    named = "" if line.startswith("plugin") else 'plugin = "acme"\n'
    config = read_config(write_config(f'[connections.a]\n{named}token = "env:X"\n{line}'))
    with pytest.raises(ConfigError, match=rf"duetrail\.toml: \[connections\.a\].* ?{message}"):
        config.connection("a")


@pytest.mark.parametrize("key", ["timeout", "requests_per_second"])
@pytest.mark.parametrize("value", ["nan", "inf"])
def test_numbers_that_are_none(connect, key, value):
    """TOML has numbers that are none; nobody can wait for them."""
    with pytest.raises(ConfigError, match=f"{key} must be"):
        connect(f"{key} = {value}")


@pytest.mark.parametrize("written", ["2026-01-02", '"2026-01-02"'])
def test_a_day_is_written_as_toml_or_in_quotes(connect, written):
    """A day is written as TOML has it, or in quotes."""
    assert connect(f"begins = {written}").options.begins == date(2026, 1, 2)


@pytest.mark.parametrize("written", ["2262-01-02", '"2262-01-02"'])
def test_a_day_in_the_future(connect, written):
    """From such a day on nothing would be read: it is refused, with the day it is here."""
    with pytest.raises(ConfigError, match=r"begins is 2262-01-02, a day in the future\b.*\n.*to "):
        connect(f"begins = {written}")


def test_today_is_not_in_the_future(connect):
    """The day it is, in UTC, is not in the future."""
    today = datetime.now(UTC).date()
    assert connect(f"begins = {today}").options.begins == today


TALKS = """
talks = Resource(
    name="talks", shapes=(Shape(name="talk", record=Call, wire=Options, path="$[*]"),),
    optional=True,
)
"""


def test_optional_resources_are_included_by_name(site, billing, write_config):
    """Optional resources are included by name; what is none is answered with what there is."""
    code = billing.replace("import KeySource, Source", "import KeySource, Resource, Shape, Source")
    code = code.replace("\n@hookimpl\ndef source", f"{TALKS}\n@hookimpl\ndef source")
    code = code.replace("resources=()", "resources=(talks,)")
    site.install("acme", code.replace("unsupported=(Invoice, Call,", "unsupported=(Invoice,"))
    text = '[connections.a]\nplugin = "acme"\ntoken = "env:X"\ninclude = [{}]\nfull_every = 1'
    connection, _ = read_config(write_config(text.format('"talks"'))).connection("a")
    assert (connection.include, connection.full_every) == (("talks",), 1)
    with pytest.raises(ConfigError, match=r"no optional resource 'talk'\n.*Did you mean 'talks'"):
        read_config(write_config(text.format('"talk"'))).connection("a")
    with pytest.raises(ConfigError, match=r"no optional resource 'x'\n.*resources: talks\."):
        read_config(write_config(text.format('"x"'))).connection("a")
