"""The fault kit does what it says, to a plain client."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import threading
import zlib
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import pytest

from duetrail.errors import ConfigError, UsageError
from duetrail.testing import (
    FAULTS,
    Answer,
    FaultProxy,
    FaultRule,
    LoopbackServer,
    error_inside,
    faults,
)

BODY = json.dumps({"rows": [{"id": "a", "amount": 12345}], "page": 1}).encode()


class Upstream(LoopbackServer):
    """A server that answers everything with the same body, and remembers what it was asked."""

    def __init__(self):
        self.asked = []
        super().__init__(self.respond)
        self.url += "/api"

    def respond(self, request):
        sent = request.method, request.target, request.headers.get("x-key"), request.body
        self.asked.append(sent)
        return Answer(headers={"X-Number": str(len(self.asked))}, body=BODY)


@pytest.fixture
def upstream():
    with Upstream() as one:
        yield one


def ask(url, *, method="GET", body=None, timeout=30):
    """Status, headers and body of an answer."""
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    try:
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        line.request(method, target, body, {"X-Key": "k"})
        answer = line.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        line.close()


# --- forwarding ----------------------------------------------------------------------------------


def test_everything_else_is_forwarded(upstream):
    """Without a rule it is as if the proxy were not there: method, path, query, headers, body."""
    with FaultProxy(upstream.url) as proxy:
        status, headers, body = ask(f"{proxy.url}/rows?page=1", method="POST", body=b"{}")
    assert (status, headers["X-Number"], body) == (200, "1", BODY)
    assert upstream.asked == [("POST", "/api/rows?page=1", "k", b"{}")]
    assert [one.target for one in proxy.asked] == ["/api/rows?page=1"]
    assert [answer.body for _, answer in proxy.forwarded] == [BODY]


def test_a_stand_in_that_is_gone():
    """Where the stand-in itself is not there, the answer says so."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with FaultProxy(f"http://127.0.0.1:{port}") as proxy:
        assert ask(f"{proxy.url}/rows")[::2] == (502, b"the stand-in is gone")


def test_only_before_this_machine():
    """A real vendor is never asked through faults."""
    with pytest.raises(UsageError, match="which is not this machine"):
        FaultProxy("https://api.acme.example")
    with pytest.raises(ConfigError, match="no URL"):
        FaultProxy("nonsense")


def test_closed_twice(upstream):
    """Closing ends connections that are still open, and closing again is harmless."""
    came = threading.Event()
    proxy = FaultProxy(upstream.url, FaultRule(faults.SILENT), heard=lambda asked: came.set())

    def wait():
        with suppress(OSError, http.client.HTTPException):
            ask(proxy.url, timeout=30)

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert came.wait(10)
    proxy.close()
    proxy.close()
    waiting.join(10)
    assert not waiting.is_alive()


# --- which requests ------------------------------------------------------------------------------


def statuses(proxy, *targets):
    return [ask(f"{proxy.url}{target}")[0] for target in targets]


def test_the_nth_request(upstream):
    """A rule hits one request, the first unless it says otherwise."""
    with FaultProxy(upstream.url, FaultRule(faults.UNAVAILABLE, first=2)) as proxy:
        assert statuses(proxy, "/a", "/a", "/a") == [200, 503, 200]
    assert [one.fault for one in proxy.asked] == ["", "503", ""]
    assert [one.number for one in proxy.faulted] == [2]
    with pytest.warns(DeprecationWarning, match="faulted"):
        assert proxy.struck == proxy.faulted


def test_requests_whose_path_fits(upstream):
    """With a path only the requests it is found in are counted and hit."""
    rule = FaultRule(faults.UNAVAILABLE, path=r"/rows\?page=", first=2)
    with FaultProxy(upstream.url, rule) as proxy:
        assert statuses(proxy, "/a", "/rows?page=1", "/a", "/rows?page=2", "/a") == [
            200,
            200,
            200,
            503,
            200,
        ]


def test_several_times(upstream):
    """A rule may hit so many requests in a row, or all."""
    twice = FaultRule(faults.UNAVAILABLE, path="/b", times=2)
    always = FaultRule(faults.INTERNAL_ERROR, path="/c", times=None)
    with FaultProxy(upstream.url, twice, always) as proxy:
        assert statuses(proxy, "/b", "/b", "/b", "/c", "/c", "/c") == [
            503,
            503,
            200,
            500,
            500,
            500,
        ]


def test_the_first_strike_that_fits_counts(upstream):
    """Of two rules at one request the first happens, and the other has had its turn."""
    rules = (FaultRule(faults.BAD_GATEWAY), FaultRule(faults.UNAVAILABLE))
    with FaultProxy(upstream.url, *rules) as proxy:
        assert statuses(proxy, "/a", "/a") == [502, 200]


def test_begun_anew(upstream):
    """`begin` forgets what was asked and rules anew, at the same address."""
    with FaultProxy(upstream.url, FaultRule(faults.BAD_GATEWAY)) as proxy:
        url = proxy.url
        assert statuses(proxy, "/a", "/a") == [502, 200]
        proxy.begin(FaultRule(faults.UNAVAILABLE))
        assert (statuses(proxy, "/a"), proxy.url, len(proxy.asked)) == ([503], url, 1)


def test_a_listener_hears_before_anything_is_done(upstream):
    """Whoever listens hears of a request before anything is done with it."""
    heard = []
    with FaultProxy(upstream.url, heard=lambda asked: heard.append(len(upstream.asked))) as proxy:
        statuses(proxy, "/a", "/a")
    assert heard == [0, 1]


# --- what happens --------------------------------------------------------------------------------


def faulted(upstream, fault, timeout=30):
    """The answer to a request that gets a fault, after one that does not."""
    with FaultProxy(upstream.url, FaultRule(fault, first=2)) as proxy:
        ask(f"{proxy.url}/rows?page=1")
        return ask(f"{proxy.url}/rows?page=2", timeout=timeout)


def test_every_fault_has_a_name_of_its_own():
    """Names are what tests and tables go by."""
    names = [fault.name for fault in FAULTS]
    assert len(set(names)) == len(names)
    values = [one for one in vars(faults).values() if isinstance(one, faults.Fault)]
    assert sorted(values, key=names_of) == sorted(FAULTS, key=names_of)


def names_of(fault):
    return fault.name


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (faults.TOO_MANY, 429),
        (faults.INTERNAL_ERROR, 500),
        (faults.BAD_GATEWAY, 502),
        (faults.UNAVAILABLE, 503),
        (faults.EXPIRED, 401),
        (faults.REDIRECT_LOOP, 302),
    ],
)
def test_a_refusal(upstream, fault, status):
    """A refusal is a status, and the stand-in is not asked."""
    assert faulted(upstream, fault)[0] == status
    assert len(upstream.asked) == 1


def test_when_to_come_back(upstream):
    """A 429 says when to come back in seconds, by date, or not at all."""
    assert "Retry-After" not in faulted(upstream, faults.TOO_MANY)[1]
    assert faulted(upstream, faults.TOO_MANY_SECONDS)[1]["Retry-After"] == "1"
    until = faulted(upstream, faults.TOO_MANY_UNTIL)[1]
    assert until["Retry-After"].endswith("GMT")
    assert until["Retry-After"] != until["Date"]


@pytest.mark.parametrize("fault", [faults.SILENT, faults.SILENT_AMID])
def test_a_fault_that_waits_lasts_until_the_time_out(upstream, fault):
    """A fault that waits lasts until the client's own time-out."""
    with pytest.raises(TimeoutError):
        faulted(upstream, fault, timeout=0.3)


@pytest.mark.parametrize("fault", [faults.RESETS, faults.RESETS_AMID])
def test_a_reset(upstream, fault):
    """A reset is one on the network, not an orderly end."""
    with pytest.raises(ConnectionResetError):
        faulted(upstream, fault)


def test_a_short_body(upstream):
    """Fewer bytes come than were announced."""
    with pytest.raises(http.client.IncompleteRead):
        faulted(upstream, faults.TRUNCATED)


ASKED = b"GET /api/rows HTTP/1.1\r\nHost: x\r\n\r\n"


@contextmanager
def asked_of(proxy):
    """A connection on which the rows were asked for."""
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as line:
        line.sendall(ASKED)
        yield line


def test_a_long_body(upstream):
    """More bytes come than were announced, and the connection stays open over them."""
    with FaultProxy(upstream.url, FaultRule(faults.OVERLONG)) as proxy, asked_of(proxy) as line:
        came = b""
        while not came.endswith(b'announced"}'):
            came += line.recv(4096)
        line.sendall(ASKED)
        assert line.recv(4096).startswith(b"HTTP/1.1 200")
    assert f"Content-Length: {len(BODY)}\r\n".encode() in came


def test_small_pieces_are_the_real_answer(upstream):
    """The real answer in many small pieces is the real answer."""
    assert faulted(upstream, faults.DRIPPED)[2] == BODY


def test_drips_without_end(upstream):
    """A body that never ends is never silent for long, and ends with the proxy at the latest."""
    rule = FaultRule(faults.DRIPPED_ENDLESSLY)
    with FaultProxy(upstream.url, rule) as proxy, asked_of(proxy) as line:
        came = b""
        while not came.endswith(b"\r\n\r\n   "):
            came += line.recv(1)
        proxy.close()
        while line.recv(1):
            pass


def test_damaged_packing(upstream):
    """One gzip has a wrong sum, one lacks its end."""
    _, headers, wrong = faulted(upstream, faults.BAD_GZIP)
    assert headers["Content-Encoding"] == "gzip"
    with pytest.raises(gzip.BadGzipFile):
        gzip.decompress(wrong)
    cut = zlib.decompressobj(wbits=31)
    cut.decompress(faulted(upstream, faults.CUT_GZIP)[2])
    assert not cut.eof


@pytest.mark.parametrize(
    ("fault", "part"),
    [
        (faults.NAN, b'"amount": NaN}'),
        (faults.INFINITY, b'"amount": -Infinity}'),
        (faults.HUGE_EXPONENT, b'"amount": 1e4000}'),
        (faults.HUGE_INTEGER, b'"amount": ' + b"9" * 5000 + b"}"),
        (faults.BAD_UTF8, b'"\xff\xfe'),
        (faults.DUPLICATE_KEYS, b'{"rows":null,"rows": ['),
    ],
)
def test_what_stands_in_the_body(upstream, fault, part):
    """The real answer with one thing in it that should not be."""
    assert part in faulted(upstream, fault)[2]


def test_the_answer_before(upstream):
    """The last good answer to the path comes again, whatever the query."""
    assert faulted(upstream, faults.REPEATED)[1]["X-Number"] == "1"


def test_another_question(upstream):
    """A fault may ask the stand-in for something else than it was asked itself."""
    other = faults.Fault("another page", lambda e: [e.real("/api/rows?page=7").sent()])
    assert faulted(upstream, other)[2] == BODY
    assert upstream.asked[-1][1] == "/api/rows?page=7"


def test_an_error_inside(upstream):
    """A vendor's own error comes with a good status."""
    assert faulted(upstream, error_inside(b'{"error": 1}'))[::2] == (200, b'{"error": 1}')
