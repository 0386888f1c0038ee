"""The one request that is no GET."""

from functools import partial

import pytest

from duetrail.errors import PluginError, Unauthorized, Unavailable
from duetrail.secrets import redact

JWT = "eyJhbGciOi.canary-jwt.c2lnbmF0dXJl"


@pytest.fixture
def open_login(open_session):
    """Opens a session whose source declares `/auth` as its login."""
    return partial(open_session, declares={"login": "/auth"})


def test_a_session_cannot_write(session, vendor):
    """It has no verb but `get`, and `post` sends nothing that is not declared as reading."""
    verbs = {"put", "patch", "delete", "request", "send", "head", "options"}
    assert not verbs & set(dir(session))
    with pytest.raises(PluginError, match="may not post to /invoices"):
        session.post("/invoices", {"paid": True})
    assert vendor.asked == []


def test_a_login_posts_json_without_credentials(open_login, vendor):
    """A declared login posts JSON, without the connection's own credentials."""
    vendor.then(201, b'{"jwt":"%s"}' % JWT.encode())
    page = open_login().login("/auth", {"auth": {"login": "ann"}})
    asked = vendor.asked[0]
    assert (asked.method, asked.path, asked.body) == (
        "POST",
        "/auth",
        b'{"auth": {"login": "ann"}}',
    )
    assert asked.headers["content-type"] == "application/json"
    assert "authorization" not in asked.headers
    assert page.data == {"jwt": JWT}


def test_token_is_remembered(open_login, vendor):
    """A token that a login brought is kept out of texts from then on."""
    vendor.then(201, b'{"tokens":[{"jwt":"%s"}, null]}' % JWT.encode())
    open_login().login("/auth", {})
    assert redact(f"token {JWT}") == "token [secret]"


def test_an_end_is_no_token(open_login, vendor):
    """When a token ends is as long as one, and no secret: records may hold the same time."""
    vendor.then(201, b'{"jwt":"%s","ends":"2031-03-02T09:30:00+00:00"}' % JWT.encode())
    open_login().login("/auth", {})
    assert redact("due 2031-03-02T09:30:00+00:00") == "due 2031-03-02T09:30:00+00:00"


@pytest.mark.parametrize("path", ["/emails", "/auth/../emails", "auth"])
def test_other_path(open_login, vendor, path):
    """Any other path is refused before anything is sent."""
    with pytest.raises(PluginError, match="may not post"):
        open_login().login(path, {})
    assert vendor.asked == []


def test_without_a_declared_login_nothing_is_posted(session, vendor):
    """A source that declares no login cannot post at all."""
    with pytest.raises(PluginError, match=r"Duetrail only reads"):
        session.login("/auth", {})
    assert vendor.asked == []


@pytest.mark.parametrize("status", [500, 429])
def test_not_repeated(open_login, vendor, status):
    """A login that was received is not repeated."""
    vendor.then(status)
    with pytest.raises(Unavailable):
        open_login().login("/auth", {})
    assert len(vendor.asked) == 1


def test_refused_credentials_are_told(open_login, vendor):
    """Refused credentials are told as such."""
    vendor.then(401)
    with pytest.raises(Unauthorized, match="Check the token"):
        open_login().login("/auth", {})


def test_repeated_while_nobody_listens(open_login, vendor, unused_port):
    """While nobody listens nothing was received, so a login is tried again."""
    session = open_login(base_url=f"http://127.0.0.1:{unused_port}", attempts=3)
    with pytest.raises(Unavailable, match=r"refused the connection \(after 3 attempts\)"):
        session.login("/auth", {})
    assert session.requests == 3
