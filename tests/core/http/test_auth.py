"""Who gets the credentials, and who never sees them."""

import pytest

from duetrail.errors import SecretError
from duetrail.http import BasicAuth, BearerAuth, HeaderAuth, NoAuth
from duetrail.secrets import Secret, redact


def test_a_token_goes_into_authorization(session, vendor, token):
    """The token goes into the Authorization header."""
    session.get("/bills")
    assert vendor.asked[0].headers["authorization"] == f"Bearer {token}"


def test_a_key_goes_into_its_header(open_session, vendor):
    """A key goes into the header the vendor wants, and nothing into Authorization."""
    auth = HeaderAuth("X-Api-Key", Secret("a-throw-away-key"))
    open_session(declares={"auth": lambda _: auth}).get("/bills")
    assert vendor.asked[0].headers["x-api-key"] == "a-throw-away-key"
    assert "authorization" not in vendor.asked[0].headers


@pytest.mark.parametrize(
    ("auth", "sent"),
    [
        (BasicAuth(Secret("Aladdin"), Secret("open sesame")), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        (BasicAuth(Secret("test"), Secret("123\u00a3")), "Basic dGVzdDoxMjPCow=="),
        (BasicAuth(Secret("a-key-alone")), "Basic YS1rZXktYWxvbmU6"),
    ],
)
def test_user_and_password_are_sent_as_the_rfc_has_it(open_session, vendor, auth, sent):
    """User and password are sent as RFC 7617 has it; the examples are its own but the last."""
    open_session(declares={"auth": lambda _: auth}).get("/bills")
    assert vendor.asked[0].headers["authorization"] == sent


def test_basic_is_redacted():
    """What is sent is known from then on, joined and encoded as well."""
    from requests import Request

    BasicAuth(Secret("somebody"), Secret("a-password"))(Request("GET", "http://x").prepare())
    said = redact("somebody a-password c29tZWJvZHk6YS1wYXNzd29yZA==")
    assert said == "[secret] [secret] [secret]"


def test_a_user_with_a_colon_is_refused():
    """It would be read as another user with another password."""
    with pytest.raises(SecretError, match="has a colon"):
        BasicAuth(Secret("some:body"), Secret("a-password"))(None)


def test_late_and_once(open_session, vendor, monkeypatch):
    """A reference is resolved with the first request, and then no more."""
    monkeypatch.delenv("ACME_TOKEN", raising=False)
    auth = BearerAuth(Secret("env:ACME_TOKEN"))
    session = open_session(declares={"auth": lambda options: auth})
    monkeypatch.setenv("ACME_TOKEN", "first-token")
    session.get("/bills")
    monkeypatch.setenv("ACME_TOKEN", "second-token")
    session.get("/bills")
    assert [one.headers["authorization"] for one in vendor.asked] == ["Bearer first-token"] * 2


def test_reference_to_nothing(open_session, vendor, monkeypatch):
    """A reference to nothing says so before anything is sent."""
    monkeypatch.delenv("ACME_TOKEN", raising=False)
    session = open_session(declares={"auth": lambda _: BearerAuth(Secret("env:ACME_TOKEN"))})
    with pytest.raises(SecretError, match="ACME_TOKEN is not set"):
        session.get("/bills")
    assert vendor.asked == []


@pytest.mark.parametrize("value", ["canary\t1", "Bearer canary-1", "canary-1é", "canary\x7f-1"])
def test_token_unfit_for_a_header(value):
    """A token that cannot stand in a header is refused without showing it."""
    with pytest.raises(SecretError, match=r"not ASCII\n.*without the word Bearer") as e:
        BearerAuth(Secret(value))(None)
    assert "canary" not in str(e.value)


def test_a_repr_names_the_reference():
    """The repr names the reference, never a value."""
    assert repr(BearerAuth(Secret("env:ACME_TOKEN"))) == (
        "BearerAuth(Secret(reference='env:ACME_TOKEN'))"
    )
    both = BasicAuth(Secret("env:USER_NAME"), None)
    assert repr(both) == "BasicAuth(Secret(reference='env:USER_NAME'), None)"
    assert repr(HeaderAuth("X-Key", Secret("env:K"))) == (
        "HeaderAuth('X-Key', Secret(reference='env:K'))"
    )
    assert "canary" not in repr(BearerAuth(Secret("canary-1")))
    assert repr(NoAuth()) == "NoAuth()"


@pytest.mark.parametrize("auth", [NoAuth(), None])
def test_netrc_is_not_read(open_session, vendor, monkeypatch, tmp_path, auth):
    """The environment's netrc gives no credentials, even where the source has none."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ann password hunter22\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    open_session(declares={"auth": lambda options: auth}).get("/bills")
    assert "authorization" not in vendor.asked[0].headers


def test_netrc_is_not_read_for_a_redirect(session, vendor, stranger, monkeypatch, tmp_path):
    """A redirect makes nobody look for the other host's credentials."""
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setattr("requests.sessions.get_netrc_auth", lambda url: pytest.fail("asked netrc"))
    vendor.then(302, headers={"Location": f"{stranger.url}/bills"})
    with pytest.raises(Exception, match="redirects are not followed"):
        session.get("/bills")


def test_no_cookies(session, vendor):
    """No cookie is kept: a request depends on nothing but itself."""
    vendor.then(headers={"Set-Cookie": "visit=1; Path=/"})
    page = session.get("/bills")
    session.get("/bills")
    assert "cookie" not in vendor.asked[1].headers
    assert "set-cookie" not in page.headers


def test_no_proxy_to_this_machine(session, vendor, stranger, monkeypatch):
    """What stays on this machine does not pass a proxy."""
    monkeypatch.setenv("HTTP_PROXY", stranger.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    session.get("/bills")
    assert (len(vendor.asked), len(stranger.asked)) == (1, 0)
