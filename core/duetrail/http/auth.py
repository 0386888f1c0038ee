"""Authentication: what puts credentials on a request."""

from __future__ import annotations

import base64
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


class HeaderAuth(AuthBase):
    """A key in a header of the vendor's own, such as `X-Api-Key: KEY`.

    Args:
        name: The header's name.
        key: Where the key is; resolved with the first request, once.

    Raises:
        SecretError: With the first request: the reference resolves to nothing, or to text that
            cannot stand in a header.
    """

    def __init__(self, name: str, key: Secret) -> None:
        self._name = name
        self._key = key
        self._value: str | None = None

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put the header on a request that is about to be sent."""
        if self._value is None:
            self._value = self._resolved()
        request.headers[self._name] = self._value
        return request

    def __repr__(self) -> str:
        return f"HeaderAuth({self._name!r}, {self._key!r})"

    def _resolved(self) -> str:
        value = _printable(self._key)
        remember(value, token=True)
        return value


class BearerAuth(HeaderAuth):
    """`Authorization: Bearer TOKEN` (RFC 6750, section 2.1).

    Args:
        token: Where the token is; resolved with the first request, once.

    Raises:
        SecretError: With the first request: the reference resolves to nothing, or to text that
            cannot stand in a header.
    """

    def __init__(self, token: Secret) -> None:
        super().__init__("Authorization", token)

    def __repr__(self) -> str:
        return f"BearerAuth({self._key!r})"

    def _resolved(self) -> str:
        return f"Bearer {super()._resolved()}"


class BasicAuth(HeaderAuth):
    """`Authorization: Basic`, a user and a password in UTF-8 (RFC 7617, section 2).

    Args:
        user: Where the user is, or the key where the vendor takes one in its place.
        password: Where the password is; None for an empty one. Both are resolved with the first
            request, once.

    Raises:
        SecretError: With the first request: a reference resolves to nothing, or the user has a
            colon, at which the password would begin.
    """

    def __init__(self, user: Secret, password: Secret | None = None) -> None:
        super().__init__("Authorization", user)
        self._password = password

    def __repr__(self) -> str:
        return f"BasicAuth({self._key!r}, {self._password!r})"

    def _resolved(self) -> str:
        user = self._key.resolve()
        if ":" in user:
            raise SecretError(
                "the user has a colon, at which the password would begin",
                hint="Give the user and the password apart.",
            )
        password = self._password.resolve() if self._password is not None else ""
        both = base64.b64encode(f"{user}:{password}".encode()).decode()
        remember(both, token=True)
        # A user's name may stand in data by right; a key never does.
        remember(password or user, token=True)
        return f"Basic {both}"


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
