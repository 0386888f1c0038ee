"""OAuth2 with a token host that nobody here wrote: oauthlib's, which is strict about the RFCs."""

from __future__ import annotations

import threading
import urllib.request

import pytest
from attrs import frozen

from duetrail.errors import Unauthorized
from duetrail.http import OAuth2Auth, RateLimiter, Session
from duetrail.http.consent import Prompt, authorize
from duetrail.model import Call, Callout, Email, Invoice
from duetrail.secrets import Secret, WritableSecret
from duetrail.source import Connection, OAuth2, Source

pytest.importorskip("oauthlib")
from support.foreign_host import CLIENT, SECRET, ForeignHost


@frozen
class Options:
    """There is nothing to set."""


@pytest.fixture
def host():
    with ForeignHost() as one:
        yield one


@pytest.fixture
def connect(host, tmp_path):
    """A connection to that host, with tokens of somebody's or of the client's own."""
    tokens = WritableSecret(f"file:{tmp_path}/acme.token")

    def one(*, is_own=False, client_auth="basic"):
        kept = None if is_own else tokens
        source = Source(
            name="acme",
            title="Acme",
            options=Options,
            resources=(),
            unsupported=(Invoice, Call, Callout, Email),
            auth=lambda options: OAuth2Auth(CLIENT, Secret(SECRET), tokens=kept),
            oauth2=OAuth2(
                authorize_url=None if is_own else "authorize",
                scopes=("bills",),
                client_auth=client_auth,
            ),
        )
        facts = {"base_url": host.url, "token_url": f"{host.url}/token", "options": Options()}
        return Connection(name="acme", source=source, **facts)

    return one


@pytest.fixture
def agree():
    """Has somebody agree in a browser."""

    def browse(url):
        threading.Thread(target=lambda: urllib.request.urlopen(url).close()).start()

    return lambda one: authorize(one, Prompt(show=lambda *said: None, open_browser=browse))


def ask(connection):
    with Session(connection, RateLimiter()) as session:
        return session.get("/bills").status


@pytest.mark.parametrize("client_auth", ["basic", "body"])
def test_a_clients_own_token(connect, host, client_auth):
    """Whatever signs id and secret have, in a header or in the form."""
    assert ask(connect(is_own=True, client_auth=client_auth)) == 200
    assert host.grants == ["client_credentials"]


def test_somebody_agrees_and_tokens_rotate(connect, host, agree):
    """A code with its proof, then one renewal after the other, each with the token of the last."""
    one = connect()
    assert agree(one).is_renewable
    for _ in range(3):
        host.validator.access.clear()
        assert ask(one) == 200
    assert host.grants == ["authorization_code", *["refresh_token"] * 3]


def test_a_token_that_was_taken_back(connect, host, agree):
    """The host's refusal is told with what to run."""
    one = connect()
    agree(one)
    host.validator.access.clear()
    host.validator.refresh.clear()
    with pytest.raises(Unauthorized, match=r"refuses to give tokens \(invalid_grant\)") as told:
        ask(one)
    assert told.value.hint == "Run `duetrail auth acme`."
