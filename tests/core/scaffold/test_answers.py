"""What an API may be like beside its pages and its login: a new plugin is in order with each."""

from __future__ import annotations

import pytest

from duetrail.errors import UsageError

LOCAL = "http://127.0.0.1:8069/erp"

_WITHOUT_THE_SLOW = ("-k", "not fault and not killed")


@pytest.fixture
def in_order(make, install, python):
    """Makes a project with these answers, and has its tests, the linter and the formatter pass."""

    def one(**answers):
        folder = make(**answers)
        install(folder)
        options = ("-q", "-p", "no:cacheprovider", *_WITHOUT_THE_SLOW)
        for command in (
            ("ruff", "check", "--no-cache", "."),
            ("ruff", "format", "--check", "--no-cache", "."),
            ("pytest", *options),
        ):
            done = python(folder, "-m", *command)
            assert done.returncode == 0, done.stdout
        return folder

    return one


@pytest.mark.parametrize(
    "answers",
    [
        {"base_url": LOCAL, "paging": "page"},
        {
            "base_url": "https://abcdefgh.abcdefgh.abcdefgh.abcdefgh.example/abcd/v1",
            "hosting": "customer",
            "paging": "key",
        },
    ],
)
def test_a_vendor_that_every_customer_hosts(in_order, answers):
    """A server of the customer's own: no address is declared, and its tests are green."""
    folder = in_order(**answers)
    assert "base_url=None" in (folder / "duetrail_acme/declaration.py").read_text()
    assert "it has to be set" in (folder / "docs/acme.md").read_text()


def test_a_connection_to_it_has_to_say_where(make, install, python):
    """Without a base_url a connection is refused, and with the one of its page it is not."""
    folder = make(base_url=LOCAL)
    install(folder)
    page = (folder / "docs/acme.md").read_text()
    shown = page.partition("```toml\n")[2].partition("```")[0]
    read = "from duetrail.config import read_config; read_config(None).connection('acme')"
    (folder / "duetrail.toml").write_text(shown)
    done = python(folder, "-c", read)
    assert done.returncode == 0, done.stderr
    lines = [line for line in shown.splitlines() if "base_url" not in line]
    (folder / "duetrail.toml").write_text("\n".join(lines))
    assert "base_url is missing" in python(folder, "-c", read).stderr


@pytest.mark.parametrize(
    "url",
    [LOCAL, "http://localhost:3000", "https://10.0.0.7/api", "https://erp:8443/api/v2"],
)
def test_where_it_may_be(make, url):
    """This machine by http, and any host, however short its name, by https."""
    assert url in (make(base_url=url) / "docs/acme.md").read_text()


@pytest.mark.parametrize(
    "answers",
    [
        {"base_url": "http://10.0.0.7/api"},
        {"base_url": "http://acme.example"},
        {"base_url": "http://127.0.0.1.acme.example"},
        {"base_url": f"{LOCAL}/"},
        {"base_url": LOCAL, "hosting": "vendor"},
    ],
)
def test_where_it_may_not_be(make, answers):
    """Plain http over a network is refused here as in a configuration; so is a local default."""
    with pytest.raises(UsageError, match="the project cannot be made"):
        make(**answers)


def test_the_command_says_what_is_not_understood(run, tmp_path, monkeypatch):
    """An address that will not do is one clear line."""
    monkeypatch.chdir(tmp_path)
    done = run("new", "acme", "--defaults", "--set", "base_url=http://acme.example")
    assert done.code == 2
    assert "http:// only for this machine" in done.err
