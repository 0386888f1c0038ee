"""Getting in: a ready token, or a login whose token may end in the middle of a walk."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from duetrail.http import Token
from duetrail_yeti.login import expires_at

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def two_pages(switch, invoice, page):
    """Three invoices on two pages."""
    first, last = page(invoice("a"), invoice("b"), total=3), page(invoice("c"), total=3)
    return switch.on("/invoices", first, last)


@pytest.fixture
def clock(monkeypatch):
    """The time by which tokens are renewed: `clock.now` is set by hand."""

    class Clock(datetime):
        at = NOON

        @classmethod
        def now(cls, tz=None):
            return cls.at

    monkeypatch.setattr("duetrail.http.login.datetime", Clock)
    return Clock


def sync(project, **how):
    """Sync the invoices; their summary."""
    (resource,) = project.sync(select=["invoices"], **how).resources
    return resource


def test_a_ready_token(yeti, two_pages):
    """A token of the operator's needs no login."""
    assert sync(yeti).state == "complete"
    assert two_pages.order == ["GET /invoices"] * 2


def test_login_and_password(logging_in, two_pages, words):
    """One login, then its token in every request."""
    assert sync(logging_in).state == "complete"
    assert two_pages.order == ["POST /auth", "GET /invoices", "GET /invoices"]
    assert two_pages.logins == [{"auth": {"login": words.login, "password": words.password}}]
    (token,) = two_pages.tokens - {words.token}
    sent = [one.headers.get("authorization") for one in two_pages.asked]
    assert sent == [None, f"Bearer {token}", f"Bearer {token}"]


def test_yeti_7_10_the_login_is_plain_json(logging_in, two_pages):
    """JSON:API is spoken everywhere but at the login."""
    sync(logging_in)
    accepts = [one.headers["accept"] for one in two_pages.asked]
    assert accepts == ["application/json", *["application/vnd.api+json"] * 2]
    assert two_pages.asked[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize("workers", [1, 16])
def test_one_login_for_accounts_and_invoices(logging_in, two_pages, workers):
    """However many workers there are, one logs in."""
    summary = logging_in.sync(workers=workers, select=["accounts", "invoices"])
    assert (summary.exit_code, len(two_pages.logins)) == (0, 1)


def test_yeti_1_renewed_ahead_of_its_end(logging_in, two_pages, clock):
    """A walk outlives its token: before it ends the next one is there, and nothing is refused."""
    two_pages.ends = (NOON + timedelta(minutes=10)).timestamp()
    two_pages.ahead_of(1, partial(setattr, clock, "at", NOON + timedelta(minutes=9, seconds=30)))
    assert sync(logging_in).state == "complete"
    assert two_pages.order == ["POST /auth", "GET /invoices"] * 2


def test_yeti_1_a_token_that_does_not_end(logging_in, two_pages, clock):
    """Without `exp` a token lasts."""
    two_pages.ahead_of(1, partial(setattr, clock, "at", NOON + timedelta(days=365)))
    assert sync(logging_in).state == "complete"
    assert len(two_pages.logins) == 1


def test_yeti_1_refused_in_the_middle(logging_in, two_pages):
    """A 401 in the middle of a walk makes one login, and the page is asked for again."""
    two_pages.ahead_of(2, two_pages.forget)
    assert sync(logging_in).state == "complete"
    assert [row["id"] for row in logging_in.rows("invoices")] == ["a", "b", "c"]
    assert two_pages.order == [
        "POST /auth",
        "GET /invoices",
        "GET /invoices",
        "POST /auth",
        "GET /invoices",
    ]


def test_yeti_1_refused_under_many_workers(logging_in, switch, account, invoice, page):
    """Two walks lose one token together, and one of them fetches the next."""
    for path, make in (("/accounts", account), ("/invoices", invoice)):
        rows = [make(f"{number:02}") for number in range(20)]
        switch.on(path, *(page(*rows[at : at + 2], total=20) for at in range(0, 20, 2)))
    switch.ahead_of(7, switch.forget)
    summary = logging_in.sync(workers=16, select=["accounts", "invoices"])
    assert (summary.exit_code, len(switch.logins)) == (0, 2)
    assert [len(logging_in.rows(table)) for table in ("parties", "invoices")] == [20, 20]


def test_refused_twice(logging_in, two_pages):
    """A new token that is refused as well ends it: two requests, two logins."""
    two_pages.ahead_of(1, two_pages.forget)
    two_pages.ahead_of(2, two_pages.forget)
    assert sync(logging_in).state == "failed"
    assert two_pages.order == ["POST /auth", "GET /invoices"] * 2


def test_a_ready_token_that_ends(yeti, two_pages):
    """There is nothing to log in with, so a 401 is final; what came is kept."""
    two_pages.ahead_of(2, two_pages.forget)
    assert sync(yeti).state == "failed"
    assert two_pages.order == ["GET /invoices"] * 2
    assert [row["id"] for row in yeti.rows("invoices")] == ["a", "b"]


def test_yeti_c10_a_ready_token_that_has_ended_says_when(connect, switch, words):
    """A 401 reads the same for many reasons; this one stands in the token itself."""
    project = connect(token=words.jwt(sub="D", exp=1731578228))
    result = project.run("sync", "--select", "accounts")
    assert result.exit_code == 1
    assert switch.order == ["GET /accounts"]
    assert "Authorization failed" in result.stderr
    assert "its token ended on 2024-11-14 at 09:57:08 UTC" in result.stderr
    assert "new token" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("exp", [4102444800, None, "soon"])
def test_yeti_c10_a_ready_token_that_has_not_ended(connect, switch, words, exp):
    """It was refused for another reason, and nothing is said of its end."""
    result = connect(token=words.jwt(sub="D", exp=exp)).run("sync", "--select", "accounts")
    assert (result.exit_code, switch.order) == (1, ["GET /accounts"])
    assert "token ended" not in result.stderr
    assert "address this machine has" in result.stderr


def test_yeti_c10_a_switch_that_takes_it_is_right(connect, switch, words):
    """The end is the server's to judge: the clock here may be wrong."""
    token = words.jwt(sub="D", exp=1731578228)
    switch.tokens.add(token)
    assert connect(token=token).sync(select=["accounts"]).exit_code == 0


@pytest.mark.parametrize("workers", [1, 16])
def test_yeti_7_11_a_wrong_password(logging_in, switch, workers):
    """It is sent once, and the message names both reasons there may be."""
    switch.refuses = True
    result = logging_in.run("sync", "--workers", str(workers))
    assert result.exit_code == 1
    assert switch.order == ["POST /auth"]
    assert "Authentication failed" in result.stderr
    assert "password" in result.stderr
    assert "address this machine has" in result.stderr


@pytest.mark.parametrize("answer", [{}, [], {"jwt": None}, {"jwt": 5}, {"token": "made-up-token"}])
def test_a_login_without_a_token(logging_in, switch, words, monkeypatch, answer):
    """An answer without `jwt` is no login."""
    monkeypatch.setattr(switch, "log_in", lambda asked, body: words.reply(answer, 201))
    result = logging_in.run("sync", "--json")
    assert result.exit_code == 1
    problems = [p for r in json.loads(result.stdout)["resources"] for p in r["problems"]]
    assert "answered without a `jwt`" in problems[0]["message"]


def test_check_logs_in(logging_in, two_pages):
    """`duetrail check` tells what login and password may read."""
    result = logging_in.run("check", "--json")
    assert result.exit_code == 0
    states = {one["resource"]: one["state"] for one in json.loads(result.stdout)}
    assert states == dict.fromkeys(["accounts", "invoices", "cdrs", "payments"], "allowed")
    assert len(two_pages.logins) == 1


def test_yeti_7_13_secrets_are_not_kept(logging_in, two_pages, words):
    """Login, password and token are neither in the store nor on the terminal."""
    shown = [logging_in.run(*args).output for args in (("sync",), ("status", "--json"))]
    (token,) = two_pages.tokens - {words.token}
    for secret in (words.login, words.password, token):
        assert not any(secret.encode() in kept for kept in logging_in.everything())
        assert not any(secret in text for text in shown)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "needs login and password, or a token"),
        ({"login": "x"}, "needs login and password, or a token"),
        ({"password": "x"}, "needs login and password, or a token"),
        ({"login": "x", "token": "y"}, "give one or the other"),
        ({"login": "x", "password": "y", "token": "z"}, "give one or the other"),
    ],
)
def test_either_or(connect, switch, settings, message):
    """A connection has a token, or login and password; anything else is said before a request."""
    result = connect(**settings).run("sync")
    assert (result.exit_code, switch.asked) == (2, [])
    assert message in result.stderr


def test_yeti_1_an_address_is_needed(connect, words):
    """Each operator has an own address: there is no default."""
    project = connect(token=words.token)
    project.config.write_text('[connections.yeti]\ntoken = "env:YETI_TOKEN"\n')
    result = project.run("sync")
    assert result.exit_code == 2
    assert "base_url is missing" in result.stderr


@pytest.mark.parametrize("end", [1772625600, 1772625600.0])
def test_the_end_of_a_token(words, end):
    """`exp` counts seconds."""
    assert expires_at(words.jwt(sub="D", exp=end)) == NOON


def test_the_end_of_the_published_token():
    """The token of the seed ended on a day in November 2024."""
    claims = "eyJzdWIiOjI1LCJhdWQiOlsiY3VzdG9tZXItdjEiXSwiZXhwIjoxNzMxNTc4MjI4fQ"
    assert expires_at(f"h.{claims}.s") == datetime(2024, 11, 14, 9, 57, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "token",
    ["", "opaque", "a.b.c", "a.W10.c", "a.e30.c", "..", "a.é.c", "a.bnVsbA.c", f"a.{'W' * 9999}.c"],
)
def test_a_token_that_says_nothing_of_its_end(token):
    """Whatever a token is, it is used until it is refused."""
    assert expires_at(token) is None


@pytest.mark.parametrize("end", ["soon", None, [1], {}, 1e300, -1e300, 10**30])
def test_an_end_that_cannot_be_read(words, end):
    """Neither does an `exp` that is no time stop anything."""
    assert expires_at(words.jwt(exp=end)) is None


def test_a_token_is_not_shown():
    """No repr holds a token."""
    assert "made-up" not in repr(Token("made-up-token", NOON))
