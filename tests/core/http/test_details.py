"""Who wants to hear of requests hears of each attempt and each long wait, without secrets."""

import pytest

from duetrail.errors import Unavailable
from duetrail.http import QueryAuth, RateLimiter
from duetrail.http.details import Request, Waiting
from duetrail.http.session import for_resource


@pytest.fixture
def heard():
    return []


def test_a_request(open_session, vendor, heard):
    """Method, address, status, bytes and seconds; of which resource, where it is for one."""
    vendor.then(body=b'{"bills": []}')
    session = open_session(told=heard.append)
    session.get("/bills")
    for_resource(session, "bills", ()).get("/bills")
    first, second = heard
    assert (first.connection, first.resource, second.resource) == ("acme", "", "bills")
    assert (first.method, first.url, first.status) == ("GET", f"{vendor.url}/bills", 200)
    assert first.size == len(b'{"bills": []}')
    assert (first.seconds > 0, first.error) == (True, "")


def test_each_attempt(open_session, vendor, heard):
    """A request that is repeated is told as often as it was sent, with what was waited between."""
    vendor.then(503, headers={"Retry-After": "7"}).then(429, headers={"Retry-After": "30"}).then()
    open_session(told=heard.append).get("/bills")
    told = [event.status if isinstance(event, Request) else event for event in heard]
    next_attempt = Waiting("acme", "", 7.0, "next attempt")
    assert told == [503, next_attempt, 429, Waiting("acme", "", 30.0, "rate limit"), 200]


def test_no_answer(open_session, unused_port, heard):
    """Where no answer comes, the kind of error stands in place of a status."""
    session = open_session(told=heard.append, base_url=f"http://127.0.0.1:{unused_port}")
    with pytest.raises(Unavailable):
        session.get("/bills")
    requests = [event for event in heard if isinstance(event, Request)]
    assert {(one.status, one.error) for one in requests} == {(0, "Refused")}


def test_a_rate_limit(open_session, vendor, clock, heard):
    """Only waits of a second or longer are told: four requests a second have none, one has."""
    vendor.then()
    for rate in (4, 0.5):
        limiter = RateLimiter(rate, clock=clock, wait=clock.wait)
        session = open_session(limiter=limiter, told=heard.append)
        session.get("/bills")
        session.get("/bills")
    (wait,) = [event for event in heard if isinstance(event, Waiting)]
    assert wait.reason == "rate limit"
    assert 1.9 < wait.seconds < 2.1


def test_no_query_and_no_secret(open_session, vendor, heard, token):
    """Neither a key in the query nor one in the path is told, nor any other part of a query."""
    from duetrail.secrets import Secret

    vendor.then()
    auth = QueryAuth("key", Secret(token))
    session = open_session(declares={"auth": lambda options: auth}, told=heard.append)
    session.get("/bills", {"name": "Jane Doe"})
    session.get(f"/keys/{token.replace('/', '').replace('+', '')}/bills")
    assert vendor.asked[0].path.count("Jane") == 1
    assert all("?" not in event.url and "Jane" not in event.url for event in heard)
    assert all(token not in event.url for event in heard)
