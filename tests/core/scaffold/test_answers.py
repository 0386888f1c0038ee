"""What an API may be like beside its pages and its login: a new plugin is in order with each."""

from __future__ import annotations

import ast
from importlib.resources import files
from keyword import kwlist

import pytest
import yaml

from duetrail.config import connections
from duetrail.errors import UsageError
from support.nightly import nightly, product

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


HOSTED = [
    {"base_url": LOCAL, "paging": "page", "flags": "number", "times": "milliseconds"},
    {
        "base_url": "https://abcdefgh.abcdefgh.abcdefgh.abcdefgh.example/abcd/v1",
        "hosting": "customer",
        "paging": "key",
    },
]


@pytest.mark.parametrize("answers", HOSTED)
def test_a_vendor_that_every_customer_hosts(make, answers):
    """A server of the customer's own: no address is declared."""
    folder = make(**answers)
    assert "base_url=None" in (folder / "duetrail_acme/declaration.py").read_text()
    assert "it has to be set" in (folder / "docs/acme.md").read_text()


@nightly  # a push asks for several of them at once, with the shapes of `test_shapes.py`
@pytest.mark.parametrize(
    "answers",
    [
        *HOSTED,
        {"header": "X-Company", "times": "local", "paging": "key", "auth": "login"},
        {
            "header": "X-Version",
            "header_value": "2026-01",
            "times": "seconds",
            "auth": "oauth2-user",
        },
        {"flags": "number", "times": "milliseconds", "paging": "key"},
        {"times": "local", "paging": "key", "auth": "login"},
        {"header": "X-Company", "times": "seconds"},
        {"header": "X-Version", "header_value": "2026-01", "auth": "oauth2-user"},
        {"flags": "number", "times": "seconds", "paging": "cursor"},
        {"times": "local", "paging": "link"},
        {"header": "X-Company", "auth": "oauth2", "hosting": "customer"},
        {"header": "Tenant-Id", "auth": "login", "base_url": LOCAL, "flags": "number"},
    ],
    ids=lambda answers: " ".join(answers.values()),
)
def test_words_for_what_vendors_write(in_order, answers):
    """0 and 1 as yes and no, times of every kind, a header beside the token: all in order."""
    in_order(**answers)


LONGEST = {
    "header": "Abcdefghij-Klmnopqrst-Uvwxyz12",
    "base_url": "http://127.0.0.1:8069/abcdefghij/klmnopqrst/uvwxyz/abcd/v1",
    "title": "Abcdefghij-Klmnopqrst-Uvwxyzabcdef-Ghijk",
}


@pytest.mark.parametrize(
    ("named", "flags", "times", "paging", "auth"),
    product(
        [("a", {}), ("abcdefgh-ijklmnop-qrstuv", LONGEST)],
        ["boolean", "number"],
        ["seconds", "milliseconds", "local"],
        ["page", "key"],
        ["bearer", "api-key", "basic", "login", "oauth2", "oauth2-user"],
    ),
)
def test_it_is_linted_and_formatted(make, python, named, flags, times, paging, auth):
    """Ruff finds nothing to say, however short or long names are."""
    name, more = named
    folder = make(
        name, **{"header": "X-A"} | more, flags=flags, times=times, paging=paging, auth=auth
    )
    for command in (("check",), ("format", "--check")):
        done = python(folder, "-m", "ruff", *command, "--no-cache", ".")
        assert done.returncode == 0, done.stdout


@nightly  # a push looks at two shapes with such answers, in `test_shapes.py`
@pytest.mark.timeout(300)
@pytest.mark.parametrize("auth", ["login", "bearer"])
def test_its_types_are_strict(make, python, tmp_path, auth):
    """The type checker is content with what these answers make."""
    folder = make(auth=auth, header="X-Company", times="local", flags="number", base_url=LOCAL)
    done = python(folder, "-m", "mypy", "--cache-dir", str(tmp_path.parent / "mypy"))
    assert done.returncode == 0, done.stdout


def test_a_time_zone_that_is_none(make, install, python):
    """A connection is told that its time zone is none, in one line."""
    folder = make(times="local")
    install(folder)
    (folder / "duetrail.toml").write_text(
        '[connections.acme]\ntoken = "t"\ntimezone = "Europe/Nowhere"\n'
    )
    read = "from duetrail.config import read_config; read_config(None).connection('acme')"
    assert "'timezone' is 'Europe/Nowhere'" in python(folder, "-c", read).stderr.splitlines()[-1]


def test_where_tokens_are_given_is_asked(make):
    """What is answered is declared; without an answer the address is one that cannot exist."""
    told = make(auth="oauth2", token_url="https://login.acme.com/oauth/token")
    file = "duetrail_acme/declaration.py"
    assert 'token_url="https://login.acme.com/oauth/token",' in (told / file).read_text()
    untold = make("bolt", auth="oauth2-user")
    file = "duetrail_bolt/declaration.py"
    assert 'token_url="https://change-this.invalid/token",' in (untold / file).read_text()


@pytest.mark.parametrize("url", ["http://id.acme.com/token", "id.acme.com", "https://a.b/c?d=e"])
def test_a_token_address_that_is_none(make, url):
    """Secrets go to https alone, and to an address without a query."""
    with pytest.raises(UsageError, match=r"an address such as https://id\.acme\.com/oauth/token"):
        make(auth="oauth2", token_url=url)


@pytest.mark.parametrize("header", ["X-Api-Key", "Authorization", "two words", "X:", "-", "Cookie"])
def test_a_header_that_is_none(make, header):
    """What holds a key is an authentication of its own; what is no name of a header is refused."""
    with pytest.raises(UsageError, match="the name of a header"):
        make(header=header)


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


def test_a_header_that_is_always_the_same_is_no_setting(make):
    """Its value stands in the declaration, and no connection has to know it."""
    folder = make(header="X-Version", header_value="2026-01")
    declared = (folder / "duetrail_acme/declaration.py").read_text()
    assert 'headers={"X-Version": "2026-01"}' in declared
    assert "version" not in (folder / "docs/acme.md").read_text()


@pytest.mark.parametrize(
    ("header", "setting"),
    [
        ("X-Company", "company"),
        ("Client-Id", "client_id_header"),
        ("Full-Every", "full_every_header"),
        ("Self", "self_header"),
        ("With", "with_header"),
        ("X-9a", "header_9a"),
    ],
)
def test_a_setting_is_called_after_its_header(make, header, setting):
    """But for what is no name in Python, what every connection has, and what there is already."""
    folder = make(header=header, auth="oauth2")
    declared = ast.parse((folder / "duetrail_acme/declaration.py").read_text())
    (options,) = [one for one in declared.body if isinstance(one, ast.ClassDef)]
    fields = [one.target.id for one in options.body if isinstance(one, ast.AnnAssign)]
    assert fields == ["page_size", setting]
    suite = (folder / "tests/test_contract.py").read_text()
    assert suite.count(f'"{setting}": ') == suite.count('"client_id": ') == 1


def test_no_setting_is_a_word_of_python_or_of_every_connection():
    """Whatever its header is called."""
    text = (files("duetrail.scaffold") / "template" / "copier.yml").read_text(encoding="utf-8")
    taken = set(yaml.safe_load(yaml.safe_load(text)["taken"]["default"]))
    assert {word for word in kwlist if word.islower()} <= taken
    assert {*connections._COMMON} - {"token_url"} <= taken  # a header that is a secret is none
