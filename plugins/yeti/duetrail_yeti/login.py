"""Login and password for a token. Source: Yeti's customer API, POST /auth."""

from __future__ import annotations

import json
import sys
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from duetrail.errors import ProtocolError, Unauthorized
from duetrail.http import BearerAuth, Session, Token
from duetrail.secrets import Secret

PATH = "/auth"


def log_in(login: Secret, password: Secret, session: Session) -> Token:
    """A token. It lasts as long as the operator says, ten minutes by default."""
    credentials = {"login": login.resolve(), "password": password.resolve()}
    page = session.login(PATH, {"auth": credentials})
    jwt = page.data.get("jwt") if isinstance(page.data, dict) else None
    if not isinstance(jwt, str):
        raise ProtocolError(f"{page.url} answered without a `jwt`")
    return Token(jwt, expires_at(jwt))


class IssuedToken(BearerAuth):
    """A token that the operator issued. When it is refused and has ended, that is told.

    Args:
        token: Where the token is.
        clock: What time it is; for tests.
    """

    def __init__(
        self, token: Secret, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        super().__init__(token)
        self._clock = clock

    def token_for(self, session: Session, refused: Any = None) -> IssuedToken:
        """The same for every request: there is nothing to log in with.

        Raises:
            Unauthorized: It was refused.
        """
        if refused is None:
            return self
        error = sys.exception()
        assert isinstance(error, Unauthorized)
        end = expires_at(self._key.resolve())
        if end is not None and end <= self._clock():
            error.message += f"; its token ended on {end:%Y-%m-%d at %H:%M:%S} UTC"
            error.hint = "Ask the operator for a new token, and set it as `token`."
        raise error


def expires_at(jwt: str) -> datetime | None:
    """When a token ends by its own words; None where it does not say so legibly.

    The signature is the server's to check: an expiry that lies costs a login, and no more.
    """
    try:
        claims = jwt.split(".")[1]
        end = json.loads(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"]
        return datetime.fromtimestamp(end, UTC)
    except (ArithmeticError, LookupError, OSError, RecursionError, TypeError, ValueError):
        return None
