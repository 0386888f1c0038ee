"""Tokens of OAuth2: asked for once, renewed, rotated, and never lost where that can be helped."""

from __future__ import annotations

import json
import logging
import threading
from datetime import UTC, datetime, timedelta

import pytest
from attrs import frozen

from duetrail.errors import ProtocolError, SecretError, Unauthorized, Unavailable
from duetrail.http import OAuth2Auth
from duetrail.http.token_store import Tokens, TokenStore
from duetrail.secrets import Secret, WritableSecret, redact
from duetrail.source import OAuth2, OAuth2ClientOptions, OAuth2UserOptions, option
from duetrail.testing import Answer
from duetrail.testing.token_server import TokenServer

NOW = datetime(2031, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def host():
    with TokenServer() as one:
        yield one


@pytest.fixture
def house(vendor, host):
    """The vendor lets in whoever has a valid token."""
    vendor.answer_of = vendor.answer

    def answer(asked):
        reply = vendor.answer_of(asked)
        return reply if host.lets_in(asked) else type(reply)(401)

    vendor.answer = answer
    return vendor


@frozen
class Kept:
    """Tokens in a file."""

    path: object

    @property
    def secret(self):
        return WritableSecret(f"file:{self.path}")

    @property
    def tokens(self):
        return TokenStore(self.secret).read()

    def write(self, **facts):
        TokenStore(self.secret).write(Tokens(**facts))


@pytest.fixture
def kept(tmp_path, host):
    """A file with the refresh token that works."""
    path = tmp_path / "acme.token"
    path.write_text(host.refresh_token)
    return Kept(path)


@pytest.fixture
def open_with(open_session, house, host):
    """Opens a session with an authentication of its own, as a process would."""

    def open_(tokens=None, *, clock=None, declares=None, **settings):
        more = {} if clock is None else {"clock": clock}
        auth = OAuth2Auth(
            Secret(host.client_id),
            Secret(settings.pop("client_secret", host.client_secret)),
            tokens=tokens,
            **more,
        )
        user = {"authorize_url": "/authorize"} if tokens else {}
        oauth2 = OAuth2(token_url=host.url, **(user | (declares or {})))
        facts = {"auth": lambda options: auth, "oauth2": oauth2}
        return open_session(declares=facts, token_url=host.url, **settings)

    return open_


# --- the client's own tokens ---------------------------------------------------------------------


def test_a_client_gets_a_token_of_its_own(open_with, host, house):
    """Client credentials are exchanged for a token once, and the token is sent to the API."""
    session = open_with()
    session.get("/invoices")
    session.get("/calls")
    assert [one["grant_type"] for one in host.asked] == ["client_credentials"]
    assert {one.headers["authorization"] for one in house.asked} == {f"Bearer {host.given[0]}"}


@pytest.mark.parametrize("way", ["basic", "body"])
def test_a_client_proves_itself_as_declared(open_with, host, way):
    """In a header or in the form, never in both."""
    open_with(declares={"client_auth": way}).get("/invoices")
    assert ("client_secret" in host.asked[0]) == (way == "body")


def test_scopes_and_parameters_are_sent(open_with, host):
    """What the source declares beside goes along."""
    declares = {"scopes": ("read:invoices", "read:calls"), "params": {"audience": "billing"}}
    open_with(declares=declares).get("/invoices")
    assert host.asked[0]["scope"] == "read:invoices read:calls"
    assert host.asked[0]["audience"] == "billing"


def test_a_refused_token_is_asked_for_anew_once(open_with, host):
    """A token that the API refuses is replaced, and the request repeated."""
    session = open_with()
    session.get("/invoices")
    host.valid.clear()
    assert session.get("/invoices").status == 200
    assert len(host.asked) == 2


def test_a_client_that_is_refused_is_told(open_with, host):
    """One line says which connection and what to look at; it is not tried again."""
    session = open_with(client_secret="made-up-wrong-secret")
    for _ in range(2):
        with pytest.raises(Unauthorized, match=r"'acme': 127.0.0.1 does not accept the client"):
            session.get("/invoices")
    assert len(host.asked) == 1


# --- somebody's tokens ---------------------------------------------------------------------------


def test_a_bare_refresh_token_will_do(open_with, host, kept):
    """Somebody may put it there by hand; what comes back replaces it."""
    open_with(kept.secret).get("/invoices")
    assert kept.tokens.refresh_token == host.refresh_token != host.asked[0]["refresh_token"]
    assert kept.tokens.access_token == host.given[-1]


def test_tokens_are_for_their_owner_only(open_with, kept):
    """The file can be read by nobody else, whatever it was before."""
    kept.path.chmod(0o644)
    open_with(kept.secret).get("/invoices")
    assert kept.path.stat().st_mode & 0o777 == 0o600


def test_a_next_run_uses_what_is_kept(open_with, host, kept):
    """While the access token is good nothing is renewed."""
    open_with(kept.secret).get("/invoices")
    open_with(kept.secret).get("/invoices")
    assert len(host.asked) == 1


def test_an_old_refresh_token_stays_where_none_comes(open_with, host, kept):
    """A vendor that does not rotate gives an access token alone."""
    host.rotates = False
    open_with(kept.secret).get("/invoices")
    assert kept.tokens.refresh_token == host.refresh_token


def test_a_token_near_its_end_is_renewed(open_with, host, kept):
    """Ahead of its end, so that no request meets a token that has just ended."""
    kept.write(
        access_token="made-up-old-token-0001",
        refresh_token=host.refresh_token,
        expires_at=NOW + timedelta(seconds=30),
    )
    open_with(kept.secret, clock=lambda: NOW).get("/invoices")
    assert len(host.asked) == 1


@pytest.mark.parametrize("said", [None, 0, -5, "soon", True, []])
def test_an_end_that_makes_no_sense_is_none(open_with, host, kept, said):
    """Such a token serves until it is refused, and is not renewed with each request."""
    host.expires_in = said
    session = open_with(kept.secret)
    session.get("/invoices")
    session.get("/calls")
    assert len(host.asked) == 1
    assert kept.tokens.expires_at is None


def test_an_end_in_words_is_read(open_with, host, kept):
    """Some hosts write the number as text."""
    host.expires_in = "3600"
    open_with(kept.secret).get("/invoices")
    assert kept.tokens.expires_at > datetime.now(UTC)


@pytest.mark.parametrize("days", [-400, 400])
def test_a_wrong_clock_costs_one_renewal(open_with, host, kept, days):
    """However wrong the clock is, requests are let in, and no token is asked for in vain."""
    wrong = datetime.now(UTC) + timedelta(days=days)
    session = open_with(kept.secret, clock=lambda: wrong)
    for _ in range(3):
        session.get("/invoices")
    host.valid.clear()
    assert session.get("/invoices").status == 200
    assert len(host.asked) == 2


def test_no_tokens_yet(open_with, host, tmp_path):
    """It says what to run."""
    with pytest.raises(SecretError, match="has no tokens yet") as told:
        open_with(WritableSecret(f"file:{tmp_path}/none")).get("/invoices")
    assert told.value.hint == "Run `duetrail auth acme`."
    assert host.asked == []


@pytest.mark.parametrize("ended", [True, False])
def test_a_token_that_nothing_renews_stops_the_connection(open_with, house, kept, ended):
    """It came without a refresh token: somebody has to agree anew, and nothing more is asked."""
    end = datetime.now(UTC) - timedelta(hours=1) if ended else None
    kept.write(access_token="made-up-old-token", expires_at=end)
    session = open_with(kept.secret)
    for _ in range(2):
        with pytest.raises(Unauthorized, match=r"no refresh token with it\n.*auth acme"):
            session.get("/invoices")
    assert len(house.asked) == (0 if ended else 1)


def test_a_refused_renewal_says_what_to_run(open_with, kept):
    """One line says which connection, why, and what to run."""
    kept.write(refresh_token="made-up-revoked-token")
    with pytest.raises(Unauthorized, match=r"'acme'.*refuses to give tokens \(invalid_gr") as told:
        open_with(kept.secret).get("/invoices")
    assert told.value.hint == "Run `duetrail auth acme`."
    assert kept.tokens.refresh_token == "made-up-revoked-token"


# --- many at once --------------------------------------------------------------------------------


def test_two_processes_renew_once(open_with, host, kept):
    """Whoever comes second finds what the first one wrote."""
    met = threading.Barrier(2)

    def work():
        session = open_with(kept.secret)
        met.wait()
        session.get("/invoices")

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(host.asked) == 1


def test_a_refused_token_that_was_renewed_elsewhere(open_with, host, kept):
    """After a 401 the reference is read again: another process may have renewed it."""
    first, second = open_with(kept.secret), open_with(kept.secret)
    first.get("/invoices")
    second.get("/invoices")
    host.valid.clear()
    first.get("/invoices")
    second.get("/invoices")
    assert len(host.asked) == 2


# --- what goes wrong -----------------------------------------------------------------------------


def test_a_token_host_that_redirects_is_refused(open_with, host, stranger, kept):
    """Credentials are not carried to where a redirect leads."""
    host.troubles = [Answer(status=307, headers={"Location": stranger.url})]
    with pytest.raises(ProtocolError, match="redirect"):
        open_with(kept.secret).get("/invoices")
    assert stranger.asked == []


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<html>Sign in</html>", "JSON|text/html|answered"),
        (b"[]", "no object"),
        (b"{}", "without an access_token"),
        (b'{"access_token":17}', "without an access_token"),
        (b'{"access_token":"x","token_type":"mac"}', "another type than bearer"),
        (b'{"access_token":"two words","token_type":"bearer"}', "cannot stand in a header"),
    ],
)
def test_an_answer_that_is_no_tokens(open_with, host, kept, body, says):
    """It is one clear error, and the refresh token stays."""
    host.troubles = [Answer(body=body)]
    with pytest.raises(ProtocolError, match=says):
        open_with(kept.secret).get("/invoices")
    assert kept.tokens.refresh_token == host.refresh_token


def test_a_token_host_that_is_down_is_tried_again(open_with, host, kept):
    """A server error passes."""
    host.troubles = [Answer(status=503), Answer(status=503)]
    assert open_with(kept.secret).get("/invoices").status == 200
    assert len(host.asked) == 3


def test_a_token_host_that_is_asked_too_often_is_asked_again(open_with, host, kept, clock):
    """A 429 passes, whatever its body calls it, and says for how long to wait."""
    headers = {"Content-Type": "application/json", "Retry-After": "20"}
    host.troubles = [Answer(status=429, headers=headers, body=b'{"error":"access_denied"}')]
    begin = clock.now
    assert open_with(kept.secret).get("/invoices").status == 200
    assert (len(host.asked), clock.now - begin) == (2, 20)


def test_what_the_api_said_before_is_no_word_of_the_token_host(open_with, house, host, clock):
    """When the API's limit begins anew is not when the token host may be asked again."""
    house.then(headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "200"})
    times = [datetime.now(UTC)]
    session = open_with(clock=lambda: times[-1])
    session.get("/invoices")
    times.append(times[0] + timedelta(hours=2))
    host.troubles = [Answer(status=429)]
    begin = clock.now
    session.get("/invoices")
    assert clock.now - begin == 0.5


def test_an_error_with_a_good_status_is_an_error(open_with, host, kept):
    """Some hosts refuse with status 200."""
    host.troubles = [Answer.of({"error": "bad_refresh_token"})]
    with pytest.raises(Unauthorized, match="bad_refresh_token"):
        open_with(kept.secret).get("/invoices")


def test_a_lost_answer_within_the_grace_of_the_vendor(open_with, host, kept):
    """The answer is lost, the old token still works: nobody has to agree anew."""
    host.grace = 1
    host.loses = 1
    assert open_with(kept.secret).get("/invoices").status == 200
    assert kept.tokens.refresh_token == host.refresh_token


def test_a_lost_answer_without_grace_is_told(open_with, host, kept):
    """The old token is refused: the error says that a new one may have been lost."""
    host.loses = 1
    with pytest.raises(Unavailable):
        open_with(kept.secret, attempts=1).get("/invoices")
    with pytest.raises(Unauthorized, match="was cut off, and the new token may have been lost"):
        open_with(kept.secret).get("/invoices")


# --- what is written -----------------------------------------------------------------------------


def test_what_was_written_beside_the_file_is_taken_over(open_with, host, kept):
    """A process was killed between writing the new tokens and putting them in place."""
    old = kept.path.read_text()
    open_with(kept.secret).get("/invoices")
    draft = kept.path.with_name(f".{kept.path.name}.new")
    kept.path.rename(draft)
    kept.path.write_text(old)
    open_with(kept.secret).get("/invoices")
    assert len(host.asked) == 1
    assert kept.tokens.refresh_token == host.refresh_token
    assert not draft.exists()


def test_half_of_what_was_written_is_not(open_with, host, kept):
    """A draft that breaks off is thrown away: what it would replace is still there."""
    draft = kept.path.with_name(f".{kept.path.name}.new")
    draft.write_text('{"access_token": "half')
    open_with(kept.secret).get("/invoices")
    assert kept.tokens.refresh_token == host.refresh_token


def test_json_that_is_no_tokens(open_with, kept):
    """It is told, and not overwritten."""
    kept.path.write_text('{"refresh_token": 17}')
    with pytest.raises(SecretError, match="no tokens"):
        open_with(kept.secret).get("/invoices")
    assert json.loads(kept.path.read_text()) == {"refresh_token": 17}


def test_tokens_are_seen_nowhere(open_with, host, kept, caplog):
    """Neither logs nor reprs nor errors show a token or the client's secret."""
    caplog.set_level(logging.DEBUG)
    session = open_with(kept.secret)
    session.get("/invoices")
    shown = caplog.text + repr(session) + repr(kept.tokens)
    for secret in (*host.given, host.refresh_token, host.client_secret):
        assert secret not in shown
        assert redact(secret) == "[secret]"


# --- the settings that every such plugin has -----------------------------------------------------


def test_it_is_made_of_the_settings_of_a_client():
    """`OAuth2Auth.of` takes them from the options, whatever else these hold."""

    @frozen
    class Options(OAuth2ClientOptions):
        page_size: int = option("Rows a page.", default=100)

    auth = OAuth2Auth.of(Options(client_id="me", client_secret=Secret("env:SECRET")))
    assert (auth.client.id, auth.client.secret, auth.store) == ("me", Secret("env:SECRET"), None)


def test_it_is_made_of_the_settings_of_somebody(tmp_path):
    """With the place of the tokens, where the options name one."""
    kept = WritableSecret(f"file:{tmp_path}/acme.token")
    auth = OAuth2Auth.of(OAuth2UserOptions(client_id="me", client_secret=Secret("a"), tokens=kept))
    assert auth.store is not None
    assert auth.store.reference == kept.reference
