"""Authentication: what puts credentials on a request."""

from __future__ import annotations

import base64
import threading
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

from duetrail.errors import SecretError
from duetrail.secrets import Secret, remember

if TYPE_CHECKING:
    from requests import PreparedRequest
    from requests.auth import AuthBase
else:
    # requests asks for no more than a callable; importing it here would make every command that
    # only lists plugins pay for it.
    AuthBase = object

_SHORTEST_IN_QUERY = 8


class KeyAuth(AuthBase):
    """What all authentications by one looked-up value share.

    The value is looked up with the first request, and once more when the vendor refuses it: a key
    may have been replaced where the reference points to.
    """

    def __init__(self) -> None:
        self._value: str | None = None
        self._lock = threading.Lock()
        self._changes = 0

    def reread(self) -> int:
        """Look the value up again.

        Returns:
            How often it was found to be another one so far.
        """
        with self._lock, suppress(SecretError):  # a reference that is gone: what is known stays
            value = self._resolved()
            self._changes += value != self._value
            self._value = value
        return self._changes

    def _known(self) -> str:
        if self._value is None:
            self._value = self._resolved()
        return self._value

    def _resolved(self) -> str:
        raise NotImplementedError


class HeaderAuth(KeyAuth):
    """A key in a header of the vendor's own, such as `X-Api-Key: KEY`.

    Args:
        name: The header's name.
        key: Where the key is; resolved with the first request, and again after a 401.

    Raises:
        SecretError: With the first request: the reference resolves to nothing, or to text that
            cannot stand in a header.
    """

    def __init__(self, name: str, key: Secret) -> None:
        super().__init__()
        self._name = name
        self._key = key

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
        token: Where the token is; resolved with the first request, and again after a 401.

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
            request, and again after a 401.

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


class QueryAuth(KeyAuth):
    """A key in the query, such as `?api_key=KEY`; take a header where there is a choice.

    It is taken out of messages, pages and cassettes; the vendor and proxies may log it.

    Args:
        name: The parameter's name.
        key: Where the key is; resolved with the first request, and again after a 401.

    Raises:
        SecretError: With the first request: the reference resolves to nothing, or to less than 8
            characters, which could not be told from what stands in addresses anyway.
    """

    def __init__(self, name: str, key: Secret) -> None:
        super().__init__()
        self._name = name
        self._key = key

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Add the parameter to a request that is about to be sent.

        One of this name that is there already was taken over from a link of the vendor's, without
        the key.
        """
        # The fragment is not sent: it tells one question that is posted from another.
        asked, hash_sign, fragment = (request.url or "").partition("#")
        address, _, query = asked.partition("?")
        name = quote(self._name, safe="")
        kept = [one for one in query.split("&") if one and one.partition("=")[0] != name]
        pair = f"{name}={quote(self._known(), safe='')}"
        request.url = f"{address}?{'&'.join([*kept, pair])}{hash_sign}{fragment}"
        return request

    def __repr__(self) -> str:
        return f"QueryAuth({self._name!r}, {self._key!r})"

    def _resolved(self) -> str:
        value = _printable(self._key)
        if len(value) < _SHORTEST_IN_QUERY:
            raise SecretError(
                f"the key has less than {_SHORTEST_IN_QUERY} characters, too few to be kept out of "
                "messages and pages when it stands in an address"
            )
        remember(value, token=True)
        return value


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
