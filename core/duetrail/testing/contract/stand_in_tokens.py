"""A token host in place of the vendor's: knows the suite's client, and gives it tokens."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

import attrs

from duetrail.errors import DuetrailError
from duetrail.http import OAuth2Auth
from duetrail.secrets import WritableSecret
from duetrail.source import Connection, Source
from duetrail.testing.token_server import TokenServer


class StandInTokens:
    """The token host of a suite, and the files that tokens are kept in.

    Args:
        source: What the plugin declares.
        folder: Where the files are.

    Attributes:
        server: The token host.
        files: The file of each option in which tokens are kept.
    """

    def __init__(self, source: Source, folder: Path) -> None:
        has_user = source.oauth2 is not None and source.oauth2.has_user
        self.server = TokenServer(has_user=has_user)
        self.files = {name: folder / f"{name}.token" for name in _kept_in(source)}
        for file in self.files.values():
            file.write_text(self.server.refresh_token, encoding="utf-8")

    @property
    def settings(self) -> dict[str, Any]:
        """What the configuration says of it."""
        files = {name: f"file:{file}" for name, file in self.files.items()}
        return {"token_url": self.server.url, **files}

    def serve(self, connection: Callable[[], Connection]) -> None:
        """Know the client that a connection says it is; where it is wrong, tests say so."""
        with suppress(DuetrailError):
            made = connection()
            auth = login_of(made)
            if auth is not None:
                self.server.client_id = auth.client.id_text
                secret = auth.client.secret
                self.server.client_secret = secret.resolve() if secret else ""


def login_of(connection: Connection) -> OAuth2Auth | None:
    """What a connection gets its tokens by; None where it is something else."""
    auth = connection.source.auth(connection.options)
    auth = getattr(auth, "login", auth)
    return auth if isinstance(auth, OAuth2Auth) else None


def _kept_in(source: Source) -> list[str]:
    """The options in which tokens are kept."""
    attrs.resolve_types(source.options)
    return [
        one.name
        for one in attrs.fields(source.options)
        if one.type is WritableSecret or WritableSecret in get_args(one.type)
    ]
