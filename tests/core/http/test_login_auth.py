"""Credentials that come from a login: one for all workers, renewed in time, and once if refused."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from attrs import evolve

from duetrail.errors import PluginError, ProtocolError, Unauthorized, Unavailable
from duetrail.http import LoginAuth, Stopped, Token
from duetrail.secrets import Secret, redact
from support.logins import House, Reply

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
WORKERS = 16


@pytest.fixture
def house(vendor):
    vendor.server.socket.listen(WORKERS)  # all may knock at once
    one = House(vendor)
    vendor.answer = one.answer
    return one


def log_in(session, expires_at=None):
    return Token(session.login("/auth", {"password": "sesame-01"}).data["token"], expires_at)


@pytest.fixture
def open_with(open_session):
    """Opens a session whose source logs in, with this authentication."""

    def open_(auth, **changes):
        declares = {"login": "/auth", "auth": lambda options: auth}
        return open_session(declares=declares, **changes)

    return open_


@pytest.fixture
def session(open_with, house):
    return open_with(LoginAuth(log_in))


def at_once(open_with, auth, work=lambda session: session.get("/bills")):
    """What each of many workers gets, each with a session of its own, all starting together."""
    sessions = [open_with(auth) for _ in range(WORKERS)]
    start = threading.Barrier(WORKERS)

    def run(session):
        start.wait()
        try:
            return work(session)
        except Unauthorized as error:
            return error

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(run, sessions))


def test_before_the_first_request(session, house):
    """A login comes first, without credentials in its header; the request brings its token."""
    assert house.vendor.asked == []  # to open a session is to ask nothing
    session.get("/bills")
    login, get = house.vendor.asked
    assert (login.method, login.path) == ("POST", "/auth")
    assert json.loads(login.body) == {"password": "sesame-01"}
    assert "authorization" not in login.headers
    assert get.headers["authorization"] == "Bearer made-up-token-0001"
    assert session.requests == 2


def test_later_requests_need_no_login(session, house):
    """Later requests need no further login."""
    session.get("/bills")
    session.get("/bills")
    assert house.asked == ["POST", "GET", "GET"]


def test_one_login_for_all_workers(open_with, house):
    """Workers that begin together wait for one login."""
    pages = at_once(open_with, LoginAuth(log_in))
    assert [page.status for page in pages] == [200] * WORKERS
    assert house.logins == 1


def test_renewed_ahead_of_its_end(open_with, house):
    """A token is replaced a little before its end, so that no request carries a dead one."""
    now = [NOON]
    end = NOON + timedelta(minutes=10)
    auth = LoginAuth(
        partial(log_in, expires_at=end), margin=timedelta(minutes=1), clock=lambda: now[0]
    )
    session = open_with(auth)
    session.get("/bills")
    now[0] = NOON + timedelta(minutes=8, seconds=59)
    session.get("/bills")
    assert house.logins == 1
    now[0] = NOON + timedelta(minutes=9)
    session.get("/bills")
    assert house.asked == ["POST", "GET", "GET", "POST", "GET"]


def test_one_renewal_for_all_workers(open_with, house):
    """A token that nears its end is renewed by one worker, the others take the new one."""
    now = [NOON]

    def lasting(session):
        return log_in(session, now[0] + timedelta(minutes=10))

    auth = LoginAuth(lasting, clock=lambda: now[0])
    at_once(open_with, auth)
    now[0] += timedelta(minutes=10)
    at_once(open_with, auth)
    assert house.logins == 2


def test_without_an_end(open_with, house):
    """A token of unknown life serves until it is refused."""
    now = [NOON]
    session = open_with(LoginAuth(log_in, clock=lambda: now[0]))
    session.get("/bills")
    now[0] += timedelta(days=365)
    session.get("/bills")
    assert house.logins == 1


@pytest.mark.parametrize("left", [timedelta(days=-1), timedelta(seconds=30)])
def test_old_on_arrival(open_with, house, left):
    """With a wrong clock here, or a very short life, not every request begins with a login."""
    auth = LoginAuth(partial(log_in, expires_at=NOON + left), clock=lambda: NOON)
    session = open_with(auth)
    session.get("/bills")
    session.get("/bills")
    assert house.logins == 1


def test_refused_once(session, house):
    """A 401 makes one new login, and the request is sent again."""
    session.get("/bills")
    house.valid.clear()
    assert session.get("/bills").status == 200
    assert house.asked == ["POST", "GET", "GET", "POST", "GET"]


def test_refused_twice(session, house):
    """A new token that is refused as well is the end of it."""
    house.on_get = lambda asked: house.valid.clear()
    with pytest.raises(Unauthorized):
        session.get("/bills")
    assert house.asked == ["POST", "GET", "POST", "GET"]


def test_refused_together(open_with, house):
    """Workers whose one token is refused log in once: who comes second takes the new token."""
    auth = LoginAuth(log_in)
    open_with(auth).get("/bills")
    (old,) = house.valid
    house.valid.clear()
    met = threading.Barrier(WORKERS)

    def meet(asked):
        if asked.headers["authorization"] == f"Bearer {old}":
            met.wait()  # all have sent the old token before anybody is told

    house.on_get = meet
    pages = at_once(open_with, auth)
    assert [page.status for page in pages] == [200] * WORKERS
    assert house.logins == 2


def test_a_refused_login_is_final(open_with, house):
    """A wrong password is sent once, whoever asks: more could lock the account."""
    house.trouble = [401] * 100
    errors = at_once(open_with, LoginAuth(log_in))
    assert [type(error) for error in errors] == [Unauthorized] * WORKERS
    assert house.asked == ["POST"]


def test_a_login_that_is_refused_later(open_with, house):
    """Credentials that are withdrawn during a run end it after one more login."""
    auth = LoginAuth(log_in)
    session = open_with(auth)
    session.get("/bills")
    house.valid.clear()
    house.trouble = [401] * 100
    for one in (session, open_with(auth)):
        with pytest.raises(Unauthorized):
            one.get("/bills")
    assert house.asked == ["POST", "GET", "GET", "POST"]


@pytest.mark.parametrize("status", [500, 503, 429])
def test_trouble_at_the_login(session, house, status):
    """A login that may do better next time is tried again, with the request it is for."""
    house.trouble = [status]
    assert session.get("/bills").status == 200
    assert house.asked == ["POST", "POST", "GET"]


def test_trouble_that_lasts(open_with, house):
    """Login and request together are tried as often as one request."""
    house.trouble = [503] * 100
    session = open_with(LoginAuth(log_in), attempts=3)
    with pytest.raises(Unavailable, match="after 3 attempts"):
        session.get("/bills")
    assert house.asked == ["POST"] * 3


def test_nobody_listens(open_with, unused_port):
    """Attempts at the login and at the request do not multiply."""
    url = f"http://127.0.0.1:{unused_port}"
    session = open_with(LoginAuth(log_in), base_url=url, attempts=3)
    with pytest.raises(Unavailable, match=r"refused the connection \(after 3 attempts\)\n"):
        session.get("/bills")
    assert session.requests == 3


def test_a_token_that_failed_is_not_sent_again(session, house):
    """Where the login after a 401 fails for a while, the refused token does not come back."""
    session.get("/bills")
    house.valid.clear()
    house.trouble = [503]
    session.get("/bills")
    assert house.asked == ["POST", "GET", "GET", "POST", "POST", "GET"]


def test_other_refusals(session, house, vendor):
    """A 403 or 404 is no reason to log in again."""
    session.get("/bills")
    answer = vendor.answer
    vendor.answer = lambda asked: evolve(answer(asked), status=403)
    with pytest.raises(Exception, match="403"):
        session.get("/bills")
    assert house.logins == 1


def test_a_fixed_token_is_not_renewed(open_session, vendor):
    """A 401 for a token that needs no login is final at once."""
    vendor.then(401)
    with pytest.raises(Unauthorized):
        open_session().get("/bills")
    assert len(vendor.asked) == 1


def test_a_stopped_run_does_not_log_in(open_with, house, limiter):
    """A run that is stopped does not log in."""
    session = open_with(LoginAuth(log_in))
    limiter.stop()
    with pytest.raises(Stopped):
        session.get("/bills")
    assert house.vendor.asked == []


def test_a_source_without_a_login_cannot_log_in(open_session, house):
    """A source that declares no login cannot log in."""
    session = open_session(declares={"auth": lambda options: LoginAuth(log_in)})
    with pytest.raises(PluginError, match="may not post"):
        session.get("/bills")
    assert house.vendor.asked == []


@pytest.mark.parametrize("token", ["two words\n", "é" * 30, "", " "])
def test_unfit_for_a_header(open_with, house, token):
    """A token that cannot stand in a header is refused without showing it."""
    house.gives = [token]
    with pytest.raises(ProtocolError, match="cannot stand in a header") as caught:
        open_with(LoginAuth(log_in)).get("/bills")
    assert not token.strip() or token.strip() not in str(caught.value)
    assert house.asked == ["POST"]


def test_a_token_is_a_secret(open_with, house):
    """Even a short token is kept out of texts once it is in use, and out of every repr."""
    house.gives = ["shortone"]
    auth = LoginAuth(log_in)
    open_with(auth).get("/bills")
    assert redact("shortone") == "[secret]"
    assert "shortone" not in repr(Token("shortone"))
    assert repr(auth) == "LoginAuth()"


def test_on_a_bare_request():
    """As any other authentication it adds the token at hand, and before there is one nothing."""
    import requests

    request = requests.Request("GET", "https://api.acme.example/").prepare()
    auth = LoginAuth(lambda session: Token("made-up-token"))
    assert "Authorization" not in auth(request).headers
    auth.token_for(None)
    assert auth(request).headers["Authorization"] == "Bearer made-up-token"


BODY = {"auth": {"user": Secret("made-up-user"), "password": Secret("sesame-01")}, "app": 7}


@pytest.mark.parametrize(
    ("answer", "lasts"),
    [
        ({"token": "made-up-token-7", "expires_in": 90}, 90),
        ({"token": "made-up-token-7", "expires_in": 90.7}, 90),
        ({"token": "made-up-token-7"}, None),
        ({"token": "made-up-token-7", "expires_in": "soon"}, None),
        ({"token": "made-up-token-7", "expires_in": True}, None),
        ({"token": "made-up-token-7", "expires_in": -1}, None),
        ({"token": "made-up-token-7", "expires_in": 10**12}, None),
    ],
)
def test_a_login_may_be_declared(open_with, house, answer, lasts):
    """What is posted, with secrets in it, and where the token and its end stand in the answer."""
    bodies = []

    def reply(asked):
        bodies.append(json.loads(asked.body))
        return Reply(200, json.dumps({"data": answer}).encode())

    house.vendor.answer = reply
    auth = LoginAuth.posting(BODY, token="$.data.token", expires_in="$.data.expires_in")
    token = auth.token_for(open_with(auth))
    assert bodies == [{"auth": {"user": "made-up-user", "password": "sesame-01"}, "app": 7}]
    assert token.value == "made-up-token-7"
    if lasts is None:
        assert token.expires_at is None
    else:
        assert abs(token.expires_at - datetime.now(UTC)) < timedelta(seconds=lasts + 1)


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"token": null}', b'{"token": 7}'])
def test_a_login_without_a_token_is_told(open_with, house, body):
    """By where it was looked for."""
    house.vendor.answer = lambda asked: Reply(200, body)
    auth = LoginAuth.posting(BODY, token="$.token")
    with pytest.raises(ProtocolError, match=r"without a `\$.token`"):
        auth.token_for(open_with(auth))
