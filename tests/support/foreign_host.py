"""A token host that nobody here wrote: the server side of oauthlib, behind a server of the kit."""

from __future__ import annotations

import base64
import os
from typing import Any
from urllib.parse import unquote_plus

from attrs import define, field, frozen
from oauthlib.oauth2 import BackendApplicationServer, RequestValidator, WebApplicationServer

from duetrail.testing import Answer, LoopbackServer, Request

# Signs that RFC 6749, section 2.3.1, has encoded before they are joined by a colon.
CLIENT, SECRET = "made up:client", "made-up secret/+&:é"

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # else it refuses plain http, on loopback, too


@frozen
class _Client:
    client_id: str = CLIENT


@define(eq=False)
class Validator(RequestValidator):
    """What oauthlib asks of whoever keeps clients, codes and tokens; rotates, without grace.

    Attributes:
        access: The access tokens that let in.
        refresh: The refresh tokens that work.
    """

    access: set[str] = field(factory=set)
    refresh: set[str] = field(factory=set)
    _codes: dict[str, tuple[str, str, str]] = field(factory=dict)

    def authenticate_client(self, request: Any, *args: Any, **more: Any) -> bool:
        header = request.headers.get("authorization", "")
        given = (request.client_id, request.client_secret)
        if header.startswith("Basic "):
            user, _, password = base64.b64decode(header[6:]).decode().partition(":")
            given = (unquote_plus(user), unquote_plus(password))
        request.client = _Client()
        return given == (CLIENT, SECRET)

    def client_authentication_required(self, *args: Any, **more: Any) -> bool:
        return True

    def validate_client_id(self, client_id: str, request: Any, *args: Any, **more: Any) -> bool:
        request.client = _Client()
        return client_id == CLIENT

    def validate_redirect_uri(self, client_id: str, uri: str, *args: Any, **more: Any) -> bool:
        return uri.startswith("http://127.0.0.1:")

    def validate_scopes(self, client_id: str, scopes: Any, *args: Any, **more: Any) -> bool:
        return set(scopes) <= {"bills"}

    def get_default_scopes(self, *args: Any, **more: Any) -> list[str]:
        return ["bills"]

    get_original_scopes = get_default_scopes

    def validate_response_type(self, *args: Any, **more: Any) -> bool:
        return True

    validate_grant_type = is_pkce_required = rotate_refresh_token = validate_response_type

    def save_authorization_code(self, client_id: str, code: Any, request: Any, *a: Any) -> None:
        facts = (request.code_challenge, request.code_challenge_method, request.redirect_uri)
        self._codes[code["code"]] = facts

    def validate_code(self, client_id: str, code: str, client: Any, request: Any) -> bool:
        request.user, request.scopes = "somebody", ["bills"]
        return code in self._codes

    def get_code_challenge(self, code: str, request: Any) -> str:
        return self._codes[code][0]

    def get_code_challenge_method(self, code: str, request: Any) -> str:
        return self._codes[code][1]

    def confirm_redirect_uri(self, client_id: str, code: str, uri: str, *a: Any, **m: Any) -> bool:
        return self._codes[code][2] == uri

    def invalidate_authorization_code(self, client_id: str, code: str, *args: Any) -> None:
        del self._codes[code]

    def save_bearer_token(self, token: Any, request: Any, *args: Any, **more: Any) -> None:
        self.access.add(token["access_token"])
        if "refresh_token" in token:
            self.refresh = {token["refresh_token"]}

    def validate_refresh_token(self, token: str, client: Any, request: Any, *a: Any) -> bool:
        request.user = "somebody"
        return token in self.refresh


class ForeignHost(LoopbackServer):
    """Serves `/authorize` and `/token` by oauthlib, and anything else to whoever has a token.

    Attributes:
        validator: What it knows.
        grants: The forms that came, by their grants.
    """

    def __init__(self) -> None:
        self.validator = Validator()
        self.grants: list[str] = []
        self._web = WebApplicationServer(self.validator)
        self._own = BackendApplicationServer(self.validator)
        super().__init__(self._answer)

    def _answer(self, request: Request) -> Answer:
        url, headers = f"{self.url}{request.target}", dict(request.headers)
        if request.path == "/authorize":
            scopes, facts = self._web.validate_authorization_request(url, "GET", None, headers)
            facts.pop("request")
            sent = self._web.create_authorization_response(url, "GET", None, headers, scopes, facts)
        elif request.path == "/token":
            body = request.body.decode()
            self.grants.append(body.partition("grant_type=")[2].partition("&")[0])
            server = self._own if self.grants[-1] == "client_credentials" else self._web
            sent = server.create_token_response(url, "POST", body, headers)
        else:
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
            return Answer.of({}, 200 if token in self.validator.access else 401)
        return Answer(status=sent[2], headers=sent[0], body=(sent[1] or "").encode())
