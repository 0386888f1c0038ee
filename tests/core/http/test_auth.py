"""Who gets the credentials, and who never sees them."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest
from requests import Request

from duetrail.errors import PluginError, SecretError, Unauthorized
from duetrail.http import (
    BasicAuth,
    BearerAuth,
    HeaderAuth,
    HmacAuth,
    LoginAuth,
    NoAuth,
    QueryAuth,
    Signing,
    Token,
    all_of,
)
from duetrail.secrets import Secret, redact, remember


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


# --- a key that was replaced ---------------------------------------------------------------------


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "acme.token"
    path.write_text("made-up-first-key")
    return path


@pytest.fixture
def only(vendor):
    """The vendor lets in requests that hold this text, in whatever place."""

    def let(text):
        answer = type(vendor).answer

        def answered(asked):
            reply = answer(vendor, asked)
            shown = f"{asked.path} {asked.headers}"
            return reply if text in shown else type(reply)(401)

        vendor.answer = answered

    return let


@pytest.mark.parametrize(
    "make",
    [
        lambda key: HeaderAuth("X-Key", key),
        BearerAuth,
        lambda key: QueryAuth("api_key", key),
        lambda key: all_of(HeaderAuth("X-App", Secret("made-up-app")), HeaderAuth("X-Key", key)),
    ],
    ids=["header", "bearer", "query", "several"],
)
def test_a_refused_key_is_looked_up_again(open_session, vendor, only, key_file, make):
    """Where the reference has another one by now, the request is repeated with that, once."""
    auth = make(Secret(f"file:{key_file}"))
    session = open_session(declares={"auth": lambda _: auth})
    only("made-up-first-key")
    session.get("/bills")
    key_file.write_text("made-up-second-key")
    only("made-up-second-key")
    assert session.get("/bills").status == 200
    assert len(vendor.asked) == 3


def test_another_worker_has_looked_it_up(open_session, vendor, only, key_file):
    """Whoever is refused with the old key uses the one that another worker has found."""
    auth = BearerAuth(Secret(f"file:{key_file}"))
    sessions = [open_session(declares={"auth": lambda _: auth}) for _ in range(2)]
    only("made-up-first-key")
    for session in sessions:
        session.get("/bills")
    key_file.write_text("made-up-second-key")
    only("made-up-second-key")
    assert [session.get("/bills").status for session in sessions] == [200, 200]


def test_a_key_that_is_the_same_is_not_sent_again(open_session, vendor, key_file):
    """The vendor has refused it, and would again."""
    auth = BearerAuth(Secret(f"file:{key_file}"))
    vendor.then(401)
    with pytest.raises(Unauthorized):
        open_session(declares={"auth": lambda _: auth}).get("/bills")
    assert len(vendor.asked) == 1


def test_a_reference_that_is_gone_changes_nothing(open_session, vendor, key_file):
    """The refusal is told, and not that a file is missing by now."""
    auth = BearerAuth(Secret(f"file:{key_file}"))
    session = open_session(declares={"auth": lambda _: auth})
    session.get("/bills")
    key_file.unlink()
    vendor.then(401)
    with pytest.raises(Unauthorized):
        session.get("/bills")


# --- keys in queries, several at once, signatures, headers of the source -------------------------


@pytest.mark.parametrize(
    ("params", "asked"),
    [
        ({}, "/bills?key="),
        ({"page": 2}, "/bills?page=2&key="),
        ({"key": "[secret]", "page": 2}, "/bills?page=2&key="),
    ],
)
def test_a_key_goes_into_the_query(open_session, vendor, params, asked):
    """Behind the other parameters, encoded; and the page does not show it."""
    auth = QueryAuth("key", Secret("a-throw+away/key"))
    page = open_session(declares={"auth": lambda _: auth}).get("/bills", params)
    assert vendor.asked[0].path == f"{asked}a-throw%2Baway%2Fkey"
    assert page.url.endswith("key=[secret]")


@pytest.mark.parametrize(
    ("params", "asked"), [(None, "/search?key="), ({"page": 2}, "/search?page=2&key=")]
)
def test_a_key_in_the_query_goes_with_a_post(open_session, vendor, params, asked):
    """What tells the question from others stands behind it, and is not sent."""
    auth = QueryAuth("key", Secret("a-throw-away-key"))
    session = open_session(declares={"auth": lambda _: auth, "reads": ("/search",)})
    page = session.post("/search", {"q": "open"}, params)
    assert vendor.asked[0].path == f"{asked}a-throw-away-key"
    assert page.url.partition("#")[0].endswith("key=[secret]")
    assert page.url.partition("#")[2].startswith("post=")


def test_a_short_key_is_not_for_a_query():
    """It could not be kept out of messages and pages."""
    with pytest.raises(SecretError, match="less than 8 characters"):
        QueryAuth("key", Secret("short"))(Request("GET", "http://x").prepare())


def test_several_go_together(open_session, vendor):
    """Two keys in two headers."""
    auth = all_of(HeaderAuth("X-App", Secret("made-up-app")), HeaderAuth("X-Key", Secret("key-2")))
    open_session(declares={"auth": lambda _: auth}).get("/bills")
    headers = vendor.asked[0].headers
    assert (headers["x-app"], headers["x-key"]) == ("made-up-app", "key-2")


def test_a_key_goes_beside_a_token_from_a_login(open_session, vendor):
    """The token is renewed as ever, and the key stays beside it."""
    tokens = iter(["made-up-token-0001", "made-up-token-0002"])
    login = LoginAuth(lambda session: Token(next(tokens)))
    auth = all_of(login, HeaderAuth("X-Key", Secret("made-up-key")))
    vendor.then(401).then(200)
    open_session(declares={"auth": lambda _: auth}).get("/bills")
    sent = [(one.headers["authorization"], one.headers["x-key"]) for one in vendor.asked]
    assert sent == [
        ("Bearer made-up-token-0001", "made-up-key"),
        ("Bearer made-up-token-0002", "made-up-key"),
    ]


def test_two_logins_are_one_too_many():
    """A request has one token."""
    login = LoginAuth(lambda session: Token("made-up-token"))
    with pytest.raises(PluginError, match="two authentications log in"):
        all_of(login, login)


def test_a_signature_covers_what_is_sent(open_session, vendor):
    """Time, nonce, path and query are signed, with a secret that is not sent."""
    secret = "made-up-signing-secret"

    def headers(one):
        text = f"{one.method}\n{one.target}\n{one.now.timestamp():.0f}\n{one.nonce}\n{one.digest()}"
        return {"X-Nonce": one.nonce, "X-Signature": one.sign(text)}

    auth = HmacAuth(Secret(secret), headers, clock=lambda: datetime(2031, 3, 2, tzinfo=UTC))
    open_session(declares={"auth": lambda _: auth}).get("/bills", {"page": 2})
    asked = vendor.asked[0]
    nothing = hashlib.sha256(b"").hexdigest()
    moment = f"{datetime(2031, 3, 2, tzinfo=UTC).timestamp():.0f}"
    text = f"GET\n/bills?page=2\n{moment}\n{asked.headers['x-nonce']}\n{nothing}"
    signed = hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()
    assert asked.headers["x-signature"] == signed
    assert secret not in str(asked)


def test_a_signature_is_that_of_the_rfc():
    """The second example of RFC 4231, in both alphabets."""
    facts = {"method": "GET", "path": "/", "query": "", "host": "h", "body": b"", "nonce": ""}
    one = Signing(**facts, now=datetime(2031, 3, 2, tzinfo=UTC), key=b"Jefe")
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert one.sign("what do ya want for nothing?") == expected
    in_base64 = one.sign("what do ya want for nothing?", as_base64=True)
    assert base64.b64decode(in_base64).hex() == expected
    assert "Jefe" not in repr(one)


def test_a_source_declares_headers(open_session, vendor):
    """They go with every request."""
    session = open_session(declares={"headers": {"Acme-Version": "2031-03-02"}})
    session.get("/bills")
    session.get("/calls")
    assert [one.headers["acme-version"] for one in vendor.asked] == ["2031-03-02"] * 2


def test_headers_depend_on_options(open_session, vendor, token):
    """Such as the organisation that is asked about."""
    declares = {"headers": lambda options: {"Acme-Organisation": type(options).__name__}}
    open_session(declares=declares).get("/bills")
    assert vendor.asked[0].headers["acme-organisation"] == "Options"


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({"Authorization": "Bearer x"}, "is not for a source to set"),
        ({"Host": "other.example"}, "is not for a source to set"),
        ({"X Key": "x"}, "is no name of a header"),
        ({"X-Key": "a\nb"}, "cannot stand in a header"),
        ({"X-Key": 17}, "cannot stand in a header"),
        ({"X-Key": "made-up-key-in-a-header"}, "holds a secret"),
    ],
)
def test_a_header_that_is_not_for_a_source(open_session, headers, says):
    """It is refused before anything is sent."""
    remember("made-up-key-in-a-header")
    with pytest.raises(PluginError, match=says):
        open_session(declares={"headers": headers})
