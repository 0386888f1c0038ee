"""The token host of OAuth2: one form out, one answer of tokens back (RFC 6749, section 5)."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlsplit

from attrs import field, frozen

from duetrail.errors import DuetrailError, FetchError, ProtocolError, Unauthorized
from duetrail.http.address import Address
from duetrail.http.auth import NoAuth
from duetrail.http.body import read
from duetrail.http.faults import by_status, url_without_query
from duetrail.http.masking import masked
from duetrail.secrets import Secret, remember
from duetrail.source import Connection, OAuth2, Page

if TYPE_CHECKING:
    from requests import PreparedRequest
    from requests.auth import AuthBase

# MiB of an answer; tokens are some kilobytes.
_LARGEST = 1.0

# Seconds from a request to its last byte: others wait for the tokens, too.
_LONGEST_ANSWER = 120.0

# Seconds. What is said to be longer is a mistake, and would never be renewed in time.
_LONGEST = 10 * 365 * 86_400

_CODE = re.compile(r"[a-z_]{1,40}")

_OF_DEVICES = frozenset({"authorization_pending", "slow_down"})


@frozen(kw_only=True)
class Client:
    """Who asks: what a vendor gave whoever registered an application there.

    Attributes:
        id: Its name there, or where that is.
        secret: Its secret; None for one that has none, as with PKCE.
    """

    id: Secret | str
    secret: Secret | None = None

    @property
    def id_text(self) -> str:
        """Its name there."""
        return self.id if isinstance(self.id, str) else self.id.resolve()


@frozen(kw_only=True)
class TokenAnswer:
    """What the token host gave.

    Attributes:
        access_token: What requests are let in by.
        refresh_token: What the next tokens are asked for with; empty where there is no new one.
        expires_at: When the access token ends by the clock of this machine; None where the answer
            does not say, or says nothing that makes sense.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_at: datetime | None = None


class GrantRefused(Unauthorized):
    """The token host refuses; `code` is its word for it, such as `invalid_grant`."""


class _BasicClient(NoAuth):
    """A client in a header; its parts are encoded as in a form (RFC 6749, section 2.3.1)."""

    def __init__(self, client: str, secret: str) -> None:
        both = f"{quote_plus(client)}:{quote_plus(secret)}"
        self._value = base64.b64encode(both.encode()).decode()
        remember(self._value, token=True)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Basic {self._value}"
        return request


class TokenHost:
    """The token host of a connection; it gets the client's credentials, and no other host does.

    Args:
        connection: Whose.
        client: Who asks.

    Attributes:
        oauth2: What its source declares.
        token_url: Where tokens are asked for.
        connection: The name of the connection.
    """

    def __init__(self, connection: Connection, client: Client) -> None:
        source = connection.source
        if source.oauth2 is None or connection.token_url is None:
            raise ProtocolError(
                f"plugin {source.name!r} asks for tokens, and declares no token host",
                hint="Its author declares it as Source(oauth2=OAuth2(token_url=...)).",
            )
        self.oauth2: OAuth2 = source.oauth2
        self.token_url = connection.token_url
        self.connection = connection.name
        self._connection = connection
        self._client = client

    def tokens(self, form: Mapping[str, str]) -> TokenAnswer:
        """Ask for tokens.

        Args:
            form: The grant and what belongs to it.

        Raises:
            GrantRefused: It refuses; nothing else helps than what the hint says.
            Unavailable: No answer, or one that may be better next time.
            ProtocolError: A redirect, no JSON, or no tokens in it.
        """
        sent_at = datetime.now(UTC)
        data = self.ask(self.token_url, {**self.oauth2.params, **form})
        return _tokens(data, sent_at, url_without_query(self.token_url))

    def ask(self, url: str, form: Mapping[str, str]) -> dict[str, Any]:
        """Post a form with the client's credentials; for the errors see `tokens`."""
        from requests import Request

        signed, auth = self._signed(form)
        headers = {"Accept": "application/json"}
        request = Request("POST", url, headers=headers, data=signed, auth=auth)
        page = self._send(request, Address.of(url, self._connection.name, "token_url"))
        _remember_all(page.data)
        if error := self._error(page):
            raise error
        if not isinstance(page.data, dict):
            raise ProtocolError(f"{url_without_query(url)} answered JSON that is no object")
        return page.data

    def _send(self, request: Any, address: Address) -> Page:
        # Loaded late, as in `duetrail.http.session`.
        from duetrail.http.network import Network

        one = self._connection
        longest = min(one.max_time, _LONGEST_ANSWER)
        with closing(Network(address, NoAuth(), one.timeout, _LARGEST, longest)) as network:
            answer = network.send(request)
        try:
            return read(answer, frozenset(), keep_tokens=True)
        except FetchError as error:
            error.hint = f"Check the token_url of connection {one.name!r}."
            raise

    def _signed(self, form: Mapping[str, str]) -> tuple[dict[str, str], AuthBase]:
        """The form and what goes with it; the client's credentials are in one of them."""
        client = self._client.id_text
        secret = self._client.secret.resolve() if self._client.secret else ""
        if secret:
            remember(secret, token=True)
        if secret and self.oauth2.client_auth == "basic":
            return dict(form), _BasicClient(client, secret)
        own = {"client_id": client} | ({"client_secret": secret} if secret else {})
        return {**form, **own}, NoAuth()

    def _error(self, page: Page) -> DuetrailError | None:
        """What an answer refuses; some hosts do that with status 200."""
        code = _code(page)
        if page.status < 400 and not code:
            return by_status(page)
        host = urlsplit(page.url).hostname
        name = self._connection.name
        if code == "invalid_client" or (page.status == 401 and not code):
            return GrantRefused(
                f"connection {name!r}: {host} does not accept the client ({code or page.status})",
                hint="Check the client's id and secret, which the vendor shows where the "
                "application is registered.",
                status=page.status,
                code=code,
            )
        if code and not _passes(page.status, code):
            what = "Check the client's id, its secret, and what it may do at the vendor."
            return GrantRefused(
                f"connection {name!r}: {host} refuses to give tokens ({code})",
                hint=f"Run `duetrail auth {name}`." if self.oauth2.has_user else what,
                status=page.status,
                code=code,
            )
        return by_status(masked(page), connection=name)


def _passes(status: int, code: str) -> bool:
    """Whether an error may be gone next time; a 429 may have any word in its body.

    Only a device that asks too often is told so by the word itself (RFC 8628, section 3.5).
    """
    return status >= 500 or (status in {408, 429} and code not in _OF_DEVICES)


def _code(page: Page) -> str:
    word = page.data.get("error") if isinstance(page.data, dict) else None
    return word if isinstance(word, str) and _CODE.fullmatch(word) else ""


def _tokens(data: Mapping[str, Any], sent_at: datetime, url: str) -> TokenAnswer:
    access, refresh = data.get("access_token"), data.get("refresh_token") or ""
    if not isinstance(access, str) or not access or not isinstance(refresh, str):
        raise ProtocolError(f"{url} answered without an access_token")
    if not (access.isascii() and access.isprintable() and " " not in access):
        raise ProtocolError(f"{url} gave a token that cannot stand in a header")
    kind = data.get("token_type", "bearer")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise ProtocolError(f"{url} gave a token of another type than bearer")
    return TokenAnswer(
        access_token=access,
        refresh_token=refresh,
        expires_at=_end(data.get("expires_in"), sent_at),
    )


def _end(seconds: Any, sent_at: datetime) -> datetime | None:
    """When a token ends, counted from when it was asked for: the answer says no time of day."""
    text = str(seconds) if not isinstance(seconds, bool) else ""
    if not re.fullmatch(r"[0-9]{1,12}(\.0*)?", text):
        return None
    number = min(float(text), _LONGEST)
    return sent_at + timedelta(seconds=number) if number > 0 else None


def _remember_all(data: Any) -> None:
    """Keep what an answer holds out of logs and messages before anything else is done with it."""
    if isinstance(data, dict):
        for key in ("access_token", "refresh_token", "id_token", "device_code"):
            if isinstance(value := data.get(key), str):
                remember(value, token=True)
