"""What sessions of one credential share: the limiter, and the authentication."""

import base64
import json
import time

import pytest
from attrs import evolve, frozen

from duetrail.http import BearerAuth, LoginAuth, Session, Token
from duetrail.pipeline.read import Credentials
from duetrail.secrets import Secret
from duetrail.source import option


@frozen
class Options:
    token: Secret = option("The API key.", default=Secret("env:ACME_TOKEN"))
    tenant: str = option("Whose data.", default="a")


@pytest.fixture(params=[True, False], ids=["shared", "alone"])
def has_folder(request):
    """Whether there is a folder in which processes can share the limit."""
    return request.param


def log_in(session):
    return Token(session.login("/auth", {}).data["token"])


@pytest.fixture
def connection(open_session, monkeypatch):
    """A connection of a source that logs in."""
    monkeypatch.setenv("ACME_TOKEN", "made-up-secret-0001")
    monkeypatch.setenv("SAME_TOKEN", "made-up-secret-0001")
    monkeypatch.setenv("OTHER_TOKEN", "made-up-secret-0002")
    made = open_session()._connection
    source = evolve(made.source, login="/auth", auth=lambda options: LoginAuth(log_in))
    return evolve(made, source=source, options=Options())


def test_one_login(connection, vendor):
    """Connections with the same settings share limiter and login."""
    vendor.then(201, b'{"token":"made-up-token"}').then()
    credentials = Credentials()
    one, other = (credentials.of(evolve(connection, name=name)) for name in ("one", "other"))
    assert one.limiter is other.limiter
    for credential in (one, other):
        with Session(connection, credential.limiter, auth=credential.auth) as session:
            session.get("/bills")
    assert [asked.method for asked in vendor.asked] == ["POST", "GET", "GET"]


def test_each_run_its_own(connection):
    """Nothing outlives a run."""
    assert Credentials().of(connection).auth is not Credentials().of(connection).auth


def test_other_options(connection):
    """One secret with other options may mean another account: only the limit is shared."""
    source = evolve(connection.source, auth=lambda options: BearerAuth(options.token))
    credentials = Credentials()
    one, same, other = (
        credentials.of(evolve(connection, source=source, options=Options(tenant=tenant)))
        for tenant in ("a", "a", "b")
    )
    assert one.auth is same.auth
    assert one.auth is not other.auth
    assert one.limiter is same.limiter is other.limiter


def test_another_secret(connection):
    """Another secret has a limit of its own."""
    other = evolve(connection, options=Options(token=Secret("env:OTHER_TOKEN")))
    credentials = Credentials()
    assert credentials.of(connection).limiter is not credentials.of(other).limiter


def test_the_same_secret_elsewhere(connection):
    """One secret under two references is one credential: the vendor counts it as one."""
    same = evolve(connection, name="same", options=Options(token=Secret("env:SAME_TOKEN")))
    credentials = Credentials()
    assert credentials.of(connection).limiter is credentials.of(same).limiter


@pytest.mark.parametrize("rates", [(50, 2, 9), (2, 50, None), (None, 9, 2)])
def test_the_strictest_limit(connection, rates, monkeypatch, tmp_path, has_folder):
    """Of connections that share a credential the strictest limit holds, whichever comes first."""
    monkeypatch.setenv("DUETRAIL_LIMITS_DIR", str(tmp_path / "limits") if has_folder else "")
    credentials = Credentials()
    for rate in rates:
        one = evolve(connection, name=str(rate), requests_per_second=rate)
        limiter = credentials.of(one).limiter
    waits = []
    limiter._wait = lambda seconds: waits.append(seconds) or time.sleep(seconds)
    for _ in range(3):
        limiter.acquire()
    assert sum(waits) > 0.45


def test_no_authentication(connection, vendor):
    """A source may want no credentials."""
    source = evolve(connection.source, auth=lambda options: None)
    credential = Credentials().of(evolve(connection, source=source))
    assert credential.auth is None


@frozen
class Login:
    login: Secret = option("Who.", default=Secret("env:ACME_LOGIN"))
    password: Secret = option("The password.", default=Secret("env:ACME_PASSWORD"))


@pytest.mark.parametrize("password", ["ab1!", "summer", "hunter22", "made-up-password-01"])
def test_a_login_is_not_in_data(connection, vendor, monkeypatch, password):
    """The password of a login is cut from data, however short it is; the user may stand there."""
    monkeypatch.setattr("duetrail.secrets.hiding._tokens", {})
    monkeypatch.setenv("ACME_LOGIN", "anna@acme.example")
    monkeypatch.setenv("ACME_PASSWORD", password)
    source = evolve(connection.source, auth=lambda options: None)
    connection = evolve(connection, source=source, options=Login())
    both = base64.b64encode(f"anna@acme.example:{password}".encode()).decode()
    echo = {"user": "anna@acme.example", "password": password, "header": f"Basic {both}"}
    spelled = json.dumps(echo).replace("!", "\\u0021").replace("=", "\\u003d").encode()
    vendor.then(200, spelled)
    with Session(connection, Credentials().of(connection).limiter) as session:
        page = session.get("/bills")
    assert page.data["user"] == "anna@acme.example"
    assert page.data["password"] == "[secret]"
    assert page.data["header"].rstrip("=") == "Basic [secret]"
    assert json.loads(page.body) == page.data
