"""Errors of this machine's setup (proxy, CA bundle, headers), for which no retry helps.

Messages of libraries are not repeated: they may show a proxy's password, or a secret in a header.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable

from requests import exceptions
from urllib3 import exceptions as u3

from duetrail.errors import ConfigError

_ADDRESSES = (exceptions.InvalidURL, exceptions.InvalidSchema, u3.LocationValueError)

_PROXY = "correct HTTPS_PROXY, HTTP_PROXY or ALL_PROXY, or name the host in NO_PROXY."


def setup_error(
    causes: Iterable[BaseException], server: str, *, is_proxied: bool = False
) -> ConfigError | None:
    """What is wrong with the set-up of this machine; None where that is not the matter.

    Args:
        causes: An error, and all it was made from.
        server: Who was to be asked.
        is_proxied: Whether the environment names a proxy for it.
    """
    for cause in causes:
        text = str(cause)
        if "SOCKS" in text and isinstance(cause, exceptions.InvalidSchema):
            return ConfigError(
                f"the proxy on the way to {server} is a SOCKS proxy, which needs another package",
                hint=f"Install it (pip install pysocks); or {_PROXY}",
            )
        if "Tunnel connection failed: 407" in text:
            return ConfigError(
                f"the proxy on the way to {server} wants a login",
                hint="Give it in HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT.",
            )
        if isinstance(cause, exceptions.InvalidHeader):
            return ConfigError(
                f"a header of the request to {server} cannot be sent: it holds a line break, or "
                "begins with a blank",
                hint="Look at the secrets and options of the connection: each is one line.",
            )
        if isinstance(cause, _ADDRESSES):
            if is_proxied:
                return ConfigError(
                    f"the proxy on the way to {server} cannot be used: its address is not valid",
                    hint=f"Write it as http://HOST:PORT: {_PROXY}",
                )
            return ConfigError(
                f"{server} is not a valid address",
                hint="Correct the base_url of the connection.",
            )
        if isinstance(cause, ssl.SSLError) and cause.library in {"X509", "PEM"}:
            return ConfigError(
                f"the connection to {server} cannot be secured: the CA bundle holds no certificate",
                hint="Correct REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or SSL_CERT_FILE.",
            )
    return None
