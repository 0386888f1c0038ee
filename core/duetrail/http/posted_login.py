"""A login that is declared: what is posted, and where in the answer the token stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from duetrail.errors import ProtocolError
from duetrail.http.token import Token
from duetrail.json_tree import at, steps_of
from duetrail.secrets import Secret

if TYPE_CHECKING:
    from duetrail.http.session import Session

# What is more is no number of seconds.
_LONGEST = 10**9


def posted_login(
    body: Mapping[str, Any], token: str, expires_in: str | None
) -> Callable[[Session], Token]:
    """What logs in at the path that the source declares (see `LoginAuth.posting`)."""

    def log_in(session: Session) -> Token:
        from duetrail.http.session import connection_of

        asked_at = datetime.now(UTC)
        page = session.login(connection_of(session).source.login or "", _resolved(body))
        value = _found(page.data, token)
        if not isinstance(value, str):
            raise ProtocolError(f"{page.url} answered without a `{token}`")
        lasts = None if expires_in is None else _seconds(_found(page.data, expires_in))
        return Token(value, None if lasts is None else asked_at + lasts)

    return log_in


def _resolved(part: Any) -> Any:
    """A body with the values of its secrets."""
    if isinstance(part, Mapping):
        return {name: _resolved(one) for name, one in part.items()}
    return part.resolve() if isinstance(part, Secret) else part


def _found(data: Any, path: str) -> Any:
    try:
        return at(data, steps_of(path))
    except (LookupError, TypeError):
        return None


def _seconds(value: Any) -> timedelta | None:
    """How long a token lasts; None where that is not legible, and it serves until it is refused."""
    is_number = type(value) in (int, Decimal) and 0 <= value < _LONGEST
    return timedelta(seconds=int(value)) if is_number else None
