"""A token host of OAuth2 on this machine: every grant that Duetrail uses, with rotation."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Callable
from itertools import count
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from attrs import field, frozen, mutable

from duetrail.testing.answers import RESET, Answer
from duetrail.testing.loopback import LoopbackServer, Moves, Request


@frozen
class _Consent:
    """What somebody agreed to in the browser: where to go back to, and the proof to come."""

    redirect_url: str
    challenge: str


@mutable(eq=False)
class TokenServer:
    """A token host on 127.0.0.1, as a context manager.

    Its addresses are `/token`, `/authorize` (agrees at once, and sends the browser back) and
    `/device` (agreed to after `pending` questions).

    Attributes:
        client_id: Who is served.
        client_secret: Its secret; it may come in a header or in the form.
        has_user: Whether tokens are somebody's, so that none is the client's own.
        rotates: Whether each renewal gives a new refresh token.
        grace: How often a refresh token that was replaced is taken once more; while the new one
            has not been used.
        expires_in: Seconds that an access token is said to live; None to say nothing.
        pending: How often a device is told to ask again.
        troubles: What is answered to the next requests for tokens in place of tokens.
        loses: How many of the next answers are made, and lost on their way.
        before: Called with each form, before it is answered.
        asked: The forms that came to `/token`.
        given: Every access token that was given, the newest last.
        valid: The access tokens that still let in.
        refresh_token: The refresh token that works; the first one, for a test to begin with.
    """

    client_id: str = "made-up-client"
    client_secret: str = "made-up-secret-5d1c0a77"
    has_user: bool = False
    rotates: bool = True
    grace: int = 0
    expires_in: object = 3600
    pending: int = 1
    troubles: list[Answer | Moves] = field(factory=list)
    loses: int = 0
    before: Callable[[dict[str, str]], object] = lambda form: None
    asked: list[dict[str, str]] = field(factory=list, init=False)
    given: list[str] = field(factory=list, init=False)
    valid: set[str] = field(factory=set, init=False)
    refresh_token: str = field(default="made-up-refresh-token-0000", init=False)
    _replaced: str = field(default="", init=False)
    _numbers: count[int] = field(factory=lambda: count(1), init=False)
    _consents: dict[str, _Consent] = field(factory=dict, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)
    _server: LoopbackServer = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._server = LoopbackServer(self._respond)

    def __enter__(self) -> TokenServer:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Free the port."""
        self._server.close()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._server.port

    @property
    def url(self) -> str:
        """Where tokens are asked for."""
        return f"{self._server.url}/token"

    def let_go(self) -> None:
        """Have every token that was given so far end now."""
        self.valid.clear()

    def lets_in(self, request: Request) -> bool:
        """Whether a request to the vendor's API has a token that is valid."""
        return request.headers.get("authorization", "").removeprefix("Bearer ") in self.valid

    def _respond(self, request: Request) -> Answer | Moves:
        path = request.path
        if path == "/authorize":
            return self._agree(request)
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if path == "/token":
            self.before(form)
        with self._lock:
            if path == "/device":
                return self._device(form)
            self.asked.append(form)
            if self.troubles:
                return self.troubles.pop(0)
            answer = self._answer(request, form)
            if self.loses > 0:
                self.loses -= 1
                return Moves([RESET])
            return answer

    def _answer(self, request: Request, form: dict[str, str]) -> Answer:
        if not self._is_client(request, form):
            return _refusal("invalid_client", 401)
        grant = form.get("grant_type", "")
        if grant == "client_credentials":
            if self.has_user:
                return _refusal("unauthorized_client")
            return self._give(refresh=False)
        if grant == "refresh_token":
            return self._renew(form.get("refresh_token", ""))
        if grant == "authorization_code":
            return self._exchange(form)
        if grant == "urn:ietf:params:oauth:grant-type:device_code":
            self.pending -= 1
            return self._give() if self.pending < 0 else _refusal("authorization_pending")
        return _refusal("unsupported_grant_type")

    def _renew(self, token: str) -> Answer:
        if token == self._replaced and self.grace > 0:
            self.grace -= 1
        elif token != self.refresh_token:
            return _refusal("invalid_grant")
        return self._give(replaces=token)

    def _give(self, *, refresh: bool = True, replaces: str = "") -> Answer:
        number = next(self._numbers)
        access = f"made-up-access-token-{number:04}"
        self.given.append(access)
        self.valid.add(access)
        facts: dict[str, object] = {"access_token": access, "token_type": "Bearer"}
        if self.expires_in is not None:
            facts["expires_in"] = self.expires_in
        if refresh and (self.rotates or not replaces):
            self._replaced = replaces
            self.refresh_token = f"made-up-refresh-token-{number:04}"
            facts["refresh_token"] = self.refresh_token
        return Answer.of(facts)

    def _is_client(self, request: Request, form: dict[str, str]) -> bool:
        header = request.headers.get("authorization", "")
        if header.startswith("Basic "):
            user, _, password = base64.b64decode(header[6:]).decode().partition(":")
            return (unquote_plus(user), unquote_plus(password)) == (
                self.client_id,
                self.client_secret,
            )
        is_public = form.get("grant_type") not in {"client_credentials", "refresh_token"}
        secret = form.get("client_secret", self.client_secret if is_public else "")
        return (form.get("client_id"), secret) == (self.client_id, self.client_secret)

    # --- where somebody agrees -------------------------------------------------------------------

    def _agree(self, request: Request) -> Answer:
        asked = {name: values[0] for name, values in request.query.items()}
        code = f"made-up-code-{next(self._numbers):04}"
        self._consents[code] = _Consent(asked["redirect_uri"], asked["code_challenge"])
        back = urlencode({"code": code, "state": asked["state"]})
        return Answer(status=302, headers={"Location": f"{asked['redirect_uri']}?{back}"})

    def _exchange(self, form: dict[str, str]) -> Answer:
        consent = self._consents.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if consent != _Consent(form.get("redirect_uri", ""), challenge):
            return _refusal("invalid_grant")
        return self._give()

    def _device(self, form: dict[str, str]) -> Answer:
        if form.get("client_id") != self.client_id:
            return _refusal("invalid_client", 401)
        where = urlsplit(self.url)._replace(path="/agree").geturl()
        return Answer.of(
            {
                "device_code": "made-up-device-code-0001",
                "user_code": "WDJB-MJHT",
                "verification_uri": where,
                "expires_in": 600,
                "interval": 1,
            }
        )


def _refusal(code: str, status: int = 400) -> Answer:
    return Answer.of({"error": code, "error_description": "made-up words"}, status)
