"""Posting: how often, for how long, signed with what, and to no other place."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from duetrail.errors import ConfigError, DuetrailError, SecretError
from duetrail.testing import HOLD, RESET, Answer
from duetrail.testing.loopback import Moves
from duetrail_notify.posting import ATTEMPTS, post
from support.mock_server import free_port
from support.receiver import Receiver

PATH = "/services/T0001/B0002/made-up-secret-0003?key=made-up-secret-0004"
BODY = b'{"version": 1}'
KEY = b"0123456789abcdef0123456789abcdef"


def failed(webhook, waits) -> str:
    """The message that a post fails with."""
    with pytest.raises(DuetrailError) as caught:
        post(webhook, BODY, clock=waits.clock, sleep=waits.sleep)
    return caught.value.message


def test_a_message_is_posted_as_it_is(receiver, webhook, waits):
    """To the whole URL, its query included, as JSON."""
    post(webhook(receiver.url + PATH), BODY, clock=waits.clock, sleep=waits.sleep)
    (got,) = receiver.posted
    assert (got.method, got.target, got.body) == ("POST", PATH, BODY)
    assert got.headers["content-type"] == "application/json"
    assert "webhook-signature" not in got.headers
    assert "authorization" not in got.headers
    assert waits.waited == []


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_may_improve_is_tried_again(receiver, webhook, waits, status):
    """It arrives when the receiver is well again, with the same id."""
    receiver.answers = [Answer(status=status), Answer(status=status), Answer(status=204)]
    post(webhook(receiver.url + PATH), BODY, clock=waits.clock, sleep=waits.sleep)
    assert len(receiver.posted) == 3
    assert len({one.headers["webhook-id"] for one in receiver.posted}) == 1
    assert 0 < waits.waited[0] < waits.waited[1]


def test_no_end_of_attempts(receiver, webhook, waits):
    """A receiver that stays ill is asked a few times only."""
    receiver.answers = [Answer(status=500)]
    told = failed(webhook(receiver.url + PATH), waits)
    assert len(receiver.posted) == ATTEMPTS
    assert told == (
        "not delivered to 127.0.0.1: it answered 500 (Internal Server Error) (after 3 attempts)"
    )


def test_the_receiver_says_how_long(receiver, webhook, waits):
    """`Retry-After` is kept to."""
    receiver.answers = [Answer(status=429, headers={"Retry-After": "4"}), Answer()]
    post(webhook(receiver.url + PATH), BODY, clock=waits.clock, sleep=waits.sleep)
    assert waits.waited == [4.0]


def test_the_receiver_asks_for_too_long(receiver, webhook, waits):
    """A pause beyond the time there is is not waited for."""
    receiver.answers = [Answer(status=429, headers={"Retry-After": "60"}), Answer()]
    told = failed(webhook(receiver.url + PATH, timeout=5), waits)
    assert (waits.waited, len(receiver.posted)) == ([], 1)
    assert told.endswith("it answered 429 (Too Many Requests), and asks to wait 60 s")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_what_cannot_improve_is_not_tried_again(receiver, webhook, waits, status):
    """A webhook that is gone, or refuses, is told at once."""
    receiver.answers = [Answer(status=status)]
    assert f"it answered {status} (" in failed(webhook(receiver.url + PATH), waits)
    assert len(receiver.posted) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(receiver, webhook, waits, status):
    """Nothing is posted, and nothing shown, to whom a redirect points."""
    with Receiver() as other:
        target = f"{other.url}/elsewhere"
        receiver.answers = [Answer(status=status, headers={"Location": target})]
        told = failed(webhook(receiver.url + PATH), waits)
        assert other.posted == []
    assert "redirects are not followed" in told
    assert len(receiver.posted) == 1


BROKEN = [
    [RESET],
    [],
    [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"],
    [b"nonsense\r\n\r\n"],
]


@pytest.mark.parametrize("moves", BROKEN)
def test_a_connection_that_breaks(receiver, webhook, waits, moves):
    """It is tried again: the message has an id by which a second one is known."""
    receiver.answers = [Moves(moves), Answer()]
    post(webhook(receiver.url + PATH), BODY, clock=waits.clock, sleep=waits.sleep)
    assert len({one.headers["webhook-id"] for one in receiver.posted}) == 1
    assert len(receiver.posted) == 2


def test_a_broken_header(receiver, webhook, waits, caplog):
    """What was answered with 2xx has arrived; the client's warning does not show the URL."""
    receiver.answers = [Moves([b"HTTP/1.1 200 OK\r\nContent-"])]
    post(webhook(receiver.url + PATH), BODY, clock=waits.clock, sleep=waits.sleep)
    assert "made-up" not in caplog.text


def test_nobody_listens(webhook, waits):
    """The place is named, and not the secret part of the URL."""
    port = free_port()
    told = failed(webhook(f"http://127.0.0.1:{port}{PATH}"), waits)
    assert told == (
        f"not delivered to 127.0.0.1: 127.0.0.1:{port} refused the connection (after 3 attempts)"
    )


@pytest.mark.parametrize("moves", [[HOLD], [b"HTTP/1.1 200 OK\r\n", HOLD], [b"H", 0.4, b"T", HOLD]])
def test_a_slow_receiver(receiver, webhook, moves):
    """The time of all attempts is bounded, whatever drips meanwhile."""
    receiver.answers = [Moves(moves)]
    with pytest.raises(DuetrailError, match=r"not delivered to 127.0.0.1: .* within"):
        post(webhook(receiver.url + PATH, timeout=1), BODY)
    assert len(receiver.posted) == 1


def test_a_signed_message(receiver, webhook, waits):
    """HMAC-SHA256 over id, time and body, as the Standard Webhooks specification says."""
    secret = f"whsec_{base64.b64encode(KEY).decode()}"
    post(webhook(receiver.url + PATH, secret=secret), BODY, clock=waits.clock, sleep=waits.sleep)
    (got,) = receiver.posted
    signed = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    digest = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert got.headers["webhook-signature"] == f"v1,{digest}"


@pytest.mark.parametrize("secret", ["whsec_", "whsec_c2hvcnQ=", "no base64 at all!", "s3cret-key"])
def test_a_secret_that_is_none(receiver, webhook, waits, secret):
    """It is told by its reference, and nothing is posted without the signature."""
    one = webhook(receiver.url + PATH, secret=secret)
    with pytest.raises(SecretError, match="env:WEBHOOK_SECRET is not `whsec_` and 24 to 64 bytes"):
        post(one, BODY, clock=waits.clock, sleep=waits.sleep)
    assert receiver.posted == []


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://hooks.example/services/T1/B2/made-up", "the url is plain http"),
        ("ftp://hooks.example/services/T1/B2/made-up", "the url does not begin with https://"),
        ("https://user:made-up-pass@hooks.example/T1", "holds a user name or password"),
        ("hooks.example/services/T1/B2/made-up-secret", "the url is no URL with a host"),
        ("https://[::1/made-up-secret-0005", "the url is no URL"),
    ],
)
def test_a_url_that_is_not_fit(webhook, waits, url, error):
    """What may be seen on its way is not posted; the URL is not shown."""
    with pytest.raises(ConfigError, match=error) as caught:
        post(webhook(url), BODY, clock=waits.clock, sleep=waits.sleep)
    assert "made-up" not in str(caught.value)


def test_a_proxy_is_not_asked_on_this_machine(receiver, webhook, waits, monkeypatch):
    """What goes to this machine stays on it."""
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    post(webhook(receiver.url + PATH), BODY, clock=waits.clock, sleep=waits.sleep)
    assert len(receiver.posted) == 1


def test_neither_cookies_nor_netrc(receiver, webhook, waits, tmp_path, monkeypatch):
    """Nothing goes along but the message."""
    (tmp_path / "netrc.token").write_text("machine 127.0.0.1 login pat password made-up-0006")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc.token"))
    receiver.answers = [Answer(status=503, headers={"Set-Cookie": "a=b"}), Answer()]
    post(webhook(receiver.url + PATH), BODY, clock=waits.clock, sleep=waits.sleep)
    for one in receiver.posted:
        assert not {"cookie", "authorization"} & one.headers.keys()
