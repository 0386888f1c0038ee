"""Authentication by OAuth2: tokens of the client's own, or somebody's that are renewed.

What can be lost: a vendor that rotates refresh tokens has replaced the old one as soon as it
answers. A process that is killed before the answer has come to the disk takes the new one with it.
Then the old one is tried again, since many vendors let it work for a while (a grace period) or
until the new one is used; where it is refused, somebody has to agree anew, and the error says so.
Nothing more can be done from this side.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from attrs import evolve

from duetrail.errors import PluginError, Unauthorized
from duetrail.http.login import LoginAuth
from duetrail.http.session import connection_of
from duetrail.http.token import Token
from duetrail.http.token_host import Client, GrantRefused, TokenAnswer, TokenHost
from duetrail.http.token_store import Tokens, TokenStore, no_tokens
from duetrail.secrets import Secret, WritableSecret
from duetrail.source import OAuth2ClientOptions, OAuth2UserOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from duetrail.http.session import Session


class OAuth2Auth(LoginAuth):
    """`Authorization: Bearer TOKEN` with tokens of the token host that the source declares.

    All sessions of a credential share one token, and all processes of this machine share those
    that are kept in `tokens`: whoever comes first renews, the others find what it wrote.

    Args:
        client_id: The application's name at the vendor, or where that is.
        client_secret: Its secret; None for an application without one.
        tokens: Where somebody's tokens are kept; None where they are the client's own, which are
            kept in memory.
        margin: How long before its end a token is renewed.
        clock: What time it is; for tests.
    """

    def __init__(
        self,
        client_id: Secret | str,
        client_secret: Secret | None = None,
        *,
        tokens: WritableSecret | None = None,
        margin: timedelta = timedelta(seconds=60),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if tokens is not None and not isinstance(tokens, WritableSecret):
            raise PluginError(
                "the place of tokens that are renewed is no secret that can be written",
                hint="Declare its option as duetrail.secrets.WritableSecret.",
            )
        super().__init__(self._client_token, margin=margin, clock=clock)
        self.client = Client(id=client_id, secret=client_secret)
        self.store = None if tokens is None else TokenStore(tokens)

    @classmethod
    def of(cls, options: OAuth2ClientOptions) -> OAuth2Auth:
        """With the settings of a connection.

        Args:
            options: Those of `OAuth2ClientOptions`, or of `OAuth2UserOptions`, and any others.
        """
        tokens = options.tokens if isinstance(options, OAuth2UserOptions) else None
        return cls(options.client_id, options.client_secret, tokens=tokens)

    def __repr__(self) -> str:
        return f"OAuth2Auth({self.client.id!r})"

    def _new_token(self, session: Session, refused: Token | None) -> Token:
        if self.store is None:
            return self._log_in(session)
        # One process at a time: a refresh token that is used twice may be taken for a stolen one.
        with self.store.locked():
            kept = self.store.recovered()
            if self._is_fresh(kept, refused):
                return _token(kept)
            return _token(self._renew(session, self.store, kept))

    def _client_token(self, session: Session) -> Token:
        scopes = self._host(session).oauth2.scopes
        form = {"grant_type": "client_credentials"} | (
            {"scope": " ".join(scopes)} if scopes else {}
        )
        answer = self._asked(session, form)
        return Token(answer.access_token, answer.expires_at)

    def _is_fresh(self, kept: Tokens, refused: Token | None) -> bool:
        """Whether another process has renewed it, or it is good still."""
        if not kept.access_token or (refused and kept.access_token == refused.value):
            return False
        return kept.expires_at is None or kept.expires_at - self._margin > self._clock()

    def _renew(self, session: Session, store: TokenStore, kept: Tokens) -> Tokens:
        if not kept.refresh_token:
            name = connection_of(session).name
            raise _ended(name) if kept.access_token else no_tokens(store.reference, name)
        # Noted first, so that the next process knows that an answer may have been lost.
        store.write(evolve(kept, asked_at=self._clock()))
        form = {"grant_type": "refresh_token", "refresh_token": kept.refresh_token}
        try:
            answer = self._asked(session, form)
        except GrantRefused as error:
            store.write(kept)
            raise _explained(error, kept) from None
        # Written before it is used: with its first use many vendors let go of the old one.
        return store.write(renewed(kept, answer))

    def _asked(self, session: Session, form: dict[str, str]) -> TokenAnswer:
        host = self._host(session)
        session.requests += 1
        return host.tokens(form)

    def _host(self, session: Session) -> TokenHost:
        return TokenHost(connection_of(session), self.client)


def renewed(kept: Tokens, answer: TokenAnswer) -> Tokens:
    """The tokens after an answer; a refresh token that it does not replace stays."""
    return evolve(
        kept,
        access_token=answer.access_token,
        expires_at=answer.expires_at,
        refresh_token=answer.refresh_token or kept.refresh_token,
        asked_at=None,
    )


def _token(kept: Tokens) -> Token:
    return Token(kept.access_token, kept.expires_at)


def _ended(connection: str) -> Unauthorized:
    """The error for a token that does not work any more, and that nothing renews."""
    return Unauthorized(
        f"connection {connection!r}: its token has ended, and there is no refresh token with it",
        hint=f"Run `duetrail auth {connection}`.",
    )


def _explained(error: GrantRefused, kept: Tokens) -> GrantRefused:
    """Say what may have happened to a refresh token that does not work any more."""
    if kept.asked_at is not None and error.code == "invalid_grant":
        error.message += (
            f"; a renewal that began at {kept.asked_at:%Y-%m-%d %H:%M} UTC was cut off, and the "
            "new token may have been lost with it"
        )
    return error
