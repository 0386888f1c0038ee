"""Authentication by login: a token is fetched first, renewed ahead of its end, and shared."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from duetrail.errors import ProtocolError, Unauthorized
from duetrail.http.posted_login import posted_login
from duetrail.http.token import Token
from duetrail.secrets import remember

if TYPE_CHECKING:
    from requests import PreparedRequest
    from requests.auth import AuthBase

    from duetrail.http.session import Session
else:
    AuthBase = object  # as in `duetrail.http.auth`


class LoginAuth(AuthBase):
    """A token from a login, shared by all sessions of a credential.

    One login serves them all: before the first request, again when the token nears its end, and
    once more when the vendor refuses a token, however many workers hold it. A refused login is
    not repeated: it would be refused again, and some vendors lock an account after a few.

    Args:
        log_in: Makes a token by `session.login`.
        margin: How long before its end a token is renewed.
        clock: What time it is; for tests.
    """

    def __init__(
        self,
        log_in: Callable[[Session], Token],
        *,
        margin: timedelta = timedelta(seconds=60),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._log_in = log_in
        self._margin = margin
        self._clock = clock
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._renew_at: datetime | None = None
        self._refusal: Unauthorized | None = None

    @classmethod
    def posting(
        cls, body: Mapping[str, Any], *, token: str, expires_in: str | None = None
    ) -> LoginAuth:
        """A login by one POST to the path that the source declares as its `login`.

        Args:
            body: What is posted, with secrets in it: `{"user": options.user, "app": "duetrail"}`.
            token: Where the answer has the token, such as `$.token`.
            expires_in: Where it says for how many seconds that is good. Without it, or where it is
                no number, the token serves until it is refused.
        """
        return cls(posted_login(body, token, expires_in))

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put the token at hand, if there is one, on a request."""
        return request if self._token is None else self._token(request)

    def __repr__(self) -> str:
        return "LoginAuth()"

    def token_for(self, session: Session, refused: Token | None = None) -> Token:
        """The token to use now; logs in if there is none, or none that will do.

        Args:
            session: What to log in through.
            refused: A token the vendor has just refused. Where another worker has replaced it
                meanwhile, that one is given and nobody logs in.

        Raises:
            Unauthorized: The login itself is refused, now or earlier.
            ProtocolError: It gave something that cannot stand in a header.
        """
        with self._lock:
            if self._refusal is not None:
                raise copy(self._refusal)
            if self._token is refused or self._is_due():
                self._token = None
            return self._token or self._renewed(session, refused)

    def _is_due(self) -> bool:
        return self._renew_at is not None and self._clock() >= self._renew_at

    def _renewed(self, session: Session, refused: Token | None) -> Token:
        try:
            token = self._new_token(session, refused)
        except Unauthorized as error:
            self._refusal = error
            raise
        remember(token.value, token=True)
        if not (token.value.isascii() and token.value.isprintable() and token.value.strip()):
            raise ProtocolError("the login gave a token that cannot stand in a header")
        self._token, self._renew_at = token, self._end_of(token)
        return token

    def _new_token(self, session: Session, refused: Token | None) -> Token:
        """Another token than the one that was refused; within the lock."""
        return self._log_in(session)

    def _end_of(self, token: Token) -> datetime | None:
        if token.expires_at is None:
            return None
        end = token.expires_at - self._margin
        # A token that is old on arrival tells of a wrong clock, here or there, or of a very short
        # life: it serves until it is refused, or every request would begin with a login.
        return end if end > self._clock() else None
