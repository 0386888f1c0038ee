"""The settings that every plugin with OAuth2 has, for its own options class to begin with."""

from __future__ import annotations

from attrs import frozen

from duetrail.secrets import Secret, WritableSecret
from duetrail.source.declaring import option


@frozen
class OAuth2ClientOptions:
    """The settings of a connection whose tokens are the client's own (`client_credentials`)."""

    client_id: str = option("The id of the application that is registered with the vendor.")
    client_secret: Secret = option("Its secret, as a reference such as env:CLIENT_SECRET.")


@frozen
class OAuth2UserOptions(OAuth2ClientOptions):
    """The settings of a connection whose tokens are somebody's, who agreed with `duetrail auth`."""

    tokens: WritableSecret = option("Where the tokens are kept: file:PATH or keyring:SERVICE/USER.")
