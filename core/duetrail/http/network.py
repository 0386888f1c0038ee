"""One attempt over the network: an answer with its whole body, or an error that says why not.

This is the only module that knows requests and urllib3.
"""

from __future__ import annotations

import gzip
import io
import logging
import socket
import ssl
import zlib
from collections.abc import Iterator, Mapping
from functools import cache
from http.client import IncompleteRead
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.structures import CaseInsensitiveDict
from urllib3 import exceptions as u3

from duetrail.errors import ConfigError, FetchError, PluginError, ProtocolError, Unavailable
from duetrail.http.address import Address
from duetrail.http.answer import Answer
from duetrail.http.deadline import Deadline, Overdue
from duetrail.http.faults import redirected, request_id_of, url_without_query
from duetrail.http.setup_errors import setup_error
from duetrail.installed import version_of
from duetrail.secrets import redact

# Seconds; a server that is there answers the phone sooner than it answers the question.
_LONGEST_CONNECT = 10.0

_SMALLER = "Ask for smaller pages, with the page_size of the connection where it has one"

_GZIP = b"\x1f\x8b"

_OF_CONNECTIONS = (requests.RequestException, TimeoutError, ConnectionError)

NOT_MODIFIED = 304

_PRIVATE = frozenset({"set-cookie", "set-cookie2", "authorization", "proxy-authorization"})


class Refused(Unavailable):
    """Nobody listens at that port: certainly nothing was received."""


class Network:
    """Connections to one address, kept open between requests; for one thread.

    Args:
        address: Where everything goes.
        auth: The credentials of every request that names no others.
        timeout: Seconds to wait for the next bytes, and at most 10 to connect.
        max_body: The most MiB of a body, decompressed.
        max_time: The most seconds of an answer, from the request to its last byte.

    Raises:
        ConfigError: The address cannot be one of a host.
    """

    def __init__(
        self, address: Address, auth: AuthBase, timeout: float, max_body: float, max_time: float
    ) -> None:
        self._address = address
        self._deadline = Deadline(max_time)
        self._timeout = (min(_LONGEST_CONNECT, timeout), timeout)
        self._most_mib = max_body
        self._max_body = int(max_body * 2**20)
        self._requests = _Plain(self._deadline)
        self._requests.auth = auth
        self._requests.headers.update({"User-Agent": _user_agent(), "Accept-Encoding": "gzip"})
        self._settings = self._requests.merge_environment_settings(
            address.base, {}, True, None, None
        )
        if address.is_loopback:
            # A proxy would take the request off this machine, and plain http with it.
            self._settings["proxies"] = {}
        try:
            self._origin = _origin(requests.Request("GET", address.base).prepare())
        except requests.RequestException:
            raise ConfigError(f"base_url names no host: {address.host}") from None

    def add_headers(self, headers: Mapping[str, str]) -> None:
        """Send these with every request."""
        self._requests.headers.update(headers)

    def close(self) -> None:
        """Close all connections."""
        self._requests.close()

    def send(self, request: requests.Request) -> Answer:
        """Send one request, once.

        Raises:
            Unavailable: No answer, half of one, or one that does not end.
            ProtocolError: A redirect, or a body beyond the limit.
            FetchError: The server's certificate is not trusted.
            ConfigError: This machine is not set up for it: a proxy that cannot be used, a CA bundle
                that is not there, a header with a line break.
        """
        prepared = self._prepare(request)
        url = redact(prepared.url or "")
        self._deadline.begin()
        try:
            response = self._requests.send(prepared, timeout=self._timeout, **self._settings)
            return self._answer(url, response)
        except (requests.RequestException, u3.HTTPError, OSError, zlib.error) as error:
            # The cause would bring the whole address along, with every secret in its query.
            raise self._explained(error, url) from None
        except RuntimeError as error:  # what blocks sockets in tests raises no error of sockets
            raise ConfigError(
                f"connections to {self._address.host} are blocked here: {error}",
                hint="Allow it where the network is blocked, such as by an option of pytest "
                "(--block-network, --disable-socket).",
            ) from None
        except ValueError as error:
            raise PluginError(
                f"the request for {url_without_query(url)} cannot be sent: {type(error).__name__}",
                hint="Look at what the plugin's authentication puts into the headers.",
            ) from None

    def _prepare(self, request: requests.Request) -> requests.PreparedRequest:
        try:
            prepared = self._requests.prepare_request(request)
        except requests.exceptions.InvalidHeader as error:
            raise setup_error([error], self._address.host) or error from None
        # Address has seen to it; this is the last door before the credentials leave.
        if _origin(prepared) != self._origin:
            raise ProtocolError(f"a request below {self._address.base} would leave its host")
        return prepared

    def _answer(self, url: str, response: requests.Response) -> Answer:
        try:
            headers = {key.lower(): value for key, value in response.headers.items()}
            if 300 <= response.status_code < 400 and not _is_known(response):
                raise redirected(url, response.status_code, headers)
            body = self._body(response.raw)
            if len(body) > self._max_body:
                raise self._too_large(url, response.status_code, headers)
        except BaseException:
            response.raw.close()
            raise
        finally:
            response.raw.release_conn()
        shown = {key: value for key, value in headers.items() if key not in _PRIVATE}
        return Answer(url=url, status=response.status_code, headers=shown, body=body)

    def _body(self, raw: Any) -> bytes:
        """At most one byte more than the limit, however small the body was compressed."""
        most = self._max_body + 1
        if not raw.headers.get("Content-Encoding") and 0 < (raw.length_remaining or 0) < most:
            # Neither is it packed nor can it be too large: it is read in one piece.
            return self._unpacked(raw.read(decode_content=False))
        body: bytes = raw.read(most, decode_content=True) or b""
        # One read brings all there is. The next brings nothing, and only then does urllib3 say
        # that fewer bytes came than were announced.
        while len(body) < most and (more := raw.read(most - len(body), decode_content=True)):
            body += more
        return self._unpacked(body)

    def _unpacked(self, body: bytes) -> bytes:
        """Unpack what is packed still: vcrpy replays as received, some proxies pack twice."""
        if not body.startswith(_GZIP):  # JSON never begins like this
            return body
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:  # of however many parts
                return file.read(self._max_body + 1)
        except (OSError, EOFError) as error:
            raise zlib.error(str(error)) from None

    def _too_large(self, url: str, status: int, headers: Mapping[str, str]) -> ProtocolError:
        return ProtocolError(
            f"{url_without_query(url)} answered more than {self._most_mib:g} MiB",
            hint=f"{_SMALLER}; or raise its max_body.",
            status=status,
            request_id=request_id_of(headers),
        )

    def _explained(self, error: Exception, url: str) -> FetchError | ConfigError:
        causes = list(_causes(error))
        server = f"{self._address.host}:{self._address.port}"
        if found := setup_error(causes, server, is_proxied=bool(self._settings["proxies"])):
            return found
        for cause in causes:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return _not_trusted(server, cause)
        if isinstance(error, OSError) and not isinstance(error, _OF_CONNECTIONS):
            # requests wraps all errors of connections; left are those of files.
            return ConfigError(
                f"the connection to {server} cannot be secured: {error}",
                hint="Correct REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or SSL_CERT_FILE.",
            )
        text = self._reason(causes, server)
        kind = Refused if _any(causes, ConnectionRefusedError) else Unavailable
        if _any(causes, Overdue):
            hint = f"{_SMALLER}; or raise its max_time."
            return kind(f"{url_without_query(url)}: {text}", hint=hint)
        return kind(
            f"{url_without_query(url)}: {text}",
            hint=f"Check that {server} can be reached from here.",
        )

    def _reason(self, causes: list[BaseException], server: str) -> str:
        connect, read = self._timeout
        if _any(causes, requests.exceptions.ProxyError, u3.ProxyError):
            return f"the proxy on the way to {server} failed"
        if _any(causes, socket.gaierror, u3.NameResolutionError):
            return f"the name {self._address.host} has no address"
        if _any(causes, ConnectionRefusedError):
            return f"{server} refused the connection"
        if _any(causes, u3.ConnectTimeoutError):
            return f"no connection to {server} within {connect:g} s"
        if _any(causes, Overdue):
            seconds = round(self._deadline.seconds, 1)
            return f"{server} came to no end of its answer within {seconds:g} s"
        if _any(causes, u3.ReadTimeoutError, TimeoutError):
            return f"no bytes from {server} within {read:g} s"
        if _any(causes, u3.DecodeError, zlib.error):
            return f"{server} sent a damaged compressed body"
        if _any(causes, IncompleteRead):
            return f"{server} broke off in the middle of a body"
        if _any(causes, ssl.SSLError, u3.SSLError):
            return f"{server} and this machine agreed on no TLS"
        return f"{server} closed the connection without an answer"


class _Plain(requests.Session):
    """Without what requests does on its own: no repeats, no redirects, no cookies.

    And without what is the same for each request of one kind to one host, which took half of the
    time of an attempt.
    """

    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        for scheme in ("https://", "http://"):
            self.mount(scheme, _InTime(deadline))
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """As `requests` does; of GETs only address, some headers and credentials differ."""
        if request.method != "GET":
            return super().prepare_request(request)
        prepared = requests.PreparedRequest()
        prepared.method = request.method
        prepared.prepare_url(request.url, None)
        prepared.prepare_headers(request.headers)
        headers: Any = CaseInsensitiveDict(self.headers)
        headers.update(prepared.headers)
        prepared.headers = headers
        prepared.prepare_auth(request.auth or self.auth, prepared.url)
        return prepared

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        # Even without following one, requests would prepare the next request: it would read the
        # whole body, and ask netrc for credentials of the other host.
        return None


class _InTime(HTTPAdapter):
    """One connection, kept open, whose answers come in time or not at all."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._pool: Any = None
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def get_connection_with_tls_context(
        self, request: Any, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        """The pool of the one host; it is looked for once, since all requests go there."""
        if self._pool is None:
            self._pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
        return self._pool

    def request_url(self, request: Any, proxies: Any) -> str:
        """What stands in the request line."""
        if proxies:
            return super().request_url(request, proxies)
        return str(request.path_url)

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        super().init_poolmanager(*given, **named)
        self._watch(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        is_known = proxy in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **named)
        if not is_known:
            self._watch(manager)
        return manager

    def _watch(self, manager: Any) -> None:
        kinds = manager.pool_classes_by_scheme.items()
        manager.pool_classes_by_scheme = {
            scheme: _watching(kind, self._deadline) for scheme, kind in kinds
        }


def _watching(kind: type[Any], deadline: Deadline) -> type[Any]:
    """A kind of pool whose connections read their answers in time."""

    class Pool(kind):  # type: ignore[misc]
        # Not by a `ConnectionCls` of its own: vcrpy puts its own there, and takes it away again.
        def _new_conn(self) -> Any:
            connection = super()._new_conn()
            connection.response_class = deadline.response
            return connection

    return Pool


def _without_secrets(record: logging.LogRecord) -> bool:
    record.msg, record.args = redact(record.getMessage()), ()
    return True


# urllib3 logs addresses with their query, in which some vendors want the key: each one at the level
# DEBUG, and one whose answer has a broken header as a warning.
for _name in ("urllib3.connectionpool", "urllib3.connection"):
    logging.getLogger(_name).addFilter(_without_secrets)


def _origin(request: requests.PreparedRequest) -> tuple[str, str]:
    parts = urlsplit(request.url or "")
    return parts.scheme, parts.netloc


@cache
def _user_agent() -> str:
    version = version_of("duetrail")
    return f"duetrail/{version}" if version else "duetrail"


def _not_trusted(server: str, error: ssl.SSLCertVerificationError) -> FetchError:
    return FetchError(
        f"the certificate of {server} is not trusted: {error.verify_message}",
        hint="Check base_url; if your network has its own authority, name its file in "
        "REQUESTS_CA_BUNDLE.",
    )


def _any(causes: list[BaseException], *kinds: type[BaseException]) -> bool:
    return any(isinstance(cause, kinds) for cause in causes)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all it was made from; urllib3 and requests keep those in different places."""
    seen: list[BaseException] = []
    left: list[object] = [error]
    while left:
        one = left.pop(0)
        if isinstance(one, BaseException) and one not in seen:
            seen.append(one)
            yield one
            left += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]


def _is_known(response: requests.Response) -> bool:
    """Whether nothing changed since the answer whose tag was sent along."""
    return response.status_code == NOT_MODIFIED and "If-None-Match" in response.request.headers
