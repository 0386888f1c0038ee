"""A replay server answers as the vendor did, and says what it cannot answer."""

from __future__ import annotations

import json
import urllib.request
from urllib.error import HTTPError

from duetrail.recording.cassettes import Cassette, RecordedExchange
from duetrail.testing.faults import Answer
from duetrail.testing.replay_server import ReplayServer

HOST = "https://api.acme.example"


def take(target: str, body: object, status: int = 200, **more: object) -> RecordedExchange:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return RecordedExchange(
        method="GET", address=f"{HOST}{target}", status=status, body=content, **more
    )


def ask(server: ReplayServer, target: str) -> tuple[int, object]:
    try:
        with urllib.request.urlopen(server.url + target) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_parameters_in_any_order():
    """A request is known whatever the order of its parameters."""
    with ReplayServer(Cassette.of([take("/bills?page=1&size=2&tag=a+b", {"n": 1})])) as server:
        assert ask(server, "/bills?tag=a%20b&size=2&page=1") == (200, {"n": 1})


def test_repeated_requests_in_their_order():
    """What was asked twice is answered in order, then with the last answer again."""
    with ReplayServer(Cassette.of([take("/bills", 1, 503), take("/bills", 2)])) as server:
        assert [ask(server, "/bills") for _ in range(3)] == [(503, 1), (200, 2), (200, 2)]


def test_from_the_beginning():
    """Begun anew, it plays from the first answer."""
    cassette = Cassette.of([take("/bills", 1), take("/bills", 2)])
    with ReplayServer(cassette) as server:
        ask(server, "/bills")
        server.begin(cassette)
        assert ask(server, "/bills") == (200, 1)


def test_what_was_not_recorded():
    """An unknown request gets a 501, is noted, and what is left is known."""
    with ReplayServer(Cassette.of([take("/bills", 1)])) as server:
        status, body = ask(server, "/bills?page=2")
        assert (status, server.unrecorded) == (501, ["GET /bills?page=2"])
        assert "GET /bills?page=2" in body["error"]
        assert [one.target for one in server.not_asked_for] == ["/bills"]


def test_an_answer_of_ones_own():
    """What was not recorded can be answered by a function."""
    with ReplayServer(Cassette.of([take("/bills", 1)])) as server:
        server.begin(server.recording, otherwise=lambda method, target: Answer(body=b"[]"))
        assert (ask(server, "/other"), server.unrecorded) == ((200, []), [])


def test_links_lead_to_the_server():
    """Links to the vendor lead to the server, escaped slashes and headers included."""
    body = b'{"next": "https:\\/\\/api.acme.example\\/bills?page=2", "self": "%s/bills"}'
    headers = {"Link": f'<{HOST}/bills?page=2>; rel="next"'}
    told = take("/bills", body % HOST.encode(), headers=headers)
    with (
        ReplayServer(Cassette.of([told])) as server,
        urllib.request.urlopen(f"{server.url}/bills") as answer,
    ):
        there, link, links = server.url, answer.headers["Link"], json.load(answer)
    assert link == f'<{there}/bills?page=2>; rel="next"'
    assert links == {"next": f"{there}/bills?page=2", "self": f"{there}/bills"}


def test_refusals_are_apart():
    """A recorded refusal is played when every request is to be refused, and only then."""
    cassette = Cassette.of([take("/bills", "no such key", 401), take("/bills", 1)])
    with ReplayServer(cassette) as server:
        assert ask(server, "/bills") == (200, 1)
        server.begin(cassette, refuse=401)
        assert ask(server, "/bills") == (401, "no such key")
        server.begin(cassette, refuse=403)
        assert ask(server, "/bills")[0] == 403
