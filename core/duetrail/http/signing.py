"""Authentication by signature: a secret that is never sent signs each request."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from secrets import token_hex
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from attrs import field, frozen

from duetrail.http.auth import KeyAuth
from duetrail.secrets import Secret, remember

if TYPE_CHECKING:
    from requests import PreparedRequest


@frozen(kw_only=True)
class Signing:
    """A request that is about to be signed.

    Attributes:
        method: Its method.
        path: Its path, as it is sent.
        query: Its query, as it is sent; empty where it has none.
        host: The host, with the port where it is not the usual one.
        body: Its body.
        now: When it is signed.
        nonce: 32 hexadecimal digits that are never used again.
        key: The secret, which `sign` uses and nothing shows.
    """

    method: str
    path: str
    query: str
    host: str
    body: bytes
    now: datetime
    nonce: str
    _key: bytes = field(repr=False)

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def digest(self, name: str = "sha256") -> str:
        """The hash of the body, in hexadecimal digits."""
        return hashlib.new(name, self.body).hexdigest()

    def sign(self, text: str | bytes, name: str = "sha256", *, as_base64: bool = False) -> str:
        """The HMAC of a text with the connection's secret (RFC 2104).

        Args:
            text: What is signed.
            name: The hash, as `hashlib` calls it.
            as_base64: Whether it is wanted in base64, not in hexadecimal digits.
        """
        content = text.encode() if isinstance(text, str) else text
        signed = hmac.new(self._key, content, name).digest()
        return base64.b64encode(signed).decode() if as_base64 else signed.hex()


class HmacAuth(KeyAuth):
    """A signature on each request, made with a secret that is never sent.

    Args:
        secret: What is signed with; resolved with the first request, and again after a 401.
        headers: Given a `Signing`, the headers of the request: signature, time, nonce.
        clock: What time it is; for tests.

    Raises:
        SecretError: With the first request: the reference resolves to nothing.
    """

    def __init__(
        self,
        secret: Secret,
        headers: Callable[[Signing], Mapping[str, str]],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__()
        self._secret = secret
        self._headers = headers
        self._clock = clock

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Sign a request that is about to be sent."""
        parts = urlsplit(request.url or "")
        body = request.body or b""
        signing = Signing(
            method=request.method or "",
            path=parts.path or "/",
            query=parts.query,
            host=parts.netloc,
            body=body.encode() if isinstance(body, str) else body,
            now=self._clock(),
            nonce=token_hex(16),
            key=self._known().encode(),
        )
        request.headers.update(self._headers(signing))
        return request

    def __repr__(self) -> str:
        return f"HmacAuth({self._secret!r})"

    def _resolved(self) -> str:
        value = self._secret.resolve()
        remember(value, token=True)
        return value
