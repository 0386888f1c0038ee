"""A cassette answers whoever asks what is on it, and nobody is reached."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from duetrail.errors import FetchError, UsageError
from duetrail.plugins import load
from duetrail.recording.interactions import path_below
from duetrail.recording.recorder import record_requests, replay_requests
from duetrail.secrets import remember
from support.nightly import first

ACCEPT = {"Accept": "application/json"}


def get(url, **more):
    return requests.get(url, headers=ACCEPT, timeout=5, **more)


@pytest.fixture
def cassette(tmp_path):
    return tmp_path / "one.yaml"


@pytest.fixture
def taped(config, vendor, cassette):
    """Tapes requests to these targets, one after the other."""

    def write(*targets):
        with record_requests(cassette, load("acme").source, vendor.url):
            for target in targets:
                get(f"{vendor.url}{target}")
        return cassette

    return write


# --- playing -------------------------------------------------------------------------------------


def test_what_was_answered_is_answered_again(taped, vendor, no_network):
    """What was answered is answered again, status and body, in any order, and without network."""
    vendor.on("/a", {"a": 1}).on("/b", (404, {"error": "no b"}))
    file, attempts = taped("/a", "/b"), no_network()
    with replay_requests(file) as playing:
        assert get(f"{vendor.url}/b").status_code == 404
        assert get(f"{vendor.url}/a").json() == {"a": 1}
    assert (playing.play_count, attempts) == (2, [])


def test_a_request_made_again(taped, vendor):
    """The same request is answered in the order in which it was: refused first, then good."""
    vendor.on("/a", (503, {"error": "later"}), {"a": 1}, {"a": 2})
    with replay_requests(taped("/a", "/a", "/a")):
        answers = [get(f"{vendor.url}/a") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 200, 200]
    assert [answer.json().get("a") for answer in answers] == [None, 1, 2]


@pytest.mark.parametrize(
    "body",
    [
        '{"text": "Wait\x85", "more": 1}'.encode(),
        '{"text": "a\u2028b\ufeff"}'.encode(),
        b'{"total": NaN}',
        'id,text\n1,"Wait\x85"\n'.encode(),
    ],
)
def test_whatever_came_is_replayed(taped, vendor, body):
    """Signs that YAML takes for line breaks stay what they are; numbers that are none, too."""
    vendor.on("/a", (200, body))
    with replay_requests(taped("/a")):
        replayed = get(f"{vendor.url}/a").content
    assert b"".join(replayed.split()) == b"".join(body.split())


def test_order_of_a_query(taped, vendor):
    """The order of a query and how it is escaped make no other request."""
    vendor.on("/a?x=1&y=a%2Cb", {"a": 1})
    with replay_requests(taped("/a?x=1&y=a%2Cb")):
        assert get(f"{vendor.url}/a?y=a,b&x=1").json() == {"a": 1}


def test_what_nobody_recorded(taped, vendor, no_network):
    """A request that is not on the cassette is an error that names it, and what is left."""
    file = taped("/a")
    attempts = no_network()
    with replay_requests(file):
        with pytest.raises(FetchError, match=r"no answer to GET .*/b.*\n.*Not asked.* GET .*/a\."):
            get(f"{vendor.url}/b")
        get(f"{vendor.url}/a")
    assert attempts == []


def test_what_nobody_plays(taped):
    """An interaction that nobody asked for is an error at the end, which names it."""
    with (
        pytest.raises(
            AssertionError, match=r"2 interactions of one\.yaml were not asked for: GET .*/a"
        ),
        replay_requests(taped("/a", "/b")),
    ):
        pass


def test_an_error_of_the_test_is_its_own(taped):
    """Where a test fails by itself, nothing is said of what was not asked for."""
    with pytest.raises(ZeroDivisionError), replay_requests(taped("/a")):
        raise ZeroDivisionError


def test_no_cassette(tmp_path):
    """A file that is not there is told, and how one is made."""
    told = r"no cassette at .*gone\.yaml\n.*duetrail record"
    with pytest.raises(UsageError, match=told), replay_requests(tmp_path / "gone.yaml"):
        pass


# --- secrets -------------------------------------------------------------------------------------


def test_another_secret_will_do(taped, vendor, cassette):
    """A secret in the address is not on the cassette, and any other takes its place."""
    remember("key-of-the-recording")
    vendor.on("/a?key=key-of-the-recording&x=1", {"a": 1})
    taped("/a?key=key-of-the-recording&x=1")
    assert "/a?key=[secret]&x=1\n" in cassette.read_text()
    with replay_requests(cassette):
        assert get(f"{vendor.url}/a?key=another&x=1").json() == {"a": 1}


def test_a_body_without_its_secrets(config, vendor, cassette):
    """What is sent is compared but for its secrets."""
    sent = {"user": "acme", "password": "a-long-password", "again": [1, None]}
    with record_requests(cassette, load("acme").source, vendor.url):
        requests.post(f"{vendor.url}/login", json=sent, timeout=5)
    with replay_requests(cassette):
        with pytest.raises(FetchError, match="no answer to POST"):
            requests.post(f"{vendor.url}/login", json=sent | {"again": [2, None]}, timeout=5)
        assert requests.post(f"{vendor.url}/login", json=sent | {"password": "x"}, timeout=5).ok


# --- threads -------------------------------------------------------------------------------------


def together(count, work):
    """Results of some work that so many threads begin at once."""
    gate = threading.Barrier(count)

    def begun(number):
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begun, range(count)))


@pytest.mark.parametrize("attempt", first(1, range(3)))
def test_sixteen_threads_replay(taped, vendor, no_network, attempt):
    """Sixteen threads, each with connections of its own, are answered and reach nobody."""
    targets = [f"/{number}" for number in range(160)]
    for target in targets:
        vendor.on(target, {"at": target})
    file, attempts = taped(*targets), no_network()

    def ask(number):
        return [get(f"{vendor.url}/{10 * number + i}").json()["at"] for i in range(10)]

    with replay_requests(file):
        answers = together(16, ask)
    assert ([at for part in answers for at in part], attempts) == (targets, [])


def test_sixteen_threads_record(config, vendor, cassette):
    """What sixteen threads ask at once is all on the cassette."""
    with record_requests(cassette, load("acme").source, vendor.url) as taping:
        together(16, lambda number: [get(f"{vendor.url}/{number}/{i}").ok for i in range(10)])
    assert sorted(one.path for one in taping.requests) == sorted(vendor.asked)
    assert len(vendor.asked) == 160
    with replay_requests(cassette):
        together(16, lambda number: [get(f"{vendor.url}/{number}/{i}").ok for i in range(10)])


def test_one_answer_for_one_thread(taped, vendor):
    """Of equal requests made at once each gets an answer of its own."""
    vendor.on("/a", *({"a": number} for number in range(16)))
    with replay_requests(taped(*["/a"] * 16)):
        answers = together(16, lambda _: get(f"{vendor.url}/a").json()["a"])
    assert sorted(answers) == list(range(16))


def test_afterwards_requests_reach_their_server(taped, vendor, cassette):
    """When a cassette is out, requests reach their server again."""
    vendor.on("/a", {"a": 1})
    with replay_requests(taped("/a")):
        get(f"{vendor.url}/a")
    vendor.on("/a", {"a": 2})
    assert get(f"{vendor.url}/a").json() == {"a": 2}


def test_what_goes_elsewhere(config, vendor, cassette):
    """Only what is asked below the base URL is written."""
    vendor.on("/api/a", {"a": 1}).on("/apix", {"a": 2})
    with record_requests(cassette, load("acme").source, f"{vendor.url}/api"):
        get(f"{vendor.url}/api/a")
        get(f"{vendor.url}/apix")
    with replay_requests(cassette) as playing:
        get(f"{vendor.url}/api/a")
    assert [one.path for one in playing.requests] == ["/api/a"]


def test_a_host_may_be_written_in_capitals(config, vendor, cassette):
    """It is the same host, and what goes to its token host is left out all the same."""
    base = vendor.url.replace("127.0.0.1", "LOCALHOST")
    vendor.on("/a", {"a": 1}).on("/token", {"access_token": "made-up"})
    with record_requests(cassette, load("acme").source, base, token_url=f"{base}/token"):
        get(f"{base}/a")
        get(f"{base}/token")
    with replay_requests(cassette) as playing:
        get(f"{base}/a")
    assert [one.path for one in playing.requests] == ["/a"]


@pytest.mark.parametrize(
    ("base", "below"),
    [
        ("https://api.acme.example/v1", "/bills"),
        ("https://API.acme.example:443/v1/", "/bills"),
        ("https://api.acme.example", "/v1/bills"),
        ("https://api.acme.example/v1/bills", ""),
        ("https://api.acme.example/v", None),
        ("https://api.acme.example:8443/v1", None),
        ("http://api.acme.example/v1", None),
    ],
)
def test_what_is_below_a_base_url(base, below):
    """However its host and its port are written."""
    assert path_below("https://api.acme.example/v1/bills?page=2", base) == below


def test_a_failure_writes_nothing(config, vendor, cassette):
    """Where what is recorded ends with an error, there is no cassette."""
    with (
        pytest.raises(ZeroDivisionError),
        record_requests(cassette, load("acme").source, vendor.url),
    ):
        _ = get(f"{vendor.url}/a").status_code / 0
    assert not cassette.exists()
