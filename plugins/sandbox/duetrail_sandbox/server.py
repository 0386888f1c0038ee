"""The running sandbox: one made-up company behind four APIs on a loopback port."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from email.utils import format_datetime
from itertools import count
from threading import Lock
from typing import NamedTuple, Self
from warnings import warn

import attrs

from duetrail import testing
from duetrail.testing import Answer, FaultProxy, FaultRule, LoopbackServer, SeenRequest
from duetrail_sandbox.app import Request, json_answer
from duetrail_sandbox.company import Company
from duetrail_sandbox.counts import Counts, counts
from duetrail_sandbox.credira import CREDIRA
from duetrail_sandbox.exante.app import EXANTE
from duetrail_sandbox.logins import Logins
from duetrail_sandbox.settings import config
from duetrail_sandbox.stuut.app import STUUT
from duetrail_sandbox.yeti import YETI

_APPS = {"stuut": STUUT, "credira": CREDIRA, "exante": EXANTE, "yeti": YETI}

_NOWHERE = {"detail": "Nothing here: see base_urls for the APIs"}
# The vendors that are counted, and that a config reads from, unless told otherwise.
DEFAULT_VENDORS = tuple(_APPS)


class Served(NamedTuple):
    """A request as it was answered; ``query`` is the raw text after the question mark."""

    method: str
    path: str
    query: str
    status: int


class Sandbox:
    """A company served over HTTP on 127.0.0.1, as a context manager.

    All four APIs are served; ``vendors`` are those that base URLs, counts and config tell of.

    >>> with Sandbox(invoices=3, vendors=("stuut", "exante")) as sandbox:
    ...     sorted(sandbox.base_urls)
    ['exante', 'stuut']
    """

    def __init__(
        self,
        invoices: int = 200,
        seed: int = 7,
        latency_ms: float = 0,
        port: int = 0,
        *,
        vendors: Sequence[str] = DEFAULT_VENDORS,
        yeti_token_seconds: float = 600,
        day: int = 0,
        bustle: int = 0,
        faults: Sequence[FaultRule] = (),
        strikes: Sequence[FaultRule] = (),
        heard: Callable[[SeenRequest], object] | None = None,
    ) -> None:
        """Build the company; nothing is bound before :meth:`start`.

        ``latency_ms`` delays every answer by so many milliseconds; port 0 means a free one.
        A token of Yeti's is good for ``yeti_token_seconds``, see :meth:`expire_tokens`.
        The company has lived ``day`` days when it is first asked. With ``bustle`` one more thing
        happens to it after every so many requests, so that rows appear, move and vanish while a
        list is read; 0 means that nothing does.
        ``faults`` say which requests get which faults, and ``heard`` is called with each request
        before it is answered: then what is served is a ``FaultProxy`` with this sandbox behind it.
        ``strikes`` is the former name of ``faults``.
        """
        if strikes:
            warn("Sandbox: use faults= in place of strikes=", DeprecationWarning, stacklevel=2)
        if bustle < 0:
            raise ValueError(f"nothing happens every {bustle} requests: use 0 or more")
        self.vendors = _known(vendors)
        # The company as it is at this moment.
        self.company = Company.build(invoices, seed).lived(day)
        self._change = Lock()
        self._bustle = bustle
        # A list can be read while it grows.
        self.requests: list[Served] = []
        self._latency = latency_ms / 1000
        self._port = port
        self._logins = Logins(yeti_token_seconds)
        self._numbers = count(1)
        self._faults = (*faults, *strikes)
        self._heard = heard
        self._opened = ExitStack()
        # What clients ask.
        self._server: LoopbackServer | None = None

    def start(self) -> Self:
        """Bind the port and serve in background threads; OSError if the port is taken."""
        if self._server is not None:
            raise RuntimeError("the sandbox is running already: close it first")
        # Where there are faults they are what has the port that was asked for.
        with ExitStack() as opened:
            server = LoopbackServer(self._asked, port=0 if self._faults else self._port)
            opened.enter_context(server)
            if self._faults:
                server = FaultProxy(server.url, *self._faults, heard=self._heard, port=self._port)
                opened.enter_context(server)
            self._server, self._opened = server, opened.pop_all()
        return self

    def close(self) -> None:
        """Stop serving, end every connection and free the port; may be called twice."""
        self._server = None
        self._opened.close()

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, *raised: object) -> None:
        """Close."""
        self.close()

    @property
    def port(self) -> int:
        """The port that is served; RuntimeError before :meth:`start`."""
        return self._running.port

    @property
    def _running(self) -> LoopbackServer:
        if self._server is None:
            raise RuntimeError("the sandbox has no port yet: start it first")
        return self._server

    @property
    def base_urls(self) -> dict[str, str]:
        """What each vendor's ``base_url`` is to be set to."""
        root = self._running.url
        return {vendor: f"{root}{_APPS[vendor].prefix}" for vendor in self.vendors}

    @property
    def counts(self) -> Counts:
        """How many distinct records of each kind a complete reader finds."""
        return counts(self.company, self.vendors)

    @property
    def config(self) -> str:
        """The text of a ready ``duetrail.toml``."""
        return config(self.base_urls, self.company)

    @property
    def now(self) -> datetime:
        """What the company's clock says, an aware UTC moment."""
        return self.company.now

    def pass_days(self, days: int = 1) -> None:
        """Let so many days pass; an answer under way still tells of the company as it was."""
        with self._change:
            self.company = self.company.lived(days)

    def expire_tokens(self) -> None:
        """Let every token that Yeti has given out so far expire at once, as if time had passed."""
        self._logins.forward(self._logins.lifetime + 1)

    def _asked(self, asked: testing.Request) -> Answer:
        """Answer one request in its connection's thread."""
        if self._latency and (server := self._server):
            server.wait(self._latency)
        company = self.company
        facts = (asked.method, asked.target, asked.headers, asked.body)
        number = next(self._numbers)
        request = Request(*facts, number=number, company=company, logins=self._logins)
        apps = (app for app in _APPS.values() if request.path.startswith(f"{app.prefix}/"))
        app = next(apps, None)
        given = app.answer(request) if app else json_answer(_NOWHERE, 404)
        raw = asked.target.partition("?")[2]
        self.requests.append(Served(asked.method, request.path, raw, given.status))
        if self._bustle and request.number % self._bustle == 0:
            with self._change:
                self.company = self.company.next()
        # An answer is dated by the company's clock.
        date = {"Date": format_datetime(company.now, usegmt=True)}
        return attrs.evolve(given, headers={**date, **given.headers})


def _known(vendors: Sequence[str]) -> tuple[str, ...]:
    """Check the names of vendors; each counts once, in the order given."""
    unknown = [vendor for vendor in vendors if vendor not in _APPS]
    if unknown or not vendors:
        named = ", ".join(unknown) or "nobody"
        raise ValueError(f"there is no API of {named}: name some of {', '.join(_APPS)}")
    return tuple(dict.fromkeys(vendors))
