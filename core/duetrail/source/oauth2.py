"""What a source declares of OAuth2 (RFC 6749): where tokens come from, and how."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urljoin

from attrs import field, frozen

from duetrail.errors import PluginError

_WAYS = ("basic", "body")


@frozen(kw_only=True)
class OAuth2:
    """The token host of a vendor, which alone gets the client's credentials and refresh tokens.

    With an address where people agree (`authorize_url`, `device_url`), tokens are somebody's:
    `duetrail auth` gets the first ones, and each renewal may bring a new refresh token. Without
    one, tokens are the client's own (grant `client_credentials`).

    Attributes:
        token_url: Where tokens are asked for, https; None where the configuration has to say it,
            as it may in any case (`token_url`).
        authorize_url: Where somebody agrees in a browser (grant `authorization_code`, with PKCE);
            absolute, or relative to the token URL.
        device_url: Where a device asks for a code to be typed in elsewhere (RFC 8628); likewise.
        redirect_url: Where the browser is sent back to, on this machine, as it is registered with
            the vendor; port 0 is any that is free. Where the vendor takes none but https, one such
            as https://localhost/callback: whoever agrees pastes the address that the browser shows
            then, whatever stands on the page.
        scopes: What is asked for.
        client_auth: How the client proves itself to the token host: `basic` (RFC 6749, section
            2.3.1), or `body`, in the form itself.
        params: Further parameters of each request for tokens, such as an `audience`.
    """

    token_url: str | None = None
    authorize_url: str | None = None
    device_url: str | None = None
    redirect_url: str = "http://127.0.0.1:0/"
    scopes: tuple[str, ...] = ()
    client_auth: str = "basic"
    params: Mapping[str, str] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        if self.client_auth not in _WAYS:
            raise PluginError(
                f"a client cannot prove itself by {self.client_auth!r}",
                hint="Write basic or body.",
            )

    @property
    def has_user(self) -> bool:
        """Whether the tokens are somebody's, who has to agree first."""
        return self.authorize_url is not None or self.device_url is not None

    def address(self, of: str, token_url: str) -> str | None:
        """An address beside the token URL that is in force.

        Args:
            of: `authorize_url` or `device_url`.
            token_url: Where tokens are asked for.
        """
        url: str | None = getattr(self, of)
        return None if url is None else urljoin(token_url, url)
