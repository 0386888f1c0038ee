"""`duetrail auth` has somebody agree, and a sync uses and renews what came of it."""

from __future__ import annotations

import json
import socket
import struct
import threading
import urllib.error
import urllib.parse
import urllib.request
import webbrowser
from functools import partial

import click
import pytest

from duetrail.http.consent import Prompt
from duetrail.http.token_store import TokenStore
from duetrail.recording import record, replay
from duetrail.secrets import WritableSecret
from duetrail.testing import Answer, LoopbackServer
from duetrail.testing.token_server import TokenServer

BILLS = {"bills": [{"id": "b1", "currency": "USD", "total_cents": 1250}], "next": None}


@pytest.fixture
def host():
    with TokenServer() as one:
        yield one


@pytest.fixture
def api(host):
    """The vendor's API, which lets in whoever has a valid token."""

    def respond(request):
        return Answer.of(BILLS) if host.lets_in(request) else Answer.of({"error": "token"}, 401)

    with LoopbackServer(respond) as one:
        yield one


@pytest.fixture
def acme_by_consent(acme):
    """The plugin of the contract's page, let in by OAuth2."""
    changes = {
        '    token: Secret = option("The API key.")': (
            '    client_id: str = option("The client.")\n'
            '    client_secret: Secret = option("Its secret.")\n'
            '    tokens: WritableSecret = option("Where the tokens are kept.")'
        ),
        "from duetrail.http import BearerAuth": "from duetrail.http import OAuth2Auth",
        "import Secret\n": "import Secret, WritableSecret\n",
        "import Connection, Item,": "import Connection, Item, OAuth2,",
        "auth=lambda options: BearerAuth(options.token),": (
            "auth=lambda o: OAuth2Auth(o.client_id, o.client_secret, tokens=o.tokens),\n"
            '            oauth2=OAuth2(authorize_url="authorize", device_url="device",'
            ' token_url="https://id.acme.example/token", scopes=("bills",)),'
        ),
    }
    for old, new in changes.items():
        assert acme.count(old) == 1
        acme = acme.replace(old, new)
    return acme


@pytest.fixture
def config(site, acme_by_consent, api, host, tmp_path):
    site.install("acme", acme_by_consent)
    file = tmp_path / "duetrail.toml"
    lines = {
        "base_url": api.url,
        "token_url": host.url,
        "client_id": host.client_id,
        "client_secret": host.client_secret,
        "tokens": "file:acme.token",
    }
    text = "\n".join(f"{key} = {json.dumps(value)}" for key, value in lines.items())
    file.write_text(f"[connections.acme]\n{text}\n")
    return file


@pytest.fixture
def unused_port():
    """A port of 127.0.0.1 at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def tokens(config):
    return TokenStore(WritableSecret("file:acme.token", config.parent))


@pytest.fixture
def opened(monkeypatch):
    """A browser that opens what it is given in a thread of its own."""
    addresses = []

    def open_(url):
        addresses.append(url)
        threading.Thread(target=urllib.request.urlopen, args=(url,)).start()

    monkeypatch.setattr(webbrowser, "open", open_)
    return addresses


def test_somebody_agrees_in_a_browser(run, config, tokens, host, opened):
    """The code comes back to this machine, is exchanged with its proof, and tokens are kept."""
    done = run("--config", config, "auth", "acme")
    assert (done.code, "The tokens of acme are in file:acme.token." in done.out) == (0, True)
    assert opened[0] in done.err
    assert tokens.read().refresh_token == host.refresh_token
    form = host.asked[0]
    assert form["grant_type"] == "authorization_code"
    assert form["redirect_uri"].startswith("http://127.0.0.1:")
    assert form["code_verifier"] not in opened[0]


def test_what_is_asked_for_stands_in_the_address(run, config, opened):
    """Scopes, state and challenge go to the browser; no secret does."""
    run("--config", config, "auth", "acme")
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(opened[0]).query)
    assert query["scope"] == ["bills"]
    assert query["code_challenge_method"] == ["S256"]
    assert len(query["state"][0]) >= 32
    assert "secret" not in opened[0]


def test_an_answer_to_another_question_is_not_taken(run, config, host, monkeypatch):
    """Without the state that was sent, an answer is refused, and the right one still taken."""
    refused = []

    def browse(url):
        back = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["redirect_uri"][0]
        try:
            urllib.request.urlopen(f"{back}?code=made-up-code-of-others&state=made-up")
        except urllib.error.HTTPError as error:
            refused.append(error.code)
            error.close()
        urllib.request.urlopen(url).close()

    def open_(url):
        threading.Thread(target=browse, args=(url,)).start()

    monkeypatch.setattr(webbrowser, "open", open_)
    assert run("--config", config, "auth", "acme").code == 0
    assert refused == [400]
    assert len(host.asked) == 1


def _place_of(url):
    """Where a browser is sent back to: host and port."""
    back = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["redirect_uri"][0]
    return "127.0.0.1", urllib.parse.urlsplit(back).port


def test_a_browser_that_connects_ahead_and_says_nothing_keeps_nobody_waiting(
    run, config, host, monkeypatch
):
    """Chrome opens connections that it may never use: the answer comes over another one."""
    ahead, closed = [], threading.Event()

    def close():
        ahead[0].close()
        closed.set()

    def open_(url):
        ahead.append(socket.create_connection(_place_of(url)))
        threading.Thread(target=urllib.request.urlopen, args=(url,)).start()
        late.start()

    late = threading.Timer(5, close)
    monkeypatch.setattr(webbrowser, "open", open_)
    assert run("--config", config, "auth", "acme").code == 0
    assert (len(host.asked), closed.is_set()) == (1, False)
    late.cancel()
    close()


def test_a_browser_that_goes_away_is_no_error(run, config, host, monkeypatch):
    """A connection that it resets says nothing, and the answer may come over another one."""

    def open_(url):
        with socket.create_connection(_place_of(url)) as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        threading.Thread(target=urllib.request.urlopen, args=(url,)).start()

    monkeypatch.setattr(webbrowser, "open", open_)
    done = run("--config", config, "auth", "acme")
    assert (done.code, len(host.asked), "Traceback" in done.err) == (0, 1, False)


def test_somebody_declines(run, config, monkeypatch):
    """One line says so, and nothing is kept."""

    def open_(url):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)
        back = f"{query['redirect_uri'][0]}?error=access_denied&state={query['state'][0]}"
        threading.Thread(target=urllib.request.urlopen, args=(back,)).start()

    monkeypatch.setattr(webbrowser, "open", open_)
    done = run("--config", config, "auth", "acme")
    assert (done.code, "nobody agreed: it was declined" in done.err) == (1, True)
    assert not (config.parent / "acme.token").exists()


def test_somebody_agrees_on_another_device(run, config, tokens, host, monkeypatch):
    """The code is shown, and it is asked again until somebody has agreed."""
    waits = []
    monkeypatch.setattr("duetrail.http.consent.sleep", waits.append)
    host.pending = 2
    done = run("--config", config, "auth", "acme", "--device", "--json")
    assert done.code == 0
    assert "WDJB-MJHT" in done.err
    assert json.loads(done.out)["is_renewable"] is True
    assert tokens.read().refresh_token == host.refresh_token
    assert (len(host.asked), waits) == (3, [1.0, 1.0, 1.0])


def test_a_token_host_that_is_down_for_a_moment_ends_no_consent(run, config, host, monkeypatch):
    """A device asks less often then (RFC 8628, section 3.5), and nobody has to begin anew."""
    waits = []
    monkeypatch.setattr("duetrail.http.consent.sleep", waits.append)
    host.pending = 0
    host.troubles = [Answer(status=503), Answer(status=429)]
    assert run("--config", config, "auth", "acme", "--device").code == 0
    assert waits == [1.0, 6.0, 11.0]


def test_a_token_host_that_stays_down_is_told(run, config, host, monkeypatch):
    """Nobody declined: it is the token host that does not answer."""
    monkeypatch.setattr("duetrail.http.consent.sleep", lambda seconds: None)
    host.troubles = [Answer(status=503)] * 99
    done = run("--config", config, "auth", "acme", "--device")
    assert (done.code, "/token answered 503" in done.err) == (1, True)
    assert 1 < len(host.asked) < 99


def test_before_somebody_agreed_nothing_is_asked(run, config, host):
    """A sync says in one line which connection has no tokens, and what to run."""
    done = run("--config", config, "sync", "acme")
    assert done.code == 2
    assert "connection 'acme' has no tokens yet" in done.err
    assert "Run `duetrail auth acme`." in done.err
    assert host.asked == []


def test_a_sync_renews_and_the_account_stays_the_same(run, config, host, opened):
    """Renewed tokens are no new credential, so nothing has to prove itself again."""
    run("--config", config, "auth", "acme")
    for _ in range(3):
        host.valid.clear()
        assert run("--config", config, "sync", "acme").code == 0
    assert [one["grant_type"] for one in host.asked[1:]] == ["refresh_token"] * 3


def test_a_new_consent_is_a_new_credential(run, config, host, api, opened):
    """Whoever agrees anew may have chosen another account: its data are not mixed."""
    run("--config", config, "auth", "acme")
    run("--config", config, "sync", "acme")
    run("--config", config, "auth", "acme")
    BILLS["bills"][0]["id"] = "of-another-account"
    try:
        done = run("--config", config, "sync", "acme")
    finally:
        BILLS["bills"][0]["id"] = "b1"
    assert done.code == 1
    assert "seems to belong to another account" in " ".join(done.err.split())


def test_a_refused_renewal_says_what_to_run(run, config, host, tokens, opened):
    """One clear line: which connection, and what next; the exit code is 1."""
    run("--config", config, "auth", "acme")
    host.refresh_token = "made-up-token-of-others"
    host.valid.clear()
    done = run("--config", config, "sync", "acme")
    assert done.code == 1
    assert "connection 'acme': 127.0.0.1 refuses to give tokens (invalid_grant)" in done.err
    assert "Run `duetrail auth acme`." in done.err


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('tokens = "env:TOKENS"', "tokens must be a secret that can be written"),
        ('tokens = "made-up-plain-token"', "tokens must be a secret that can be written"),
        ('token_url = "http://id.acme.example/t"', "is plain http"),
        ('token_url = "https://id.acme.example/t"', "client_secret holds the secret itself"),
    ],
)
def test_a_wrong_setting_is_told(run, config, line, says):
    """Before anybody is asked."""
    key = line.partition(" ")[0]
    lines = [one for one in config.read_text().splitlines() if not one.startswith(f"{key} ")]
    config.write_text("\n".join([*lines, line, ""]))
    done = run("--config", config, "check", "acme")
    assert (done.code, says in " ".join(done.err.split())) == (2, True)


def test_a_connection_without_oauth2_has_nothing_to_agree_to(run, site, acme, tmp_path):
    """It says so."""
    site.install("acme", acme)
    file = tmp_path / "duetrail.toml"
    file.write_text('[connections.acme]\ntoken = "env:ACME_TOKEN"\n')
    done = run("--config", file, "auth", "acme")
    assert done.code == 2
    assert "has nothing to agree to" in done.err


def test_a_cassette_has_nothing_of_the_token_host(run, config, host, api, opened):
    """It is replayed without tokens, and no token and no form is on it."""
    run("--config", config, "auth", "acme")
    asked = len(host.asked)
    cassette = config.parent / "acme.yaml"
    record("acme", cassette, config=config)
    text = cassette.read_text()
    assert "/token" not in text.replace(f"token_url: {host.url}", "")
    assert not any(one in text for one in (*host.given, host.refresh_token, host.client_secret))
    assert replay(cassette).records == {"invoices": 1}
    assert len(host.asked) == asked


def test_what_comes_after_a_new_connection(run, config, tmp_path):
    """Somebody has to agree first, and `init` says so."""
    words = ["--plugin", "acme", "--name", "other"]
    for key, value in {"client_id": "c", "client_secret": "env:S", "tokens": "file:t"}.items():
        words += ["--set", f"{key}={value}"]
    done = run("--config", tmp_path / "new.toml", "init", *words)
    assert (done.code, "Next: duetrail auth other" in done.out) == (0, True)


def test_a_port_that_is_taken_is_told(run, config, host):
    """With what to do."""
    done = run("--config", config, "auth", "acme", "--port", host.port)
    assert (done.code, f"port {host.port} of this machine" in done.err) == (2, True)
    assert "--port" in done.err


def test_the_port_that_the_vendor_knows(run, config, host, opened, unused_port):
    """The browser comes back to the port that was named."""
    assert run("--config", config, "auth", "acme", "--port", unused_port).code == 0
    assert f"127.0.0.1:{unused_port}/" in host.asked[0]["redirect_uri"]


def test_no_browser_is_opened(run, config, host, monkeypatch, opened):
    """The address is printed, and whoever opens it agrees."""
    monkeypatch.setattr("duetrail.http.consent.Prompt", partial(Prompt, patience=0.0))
    done = run("--config", config, "auth", "acme", "--no-browser")
    assert (done.code, "nobody agreed within 0 s" in done.err, opened) == (1, True, [])
    assert f"{host.url.removesuffix('token')}authorize?" in done.err


def test_a_redirect_to_elsewhere_is_the_plugins_mistake(run, config, site, acme_by_consent):
    """Only this machine can take the answer."""
    elsewhere = 'OAuth2(redirect_url="http://acme.example/back", '
    site.install("acme", acme_by_consent.replace("oauth2=OAuth2(", f"oauth2={elsewhere}"))
    done = run("--config", config, "auth", "acme")
    assert (done.code, "is not on this machine" in done.err) == (1, True)


class _Stay(urllib.request.HTTPRedirectHandler):
    """Goes nowhere: a browser that cannot open what it is sent to, and shows its address."""

    def redirect_request(self, *_):
        return None


@pytest.fixture
def shown(monkeypatch, site, acme_by_consent):
    """The vendor sends the browser to an address with https; what the browser shows then."""
    to_https = 'OAuth2(redirect_url="https://localhost/callback", '
    site.install("acme", acme_by_consent.replace("oauth2=OAuth2(", f"oauth2={to_https}"))
    addresses = []

    def browse(url):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.build_opener(_Stay).open(url)
        addresses.append(caught.value.headers["Location"])
        caught.value.close()

    monkeypatch.setattr(webbrowser, "open", browse)
    return addresses


def test_the_address_is_pasted_where_a_vendor_redirects_to_https(
    run, config, tokens, host, shown, monkeypatch
):
    """Nobody listens there; the code in the address is exchanged all the same."""
    monkeypatch.setattr(click, "prompt", lambda *_, **how: f" {shown[0]}\n")
    done = run("--config", config, "auth", "acme")
    assert done.code == 0
    assert host.asked[0]["redirect_uri"] == "https://localhost/callback"
    assert shown[0].startswith("https://localhost/callback?")
    assert tokens.read().refresh_token == host.refresh_token
    assert host.asked[0]["code"] not in done.out + done.err


@pytest.mark.parametrize(
    ("pasted", "told"),
    [
        ("", "is not the answer"),
        ("https://localhost/callback?code=made-up-code-7", "is not the answer"),
        ("https://localhost/callback?code=made-up-code-7&state=made-up", "is not the answer"),
        ("https://[made-up-code-7", "is not the answer"),
        ("https://localhost/callback?code=made-up-code-7&state=\ud800", "is not the answer"),
    ],
)
def test_another_address_is_not_taken(run, config, host, shown, monkeypatch, pasted, told):
    """It may be that of somebody else."""
    monkeypatch.setattr(click, "prompt", lambda *_, **how: pasted)
    done = run("--config", config, "auth", "acme")
    assert (done.code, told in done.err, host.asked) == (1, True, [])
    assert "made-up-code-7" not in done.out + done.err
