"""Consent: somebody agrees, in a browser or on another device, and the first tokens come.

In a browser: the authorization code grant with PKCE (RFC 7636) and a redirect to a port of this
machine (RFC 8252). On another device: RFC 8628. Both end with tokens in the connection's secret.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from time import monotonic, sleep
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from attrs import frozen

from duetrail.errors import (
    ConfigError,
    PluginError,
    ProtocolError,
    Unauthorized,
    Unavailable,
    UsageError,
)
from duetrail.http.address import Address, is_loopback
from duetrail.http.oauth2 import OAuth2Auth, renewed
from duetrail.http.token_host import GrantRefused, TokenHost
from duetrail.http.token_store import Tokens, new_consent
from duetrail.secrets import remember
from duetrail.source import Connection

# Seconds in which somebody has to agree.
_PATIENCE = 300.0

# Seconds between looks at the clock while a browser is waited for.
_LOOK = 0.2

# Seconds that a connection may say nothing: browsers open some ahead that they never use, and while
# one is listened to, the answer waits in another. A browser that is closed off asks once more.
_SILENCE = 0.5

# Seconds between two questions of a device, where the host does not say; and what is added to them
# when it says that they come too soon, or does not answer (RFC 8628, section 3.5).
_INTERVAL = 5.0
_SLOWER = 5.0
_LONGEST_INTERVAL = 60.0

_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"

_PAGE = b"<!doctype html><title>Duetrail</title><p>Done here: go back to the terminal.</p>"
_OTHER = b"<!doctype html><title>Duetrail</title><p>This is not the answer that is waited for.</p>"


@frozen(kw_only=True)
class Prompt:
    """How somebody is asked.

    Attributes:
        show: Is given the address to open; and the code to type in there, or an empty text.
        open_browser: Opens an address in a browser; None where it is only shown.
        ask_address: Asks for the address that the browser ends at, where the vendor sends it to one
            with https, at which nobody listens; None where nobody can be asked.
        patience: Seconds after which nobody is waited for any longer.
    """

    show: Callable[[str, str], object]
    open_browser: Callable[[str], object] | None = None
    ask_address: Callable[[], str] | None = None
    patience: float = _PATIENCE


@frozen(kw_only=True)
class Consent:
    """What came of somebody's consent.

    Attributes:
        connection: The connection.
        tokens: The reference to where its tokens are.
        expires_at: When the access token ends; None where that was not said.
        is_renewable: Whether a refresh token came with it.
    """

    connection: str
    tokens: str
    expires_at: datetime | None
    is_renewable: bool


def authorize(
    connection: Connection, prompt: Prompt, *, by_device: bool = False, port: int | None = None
) -> Consent:
    """Have somebody agree, and keep the tokens that come of it.

    Args:
        connection: For which.
        prompt: How somebody is asked.
        by_device: Whether on another device, although there might be a browser here.
        port: The port of this machine the browser is sent back to; None for the declared one.

    Raises:
        UsageError: There is nothing to agree to, or not so.
        Unauthorized: Nobody agreed.
        FetchError: The token host gave no tokens.
        SecretError: The tokens cannot be written.
    """
    auth = connection.source.auth(connection.options)
    oauth2 = connection.source.oauth2
    auth = getattr(auth, "login", auth)
    if oauth2 is None or not isinstance(auth, OAuth2Auth) or auth.store is None:
        raise UsageError(
            f"connection {connection.name!r} has nothing to agree to: its credentials are set in "
            "the configuration"
        )
    host = TokenHost(connection, auth.client)
    if by_device or oauth2.authorize_url is None:
        granted = _by_device(host, auth, prompt)
    else:
        granted = _by_browser(host, auth, prompt, port)
    with auth.store.locked():
        auth.store.write(granted)
    return Consent(
        connection=connection.name,
        tokens=auth.store.reference,
        expires_at=granted.expires_at,
        is_renewable=bool(granted.refresh_token),
    )


def _granted(host: TokenHost, form: Mapping[str, str]) -> Tokens:
    return renewed(Tokens(consent=new_consent()), host.tokens(form))


# --- in a browser --------------------------------------------------------------------------------


def _by_browser(host: TokenHost, auth: OAuth2Auth, prompt: Prompt, port: int | None) -> Tokens:
    oauth2 = host.oauth2
    verifier, state = secrets.token_urlsafe(64), secrets.token_urlsafe(24)
    with _waiting(oauth2.redirect_url, port, state, prompt) as listener:
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            **oauth2.params,
            "response_type": "code",
            "client_id": auth.client.id_text,
            "redirect_uri": listener.url,
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        if oauth2.scopes:
            query["scope"] = " ".join(oauth2.scopes)
        address = _address(host, "authorize_url")
        url = f"{address}?{urlencode(query)}"
        prompt.show(url, "")
        if prompt.open_browser is not None:
            prompt.open_browser(url)
        code = listener.code(prompt.patience)
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
    return _granted(host, {**form, "redirect_uri": listener.url})


def _waiting(
    redirect_url: str, port: int | None, state: str, prompt: Prompt
) -> _Listener | _Pasted:
    if urlsplit(redirect_url).scheme == "https" and prompt.ask_address is not None:
        return _Pasted(redirect_url, state, prompt.ask_address)
    return _Listener(redirect_url, port, state)


class _Pasted:
    """Has somebody bring the address that the browser ends at, whatever it shows there."""

    def __init__(self, url: str, state: str, ask: Callable[[], str]) -> None:
        self.url, self._state, self._ask = url, state, ask

    def __enter__(self) -> _Pasted:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing was opened."""

    def code(self, patience: float) -> str:
        """The code in the address."""
        try:
            found = _answer_in(urlsplit(self._ask().strip()).query)
            is_answer = _is_state(found, self._state)
        except ValueError:  # no address at all, such as https://[
            is_answer = False
        if not is_answer:
            raise Unauthorized(
                "the address is not the answer to what was asked just now",
                hint="Run it again, open the address it prints, and paste the whole address that "
                "the browser shows at the end.",
            )
        return _code_of(found)


class _Listener(HTTPServer):
    """Waits on this machine for the browser to come back."""

    def __init__(self, redirect_url: str, port: int | None, state: str) -> None:
        parts = urlsplit(redirect_url)
        if parts.scheme != "http" or not is_loopback(parts.hostname or ""):
            raise PluginError(
                "the redirect_url that the source declares is not on this machine",
                hint="Nobody else can tell this process what somebody agreed to: declare one such "
                "as http://127.0.0.1:8484/callback, or one with https, whose address is pasted.",
            )
        wanted = (parts.port or 0) if port is None else port
        try:
            super().__init__(("127.0.0.1", wanted), _Handler)
        except OSError as error:
            raise ConfigError(
                f"port {wanted} of this machine cannot be listened on: {error.strerror}",
                hint="Give another one with --port, if the vendor allows it.",
            ) from None
        self.timeout = _LOOK
        self.state = state
        self.path = parts.path or "/"
        self.url = f"http://{parts.hostname}:{self.server_address[1]}{self.path}"
        self.answer: dict[str, str] = {}

    def code(self, patience: float) -> str:
        """The code that the browser brings."""
        until = monotonic() + patience
        while not self.answer:
            if monotonic() > until:
                raise Unauthorized(
                    f"nobody agreed within {patience:g} s",
                    hint="Run it again, and open the address it prints.",
                )
            self.handle_request()
        return _code_of(self.answer)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a browser that goes away is waited for all the same."""


class _Handler(BaseHTTPRequestHandler):
    server: _Listener
    timeout = _SILENCE

    def do_GET(self) -> None:
        """Take the answer, if it is the one to the question that was asked."""
        target = urlsplit(self.path)
        found = _answer_in(target.query)
        is_ours = target.path == self.server.path and _is_state(found, self.server.state)
        if is_ours:
            self.server.answer = found  # before the browser is told: it may be gone already
        body = _PAGE if is_ours else _OTHER
        self.send_response(200 if is_ours else 400)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Referrer-Policy", "no-referrer")  # the address holds the code
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the address holds the code."""


def _answer_in(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}


def _is_state(answer: Mapping[str, str], state: str) -> bool:
    """Whether an answer is the one to the question that was asked."""
    return secrets.compare_digest(answer.get("state", "").encode(), state.encode())


def _code_of(answer: Mapping[str, str]) -> str:
    code = answer.get("code", "")
    if not code:
        raise _not_agreed(answer.get("error", ""))
    remember(code, token=True)
    return code


# --- on another device ---------------------------------------------------------------------------


def _by_device(host: TokenHost, auth: OAuth2Auth, prompt: Prompt) -> Tokens:
    if host.oauth2.device_url is None:
        raise UsageError(
            "this vendor offers no code for another device", hint="Leave out --device."
        )
    form = {"client_id": auth.client.id_text}
    if host.oauth2.scopes:
        form["scope"] = " ".join(host.oauth2.scopes)
    given = host.ask(_address(host, "device_url"), {**host.oauth2.params, **form})
    code, word, place = (given.get(k) for k in ("device_code", "user_code", "verification_uri"))
    place = place or given.get("verification_url")  # what Google calls it
    if not (isinstance(code, str) and isinstance(word, str) and isinstance(place, str)):
        raise ProtocolError("the token host gave no code for another device")
    prompt.show(place, word)
    seconds, left = _number(given.get("interval"), _INTERVAL), prompt.patience
    down: Unavailable | None = None
    while left > 0:
        sleep(seconds)
        left -= seconds
        try:
            return _granted(host, {"grant_type": _DEVICE_GRANT, "device_code": code, **form})
        except GrantRefused as error:
            if error.code not in {"authorization_pending", "slow_down"}:
                raise _not_agreed(error.code or "") from None
            seconds += _SLOWER if error.code == "slow_down" else 0.0
            down = None
        except Unavailable as error:  # may be over before the code has expired
            seconds += _SLOWER
            down = error
    raise down or _not_agreed("")


def _number(value: Any, default: float) -> float:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return float(min(max(value, 1), _LONGEST_INTERVAL)) if is_number else default


def _address(host: TokenHost, of: str) -> str:
    """An address of the token host that may be opened; checked as those that get credentials."""
    url = host.oauth2.address(of, host.token_url) or ""
    Address.of(url, host.connection, of)
    return url


def _not_agreed(code: str) -> Unauthorized:
    known = {"access_denied": "it was declined", "expired_token": "the code has expired"}
    return Unauthorized(
        f"nobody agreed: {known.get(code, 'no answer came in time' if not code else code[:40])}",
        hint="Run it again when somebody can agree who may.",
    )
