"""What is tried again, after how long, and how often."""

import logging

import pytest

from duetrail.errors import FetchError, Forbidden, PluginError, RateLimited, Unavailable
from duetrail.http import Backoff, RateLimiter, Stopped


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_until_it_works(session, vendor, status):
    """An answer that may improve is asked for again."""
    vendor.then(status).then(status, b"<html>").then(200, b'{"id":1}')
    assert session.get("/bills").data == {"id": 1}
    assert session.requests == len(vendor.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_not_again(session, vendor, status):
    """An answer that stays the same is asked for once."""
    vendor.then(status)
    with pytest.raises(FetchError) as caught:
        session.get("/bills")
    assert len(vendor.asked) == 1
    assert "attempts" not in str(caught.value)


def test_often_enough(open_session, vendor):
    """After the last attempt the last error says how many there were."""
    vendor.then(500).then(500).then(503)
    with pytest.raises(Unavailable, match=r"answered 503 .*\(after 3 attempts\)\n") as caught:
        open_session(attempts=3).get("/bills")
    assert caught.value.status == 503
    assert len(vendor.asked) == 3


def test_one_attempt(open_session, vendor):
    """With one attempt nothing is tried again."""
    vendor.then(500)
    with pytest.raises(Unavailable):
        open_session(attempts=1).get("/bills")
    assert len(vendor.asked) == 1


def test_backing_off(open_session, vendor, clock):
    """The waits double up to the cap."""
    vendor.then(500)
    with pytest.raises(Unavailable):
        open_session(attempts=6, backoff=Backoff(1.0, 5.0, share=lambda: 1.0)).get("/bills")
    assert clock.waits == [1, 2, 4, 5, 5]


def test_a_wait_is_random():
    """A wait is random, from one half of the full one upwards."""
    waits = {Backoff(8.0).seconds(1) for _ in range(200)}
    assert len(waits) > 100
    assert 4 <= min(waits) <= max(waits) <= 8


def test_many_attempts():
    """However many attempts, the wait is the cap."""
    assert Backoff(share=lambda: 1.0).seconds(10**6) == 30


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        (
            {
                "Retry-After": "Sun, 01 Mar 2026 12:00:09 GMT",
                "Date": "Sun, 01 Mar 2026 12:00:00 GMT",
            },
            9,
        ),
        ({}, 0.5),
        ({"Retry-After": "soon"}, 0.5),
        ({"Retry-After": "0"}, 0.5),
        ({"Retry-After": "7, 12"}, 12),
        ({"X-RateLimit-Reset": "40"}, 40),
        ({"Retry-After": "7", "X-RateLimit-Reset": "40"}, 7),
    ],
)
def test_pause_after_429(session, vendor, clock, headers, seconds):
    """A 429 pauses for as long as the vendor asks, in both forms, or else backs off."""
    vendor.then(429, headers=headers).then()
    begin = clock.now
    session.get("/bills")
    assert clock.now - begin == pytest.approx(seconds, abs=0.01)


def test_a_limit_per_minute(session, vendor, clock):
    """Five attempts that are refused without a word when to return last for a minute."""
    vendor.then(429)
    begin = clock.now
    with pytest.raises(RateLimited, match="after 5 attempts"):
        session.get("/bills")
    assert clock.now - begin >= 60
    assert len(vendor.asked) == 5


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "0"}, {"Retry-After": "0.02"}])
def test_the_wait_that_is_told(session, vendor, clock, caplog, headers):
    """What is told is how long it waits, never 0 where it is not 0."""
    vendor.then(429, headers=headers).then(429, headers=headers).then()
    with caplog.at_level(logging.WARNING, "duetrail.http"):
        session.get("/bills")
    told = [record.getMessage().rpartition("again in ")[2] for record in caplog.records]
    assert told == ["0.5 s", "2.5 s"]


def test_503_with_retry_after(session, vendor, clock):
    """A 503 may say when to come back, too; only this worker waits."""
    vendor.then(503, headers={"Retry-After": "40"}).then()
    session.get("/bills")
    assert clock.waits == [40]


def test_last_refusal_pauses_the_others(open_session, vendor, limiter, clock):
    """A worker that gives up after a 429 still holds the others back."""
    vendor.then(429, headers={"Retry-After": "30"})
    with pytest.raises(RateLimited):
        open_session(attempts=1).get("/bills")
    begin = clock.now
    limiter.acquire()
    assert clock.now - begin == 30


def test_sessions_share_the_pause(open_session, vendor, clock):
    """What one session ran into, another one of the same limiter waits out."""
    vendor.then(429, headers={"Retry-After": "30"}).then()
    first, second = open_session(attempts=1), open_session()
    begin = clock.now
    with pytest.raises(RateLimited):
        first.get("/bills")
    second.get("/bills")
    assert clock.now - begin == 30


def test_a_permit_per_attempt(open_session, vendor, clock):
    """Every attempt takes exactly one permit, repeated ones included."""
    permits = []

    class Counting(RateLimiter):
        def acquire(self):
            permits.append(len(vendor.asked))
            return super().acquire()

    vendor.then(500).then(429).then(500).then()
    session = open_session(limiter=Counting(clock=clock, wait=clock.wait))
    session.get("/bills")
    session.get("/bills")
    assert permits == [0, 1, 2, 3, 4]


def test_attempts_keep_the_rate(open_session, vendor, clock):
    """Repeated attempts pass the limit like all others."""
    vendor.then(500).then(500).then(500).then()
    limiter = RateLimiter(1, clock=clock, wait=clock.wait)
    begin = clock.now
    open_session(limiter=limiter, backoff=Backoff(0.0)).get("/bills")
    assert clock.now - begin >= 3


def test_stopped_between_attempts(open_session, vendor):
    """A stop ends the waiting for the next attempt at once."""
    limiter = RateLimiter()
    vendor.then(503, headers={"Retry-After": "300"}, before=limiter.stop)
    with pytest.raises(Stopped):
        open_session(limiter=limiter).get("/bills")
    assert len(vendor.asked) == 1


def test_retries_are_told(session, vendor, caplog, token):
    """Retries are told, a refusal as a warning; attempts only to who debugs."""
    vendor.then(500).then(429).then()
    with caplog.at_level(logging.DEBUG, "duetrail.http"):
        session.get("/bills", {"key": token})
    levels = [record.levelname for record in caplog.records]
    assert levels == ["DEBUG", "INFO", "DEBUG", "WARNING", "DEBUG"]
    assert "GET" in caplog.text
    assert "429, 2 bytes" in caplog.text
    assert token not in caplog.text
    assert "sesame" not in caplog.text


# --- what the source makes of an answer ----------------------------------------------------------


def test_fault_of_the_source(open_session, vendor):
    """A source says itself what an answer stands for."""
    vendor.then(200, b'{"success":false}', headers={"X-Request-Id": "req-1"})

    def fault(page):
        return None if page.data["success"] else Forbidden("not yours")

    with pytest.raises(Forbidden, match="not yours") as caught:
        open_session(declares={"classify_error": fault}).get("/bills")
    assert (caught.value.status, caught.value.request_id) == (200, "req-1")


def test_source_that_sees_no_fault(open_session, vendor):
    """Where the source finds an error status fine, it is."""
    vendor.then(404, b"")
    page = open_session(declares={"classify_error": lambda page: None}).get("/bills")
    assert (page.status, page.data) == (404, None)


def test_refusal_by_the_source(open_session, vendor, clock):
    """A source's RateLimited pauses for what the headers ask, if it says nothing itself."""
    vendor.then(200, b'{"code":"SLOW"}', headers={"Retry-After": "20"}).then()

    def fault(page):
        return RateLimited("slow down") if "code" in page.data else None

    begin = clock.now
    open_session(declares={"classify_error": fault}).get("/bills")
    assert clock.now - begin == 20


@pytest.mark.parametrize(("body", "seconds"), [(b"1.5", 1.5), (b"7200", 300), (b"-5", 0.5)])
def test_a_pause_that_the_source_reads_from_the_body(open_session, vendor, clock, body, seconds):
    """It may be a fraction, and what is longer than five minutes is cut, not left out."""
    vendor.then(429, b'{"retry_after":%b}' % body).then()

    def classified(page):
        said = page.data.get("retry_after")
        return None if said is None else RateLimited("slow down", retry_after=said)

    begin = clock.now
    open_session(declares={"classify_error": classified}).get("/bills")
    assert clock.now - begin == seconds


def test_broken_fault(open_session, vendor):
    """A fault that fails is the plugin's error, named, with what it failed on."""
    vendor.then(502, b"<html>")
    session = open_session(declares={"classify_error": lambda page: page.data["error"]})
    with pytest.raises(
        PluginError, match=r"classify_error of plugin 'acme'.*502.*TypeError\n"
    ) as caught:
        session.get("/bills")
    assert isinstance(caught.value.__context__, TypeError)
    assert caught.value.__suppress_context__


def test_secrets_in_a_fault(open_session, vendor, token):
    """What a source writes into an error is freed of secrets."""
    vendor.then(400)
    error = FetchError(f"bad token {token}", hint=f"not {token}")
    with pytest.raises(FetchError) as caught:
        open_session(declares={"classify_error": lambda page: error}).get("/bills")
    assert str(caught.value) == "bad token [secret]\n  not [secret]"
    assert token not in repr(caught.value)
