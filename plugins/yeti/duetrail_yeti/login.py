"""Login and password for a token. Source: Yeti's customer API, POST /auth."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime

from duetrail.errors import ProtocolError
from duetrail.http import Session, Token
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
