"""The session: what a plugin asks the vendor's API through, with authentication and retries."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from copy import copy
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from duetrail.errors import (
    DuetrailError,
    FetchError,
    PluginError,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from duetrail.http.address import Address, Params
from duetrail.http.answer import decoded
from duetrail.http.auth import NoAuth
from duetrail.http.backoff import Backoff
from duetrail.http.body import read
from duetrail.http.extra_headers import extra_headers
from duetrail.http.faults import (
    asked_pause,
    by_status,
    request_id_of,
    retry_after,
    sanitized_error,
    url_without_query,
)
from duetrail.http.listener import Listener, Told, tells_nobody
from duetrail.http.masking import masked
from duetrail.http.posting import check_read, question_key, with_question
from duetrail.http.rate_limiter import RateLimiter
from duetrail.json_tree import texts
from duetrail.secrets import may_be_token, remember
from duetrail.source import Connection, Page

if TYPE_CHECKING:
    import requests
    from requests.auth import AuthBase

# Seconds; shorter waits between attempts are not worth a word.
_LONG_WAIT = 5.0

_NOT_FOUND = 404

RETRY = "attempt %d: %s; trying again in %s s"
"""What is logged before another attempt: its number, why, and how long it waits."""

_log = logging.getLogger(__name__)


@runtime_checkable
class LogsIn(Protocol):
    """An authentication whose token comes from a login; see `duetrail.http.LoginAuth`."""

    def token_for(self, session: Session, refused: Any = None) -> Any:
        """The token to use now: an authentication for one request, another than `refused`."""


@runtime_checkable
class Rereads(Protocol):
    """An authentication that can look its secret up again; see `duetrail.http.auth.KeyAuth`."""

    def reread(self) -> int:
        """Look it up; how often it was found to be another one so far."""


class Session:
    """Requests to one connection: authenticated, limited, repeated, and read to the end.

    One per worker thread; a context manager. It only ever reads: by `get`, by `post` where the
    source declares that a path only reads, apart from the one `login` a source may declare.

    Args:
        connection: Whose API, with which credentials, time-outs and number of attempts.
        limiter: Shared by all sessions of the same credentials.
        auth: Shared likewise; None for one of this session's own.
        never_stored: JSON keys cut from every answer, wherever they stand.
        backoff: The waits between attempts.
        told: Hears of each request, and of waits; None for nobody.

    Raises:
        ConfigError: The connection's base URL may not get credentials.

    Attributes:
        requests: How many attempts were sent so far.
        errors: How many of the questions asked with `get` ended in an error so far.
        is_failing: Whether the last of them did.
    """

    def __init__(
        self,
        connection: Connection,
        limiter: RateLimiter,
        *,
        auth: AuthBase | None = None,
        never_stored: Collection[str] = frozenset(),
        backoff: Backoff | None = None,
        told: Told | None = None,
    ) -> None:
        # Loaded late, so that commands that send nothing do not pay for it.
        from duetrail.http.network import Network

        self.requests = 0
        self.errors = 0
        self.is_failing = False
        self._connection = connection
        self._listener = Listener(connection.name, told) if told else tells_nobody
        self._limiter = limiter
        self._never_stored = frozenset(never_stored)
        self._decoders = connection.source.decoders
        self._backoff = backoff or Backoff()
        self._address = Address.of(connection.base_url, connection.name)
        # Without an authentication of its own, requests would look for one in netrc.
        auth = auth or connection.source.auth(connection.options) or NoAuth()
        self._login = auth if isinstance(auth, LogsIn) else None
        self._auth, self._changes = auth, 0
        limits = (connection.timeout, connection.max_body, connection.max_time)
        self._network = Network(self._address, auth, *limits)
        if connection.source.headers:
            self._network.add_headers(extra_headers(connection))
        self._headers: Mapping[str, str] = {}  # of the last answer
        self._started = 0.0
        self._paused = 0.0  # seconds of the last pause

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Session {self._connection.name}: {self.requests} requests>"

    @property
    def vendor(self) -> str:
        """The vendor's name, for messages."""
        return self._connection.source.title

    def close(self) -> None:
        """Close the connections that are kept open between requests."""
        self._network.close()

    def get(
        self,
        path: str,
        params: Params | None = None,
        *,
        accept: str = "application/json",
        etag: str | None = None,
        missing: type[FetchError] | None = None,
    ) -> Page:
        """Ask for one page.

        Args:
            path: Below the connection's base URL, such as `/invoices`; ids inside quoted with
                `segment`.
            params: The query; None is left out, booleans become `true` and `false`, a sequence
                repeats its key.
            accept: The media type to ask for.
            etag: The `etag` header of an earlier answer to the same question (RFC 9110, section
                13.1.2). Where nothing changed since, the page has status 304 and no data: do not
                yield it.
            missing: The error that a 404 stands for, such as `UnknownKey` where the path holds a
                key; None where a 404 may be a wrong address as well.

        Raises:
            Unauthorized: The credentials are refused.
            Forbidden: They may not read this.
            Unavailable: No attempt got an answer, or every one an answer that might improve.
            ProtocolError: The answer is no JSON, a redirect, or too large; or the path leads
                out of the base URL.
            FetchError: Any other refusal, or what the source's `classify_error` makes of the
                answer.
            Stopped: The run was stopped while this waited.
        """
        headers = {"Accept": accept} | ({"If-None-Match": etag} if etag else {})
        return self._ask(self._address.url(path, params or {}), headers, missing)

    def get_linked(self, address: str, *, accept: str = "application/json") -> Page:
        """Ask for a page that an answer links to, such as the next one of a list.

        Of the address only path and query are used: whatever it says, the request goes to the
        connection's base URL, and its query is sent as the vendor wrote it.

        Args:
            address: A whole one; `urllib.parse.urljoin(page.url, link)` makes one of a relative
                link.
            accept: The media type to ask for.

        Raises:
            ProtocolError: It leads to another host, or out of the base URL.
            FetchError: As in `get`.
        """
        return self._ask(self._address.linked(address), {"Accept": accept})

    def post(
        self,
        path: str,
        json: Mapping[str, Any],
        params: Params | None = None,
        *,
        accept: str = "application/json",
        missing: type[FetchError] | None = None,
    ) -> Page:
        """Ask for one page by POST, at a path that the source declares in `reads`.

        Nothing else is ever posted, and nothing is sent before that is checked. Since it only
        reads, it is repeated like a `get`. The URL of the page has a digest of the body as its
        fragment, which tells it from other questions.

        Args:
            path: As declared, or one that fits.
            json: What to send.
            params: The query, as for `get`.
            accept: The media type to ask for.
            missing: As for `get`.

        Raises:
            PluginError: The source does not declare that it reads so.
            FetchError: As in `get`.
        """
        check_read(self._connection.source, path)
        url = with_question(self._address.url(path, params or {}), question_key(json))
        return self._ask(url, {"Accept": accept}, missing, json)

    def wait(self, seconds: float) -> None:
        """Wait, such as for an export to be ready; ends early when the run is stopped.

        Raises:
            Stopped: The run was stopped.
        """
        seconds = float(seconds)  # of an answer it is a `Decimal`
        self._listener.wait(seconds, "vendor")
        self._limiter.sleep(seconds)

    def _ask(
        self,
        url: str,
        headers: Mapping[str, str],
        missing: type[FetchError] | None = None,
        json: Mapping[str, Any] | None = None,
    ) -> Page:
        from requests import Request

        request = Request("GET" if json is None else "POST", url, headers=headers, json=json)
        try:
            page = self._insist(partial(self._attempt, request), Unavailable)
        except FetchError as error:
            self.errors += 1
            self.is_failing = True
            if missing is None or error.status != _NOT_FOUND:
                raise
            raise _as(missing, error) from error
        self.is_failing = False
        return page

    def login(self, path: str, json: Mapping[str, Any]) -> Page:
        """Post credentials to the one path the source declares as its `login`.

        Sent without the connection's own authentication, and repeated only while nobody listens
        at all; for a `LoginAuth`, together with the request that needs it. Texts in the answer
        that may be tokens are kept out of logs and messages from here on. The page is for the
        plugin alone: do not yield it.

        Args:
            path: As declared.
            json: What to send.

        Raises:
            PluginError: The source declares no login, or another one.
            FetchError: As in `get`.
        """
        from requests import Request

        from duetrail.http.network import Refused

        source = self._connection.source
        if source.login is None or path != source.login:
            raise PluginError(
                f"plugin {source.name!r} may not post to {path}",
                hint="Duetrail only reads. A path that exchanges credentials for a token is "
                "declared as Source(login=...).",
            )
        headers = {"Accept": "application/json"}
        url = self._address.url(path, {})
        request = Request("POST", url, headers=headers, json=json, auth=NoAuth())
        attempt = partial(self._send, request, for_token=True)
        page = attempt() if self._login else self._insist(attempt, Refused)
        for text in texts(page.data):
            if may_be_token(text):
                remember(text)
        return page

    def _insist(self, attempt: Callable[[], Page], again: type[FetchError]) -> Page:
        """Attempt until it works, cannot work, or was tried often enough."""
        number = 0
        while True:
            number += 1
            try:
                return attempt()
            except DuetrailError as error:
                if isinstance(error, again):
                    self._hold_all(error, number)
                if not isinstance(error, again) or number >= self._connection.attempts:
                    sanitized_error(error, more=f" (after {number} attempts)" if number > 1 else "")
                    raise
                seconds = self._pause_after(error, number)
            # Outside of the handler: an error that is held while waiting holds its whole answer.
            self._listener.wait(seconds, "next attempt")
            self._limiter.sleep(seconds)

    def _attempt(self, request: requests.Request) -> Page:
        """Send once; and once more with another token or key if the first is refused."""
        if self._login is None:
            try:
                return self._send(request)
            except Unauthorized:
                if not self._has_other_key():
                    raise
                return self._send(request)
        self._headers = {}  # what the API said before is no word of a token host
        request.auth = token = self._login.token_for(self)
        try:
            return self._send(request)
        except Unauthorized:
            # A token may expire between two requests. One new login tells that from a login that is
            # refused; `refused` has only the first of many workers log in again.
            request.auth = self._login.token_for(self, refused=token)
            return self._send(request)

    def _has_other_key(self) -> bool:
        """Whether the secret's reference, looked up again, has another key than was sent."""
        if not isinstance(self._auth, Rereads):
            return False
        before, self._changes = self._changes, self._auth.reread()
        return self._changes != before

    def _send(self, request: requests.Request, *, for_token: bool = False) -> Page:
        from duetrail.http.network import NOT_MODIFIED

        self._headers = {}
        self._started = self._listener.acquire(self._limiter)
        self.requests += 1
        answer = self._listener.send(self._network, request)
        self._headers = answer.headers
        _log.debug(
            "%s %s: %d, %d bytes", request.method, answer.url, answer.status, len(answer.body)
        )
        if answer.status == NOT_MODIFIED:
            self._limiter.succeeded(self._started)
            return Page(
                url=answer.url, status=answer.status, headers=answer.headers, body=b"", data=None
            )
        if self._decoders and not for_token:
            answer = decoded(answer, self._decoders)
        page = read(answer, self._never_stored, keep_tokens=for_token)
        error = self._error_of(page)
        # Any other answer shows that the rate was allowed, even one that is an error.
        if not isinstance(error, RateLimited):
            self._limiter.succeeded(self._started)
        if error:
            raise error
        return page

    def _error_of(self, page: Page) -> DuetrailError | None:
        error = self._classified(page)
        if error is None:
            return None
        # Asked again with masked words, since vendors repeat data in errors. Not at once: most
        # answers are good, and theirs is the data itself.
        said = None
        with suppress(PluginError):  # what it looks for is masked
            said = self._classified(masked(page))
        error = _in_words_of(said, error, page)
        if isinstance(error, FetchError):
            error.status = error.status or page.status
            error.request_id = error.request_id or request_id_of(page.headers)
        return error

    def _classified(self, page: Page) -> DuetrailError | None:
        classify = self._connection.source.classify_error
        if classify is None:
            return by_status(page, connection=self._connection.name)
        try:
            return classify(page)
        except Exception as broken:
            # Not its text: it may repeat the answer.
            raise PluginError(
                f"classify_error of plugin {self._connection.source.name!r} failed on an answer of "
                f"status {page.status} from {url_without_query(page.url)}: {type(broken).__name__}",
                hint="`page.data` may be any JSON, and is None where an error has none.",
            ) from None

    # --- between attempts -----------------------------------------------------------------------

    def _hold_all(self, error: FetchError, number: int) -> None:
        """Have all workers of the credential wait after a refusal for too many requests."""
        if isinstance(error, RateLimited):
            asked = asked_pause(error, self._headers)
            self._paused = self._limiter.back_off(asked, attempt=number, started=self._started)

    def _pause_after(self, error: FetchError, number: int) -> float:
        """How long this worker waits before its next attempt, which is told."""
        if isinstance(error, RateLimited):
            _tell(error, number, self._paused, is_long=True)
            return 0.0  # the next start waits out the pause of all workers
        # A 503 may say when to come back, too.
        seconds = max(self._backoff.seconds(number), retry_after(self._headers) or 0.0)
        _tell(error, number, seconds, is_long=seconds >= _LONG_WAIT)
        return seconds


def _as(kind: type[FetchError], error: FetchError) -> FetchError:
    """The same error, of another kind."""
    return kind(
        error.message,
        hint=error.hint,
        status=error.status,
        code=error.code,
        request_id=error.request_id,
    )


def _tell(error: FetchError, number: int, seconds: float, *, is_long: bool) -> None:
    """Whoever watches a run that seems to hang should know what it waits for."""
    _log.log(
        logging.WARNING if is_long else logging.INFO,
        RETRY,
        number,
        sanitized_error(error).message,
        _rounded(seconds),
    )


def _rounded(seconds: float) -> str:
    """Without decimals where they say nothing, and never 0 for some time."""
    return f"{seconds:.0f}" if seconds >= 9.95 or not seconds else f"{max(seconds, 0.1):.1f}"


def _in_words_of(said: DuetrailError | None, error: DuetrailError, page: Page) -> DuetrailError:
    """An error in the words for the masked answer; its own kind and time are those it had."""
    if said is None or type(said) is not type(error):
        error.message, error.hint = f"{url_without_query(page.url)} answered {page.status}", ""
        return error
    if isinstance(said, RateLimited) and isinstance(error, RateLimited):
        said.retry_after = error.retry_after
    return said


@contextmanager
def client_loading() -> Iterator[None]:
    """Load the HTTP client in a thread: what waits for files or hashes meanwhile costs no time.

    It has ended with the block, since a process that is forked amid an import is broken. A client
    that cannot be loaded is told by the first session.
    """

    def load() -> None:
        with suppress(ImportError):
            import_module("duetrail.http.network")

    thread = threading.Thread(target=load, name="client")
    thread.start()
    try:
        yield
    finally:
        thread.join()


def connection_of(session: Session) -> Connection:
    """The connection that a session is for; no attribute, since a plugin is given it anyway."""
    return session._connection


def for_resource(session: Session, name: str, never_stored: Collection[str]) -> Session:
    """A session for another resource, which shares the connections of the first.

    No method, since a plugin must not choose what is cut from its answers.

    Args:
        session: The first.
        name: The resource.
        never_stored: JSON keys cut from every answer, wherever they stand.
    """
    other = copy(session)
    other.requests = other.errors = 0
    other.is_failing = False
    other._listener = session._listener.of(name)
    other._never_stored = frozenset(never_stored)
    return other
