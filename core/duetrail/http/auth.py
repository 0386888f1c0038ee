"""Authentication: what puts credentials on a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from duetrail.errors import SecretError
from duetrail.secrets import Secret, remember

if TYPE_CHECKING:
    from requests import PreparedRequest
    from requests.auth import AuthBase
else:
    # requests asks for no more than a callable; importing it here would make every command that
    # only lists plugins pay for it.
    AuthBase = object


class BearerAuth(AuthBase):
    """`Authorization: Bearer TOKEN` (RFC 6750, section 2.1).

    Args:
        token: Where the token is; resolved with the first request, once.

    Raises:
        SecretError: With the first request: the reference resolves to nothing, or to text that
            cannot stand in a header.
    """

    def __init__(self, token: Secret) -> None:
        self._token = token
        self._header: str | None = None

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put the header on a request that is about to be sent."""
        if self._header is None:
            value = _printable(self._token)
            remember(value, token=True)
            self._header = f"Bearer {value}"
        request.headers["Authorization"] = self._header
        return request

    def __repr__(self) -> str:
        return f"BearerAuth({self._token!r})"


class NoAuth(AuthBase):
    """No credentials at all: not even those of the environment's netrc."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Take off a request what may have been put there."""
        request.headers.pop("Authorization", None)
        return request

    def __repr__(self) -> str:
        return "NoAuth()"


def _printable(token: Secret) -> str:
    value = token.resolve()
    # Checked here because http.client refuses such a header with the token in its message.
    if not (value.isascii() and value.isprintable() and " " not in value):
        raise SecretError(
            "the token holds a blank, a line break, or a character that is not ASCII",
            hint="Store the bare token: without the word Bearer, quotes or a line break.",
        )
    return value
