"""Several authentications at once: two keys in two headers, a key beside a token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from duetrail.errors import PluginError
from duetrail.http.auth import KeyAuth
from duetrail.http.login import LoginAuth
from duetrail.http.token import Token

if TYPE_CHECKING:
    from requests import PreparedRequest
    from requests.auth import AuthBase

    from duetrail.http.session import Session
else:
    AuthBase = object  # as in `duetrail.http.auth`


def all_of(*auths: AuthBase) -> AuthBase:
    """An authentication that puts on each request what several put there, in their order.

    A signature that covers headers of others comes last.

    Args:
        *auths: At most one of them logs in (`LoginAuth`, `OAuth2Auth`).

    Raises:
        PluginError: Two of them log in.
    """
    logins = [auth for auth in auths if isinstance(auth, LoginAuth)]
    if len(logins) > 1:
        raise PluginError("two authentications log in, and a request has one token")
    return _WithLogin(auths, logins[0]) if logins else _Several(auths)


class _Several(AuthBase):
    """Each of them, one after the other."""

    def __init__(self, auths: tuple[AuthBase, ...]) -> None:
        self._auths = auths

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put on a request what each of them puts there."""
        for auth in self._auths:
            request = auth(request)
        return request

    def __repr__(self) -> str:
        return f"all_of({', '.join(map(repr, self._auths))})"

    def reread(self) -> int:
        """Look all secrets up again, as `KeyAuth.reread`."""
        return sum(auth.reread() for auth in self._auths if isinstance(auth, KeyAuth))


class _WithLogin(_Several):
    """The same, where one of them has a token from a login."""

    def __init__(self, auths: tuple[AuthBase, ...], login: LoginAuth) -> None:
        super().__init__(auths)
        self.login = login

    def token_for(self, session: Session, refused: Any = None) -> Any:
        """The token to use now, with what the others put on a request."""
        token = self.login.token_for(session, refused.token if refused else None)
        return _WithToken(token, self._auths, self.login)


@frozen
class _WithToken(AuthBase):
    """What all of them put on one request."""

    token: Token
    auths: tuple[AuthBase, ...]
    login: LoginAuth

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put it there; the place of the login is the token's."""
        for auth in self.auths:
            request = self.token(request) if auth is self.login else auth(request)
        return request
