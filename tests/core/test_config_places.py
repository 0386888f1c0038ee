"""What the configuration says of places: addresses, secrets, keys and the store."""

from pathlib import Path

import pytest

from duetrail.config import TouchRule, read_config
from duetrail.errors import ConfigError
from duetrail.source import KeySource

# --- addresses and secrets -----------------------------------------------------------------------


def test_no_base_url(site, billing, write_config):
    """Where no address fits everyone, the user is asked for one."""
    site.install("acme", billing.replace('base_url="https://api.acme.example/v1/",', ""))
    config = read_config(write_config('[connections.a]\nplugin = "acme"\ntoken = "env:X"'))
    with pytest.raises(ConfigError, match=r"base_url is missing\n.*Acme Billing.*give yours"):
        config.connection("a")


def test_empty_base_url(connect):
    """An address left empty is no wish for the default one."""
    with pytest.raises(ConfigError, match="base_url"):
        connect('base_url = ""')


def test_plain_http(connect):
    """Plain http is refused except on this machine."""
    with pytest.raises(ConfigError, match="connection 'a' is plain http"):
        connect('base_url = "http://api.acme.example"')
    assert connect('base_url = "http://localhost:8000"').base_url == "http://localhost:8000"


@pytest.mark.parametrize("base_url", ["", 'base_url = "https://other.example"'])
def test_plain_secret(connect, base_url):
    """A secret in the file is refused, unseen, where it would leave this machine."""
    with pytest.raises(ConfigError, match=r"token holds the secret itself\n.*env:NAME") as caught:
        connect(base_url, token='token = "canary-1"')
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000"])
def test_plain_secret_on_this_machine(connect, host):
    """On this machine a plain throw-away secret is fine."""
    connection = connect(f'base_url = "http://{host}"', token='token = "throw-away"')
    assert connection.options.token.resolve() == "throw-away"


def test_secret_file(connect, tmp_path):
    """A secret's file is beside the configuration."""
    (tmp_path / "acme.token").write_text("canary-1")
    assert connect(token='token = "file:acme.token"').options.token.resolve() == "canary-1"


def test_secrets_are_resolved_late(connect, monkeypatch):
    """Reading a configuration needs no secret."""
    monkeypatch.delenv("ACME_TOKEN", raising=False)
    assert not connect().options.token.is_plain


# --- where keys come from ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "feed"),
    [
        ('"stuut-us"', KeySource(connection="stuut-us")),
        ('"stuut-us:remote_id"', KeySource(connection="stuut-us", column="remote_id")),
        ('["b-1", "b-2"]', KeySource(values=("b-1", "b-2"))),
    ],
)
def test_keys_come_from_a_connection_a_column_or_a_list(connect, answer, feed):
    """Keys come from a connection, a column of one, or a list."""
    assert connect(f"bills = {answer}").options.bills == feed


def test_feed_file(connect, tmp_path):
    """Or from a file beside the configuration, or anywhere."""
    assert connect('bills = "file:ids.txt"').options.bills == KeySource(file=tmp_path / "ids.txt")
    assert connect('bills = "file:/ids.txt"').options.bills == KeySource(file=Path("/ids.txt"))


@pytest.mark.parametrize("answer", ["5", '""', '["b-1", 2]', '["b-1", ""]', "true", "{a = 1}"])
def test_no_feed(connect, answer):
    """Anything else is answered with the four forms."""
    with pytest.raises(ConfigError, match=r"bills says nothing usable .*keys.*\n.*COLUMN.*file:"):
        connect(f"bills = {answer}")


def test_feed_of_nobody(connect):
    """A column needs a connection."""
    with pytest.raises(ConfigError, match="bills says nothing usable"):
        connect('bills = ":remote_id"')


# --- invoices that are one -----------------------------------------------------------------------

TWO = "[connections.stuut]\n[connections.exante]\n[[trail.same_invoice]]\n"


def test_a_rule_has_a_name_and_two_columns(write_config):
    """A rule has a name, and two or more columns to compare."""
    text = TWO + 'name = "same number"\ninvoices = ["stuut:number", "exante:remote_id"]'
    (rule,) = read_config(write_config(text)).same_invoice
    assert rule.name == "same number"
    assert rule.invoices == (("stuut", "number"), ("exante", "remote_id"))


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ('invoices = ["stuut:number", "exante:number"]', "takes a name and the invoices"),
        ('name = "n"\ninvoices = ["stuut:number"]', "takes a name and the invoices"),
        ('name = "n"\ninvoices = "stuut:number"', "takes a name and the invoices"),
        (
            'name = "n"\ninvoices = ["stuut:number", "exnte:number"]',
            "'exnte' that is not there\n.*",
        ),
        (
            'name = "n"\ninvoices = ["stuut:numbr", "exante:number"]',
            "no column 'numbr'.*\n.*number",
        ),
        ('name = "n"\ninvoices = ["stuut", "exante:number"]', "no column ''"),
        ('name = "n"\ninvoices = ["stuut:overdue", "exante:number"]', "no column 'overdue'"),
        ('name = "n"\ninvoices = [1, 2]', "connection '1' that is not there"),
    ],
)
def test_no_rule(write_config, rule, message):
    """A rule that compares nothing is refused, with the nearest one that would."""
    with pytest.raises(ConfigError, match=rf"\[\[trail\.same_invoice\]\].*{message}"):
        read_config(write_config(TWO + rule))


# --- touches that name no invoice ----------------------------------------------------------------

MAIL = "[connections.stuut]\n[connections.mail]\n[[trail.touch]]\n"


@pytest.mark.parametrize(
    ("rule", "read"),
    [
        (
            'name = "n"\nby = "number"\ntouches = "mail:emails"\ninvoices = "stuut:remote_id"',
            TouchRule("n", "number", ("mail", "emails"), ("stuut", "remote_id")),
        ),
        (
            'name = "n"\nby = "contact"\ntouches = "mail:calls"\ninvoices = "stuut"',
            TouchRule("n", "contact", ("mail", "calls"), ("stuut", "")),
        ),
        (
            'name = "n"\nby = "thread"\ntouches = "mail:emails"',
            TouchRule("n", "thread", ("mail", "emails")),
        ),
    ],
)
def test_a_rule_for_touches(write_config, rule, read):
    """It has a name, what it goes by, touches and invoices."""
    assert read_config(write_config(MAIL + rule)).touch_rules == (read,)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ('by = "thread"\ntouches = "mail:emails"', "takes a name"),
        ('name = ""\nby = "thread"\ntouches = "mail:emails"', "takes a name"),
        ('name = "n"\nby = "luck"\ntouches = "mail:emails"', "takes a name"),
        ('name = "n"\nby = "number"\ntouches = "mail:emails"', "takes a name"),
        (
            'name = "n"\nby = "thread"\ntouches = "mail:emails"\ninvoices = "stuut"',
            "takes a name",
        ),
        ('name = "n"\nby = "thread"\ntouches = "mial:emails"', "'mial' that is not there"),
        ('name = "n"\nby = "thread"\ntouches = "mail"', "no touches '' can be linked by thread"),
        (
            'name = "n"\nby = "number"\ntouches = "mail:calls"\ninvoices = "stuut:number"',
            "no touches 'calls' can be linked by number",
        ),
        (
            'name = "n"\nby = "number"\ntouches = "mail:emails"\ninvoices = "stuut:numbr"',
            "no column 'numbr'",
        ),
        (
            'name = "n"\nby = "contact"\ntouches = "mail:calls"\ninvoices = "stut"',
            "'stut' that is not there",
        ),
        (
            'name = "n"\nby = "thread"\ntouches = "mail:emails"\n'
            '[[trail.touch]]\nname = "n"\nby = "thread"\ntouches = "stuut:emails"',
            "two rules called 'n'",
        ),
    ],
)
def test_no_rule_for_touches(write_config, rule, message):
    """A rule that could link nothing is refused before anything is asked."""
    with pytest.raises(ConfigError, match=rf"\[\[trail\.touch\]\].*{message}"):
        read_config(write_config(MAIL + rule))


@pytest.mark.parametrize("text", ["trail = 1", "[trail]\nsame = 1", "[trail]\nsame_invoice = 1"])
def test_no_trail(write_config, text):
    """The trail takes rules and nothing else."""
    with pytest.raises(ConfigError, match="trail"):
        read_config(write_config(text))


# --- the store -----------------------------------------------------------------------------------


def test_store_beside_the_file(synced, monkeypatch, tmp_path, run):
    """A relative store is relative to the configuration, wherever the command runs."""
    monkeypatch.chdir(tmp_path)
    assert run("--config", synced / "duetrail.toml", "status").code == 0
    assert list(tmp_path.iterdir()) == []
