"""A loopback server that answers from a recording, as the vendor did."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

from duetrail.http.posting import with_question
from duetrail.recording.cassettes import (
    Cassette,
    RecordedExchange,
    RequestKey,
    question_in,
    request_key,
)
from duetrail.secrets import redact
from duetrail.testing.answers import Answer
from duetrail.testing.loopback import LoopbackServer, Request

_UNRECORDED = 501

Otherwise = Callable[[str, str], Answer | None]


class ReplayServer(LoopbackServer):
    """A server on 127.0.0.1 that replays a cassette, as a context manager.

    A request is known by method, path, query and what was posted; the order of parameters and keys
    does not matter, and credentials are not compared. What was asked several times is answered in
    the order of the recording, and then with the last answer again. What was never recorded gets a
    501 and is noted. Links to the vendor's host in bodies and headers lead to the server.

    Args:
        recording: What to replay.

    Attributes:
        url: Where it is, without a path.
        shown: What links to the vendor are turned into; `url` unless something stands in front.
        recording: What it replays.
        unrecorded: Requests, as method and target, that the recording does not have.
        lets_in: Says of a request whether its credentials are good; by default all are, since a
            recording holds none.
    """

    lets_in: Callable[[Request], bool] = staticmethod(lambda request: True)

    def __init__(self, recording: Cassette) -> None:
        self._lock = threading.Lock()
        self.begin(recording)
        super().__init__(self._respond)
        self.shown = self.url

    def begin(
        self,
        recording: Cassette,
        *,
        refuse: int | None = None,
        otherwise: Otherwise = lambda method, target: None,
    ) -> None:
        """Replay from the beginning; what was noted is forgotten.

        Args:
            recording: What to replay.
            refuse: 401 or 403 where every request is to be refused, with what the vendor was
                recorded to say then, if anything.
            otherwise: Answers a request, given method and target, that was never recorded; None
                for those it does not know either.
        """
        with self._lock:
            self.recording = recording
            self.unrecorded: list[str] = []
            self._refuse = refuse
            self._otherwise = otherwise
            self._replayed: Counter[RequestKey] = Counter()
            self._exchanges: dict[RequestKey, list[RecordedExchange]] = {}
            for exchange in recording.exchanges:
                self._exchanges.setdefault(exchange.key, []).append(exchange)

    @property
    def not_asked_for(self) -> list[RecordedExchange]:
        """The answers of the recording that nobody asked for."""
        with self._lock:
            return [
                exchange
                for key, exchanges in self._exchanges.items()
                for exchange in exchanges[self._replayed[key] :]
            ]

    def answer(self, method: str, target: str, body: bytes = b"") -> Answer:
        """What is answered to a request."""
        key = request_key(method, redact(target))  # as a key in a query stands in the recording
        with self._lock:
            if self._refuse:
                return self._refusal(self._refuse)
            if key not in self._exchanges and (question := question_in(body)):
                target = with_question(target, question)
                key = request_key(method, redact(target))
            if exchanges := self._exchanges.get(key):
                exchange = exchanges[min(self._replayed[key], len(exchanges) - 1)]
                self._replayed[key] += 1
                return self._answer_of(exchange)
        answer = self._otherwise(method, target)
        if answer is None:
            with self._lock:
                self.unrecorded.append(f"{method} {target}")
            error = f"the recording has no answer to {method} {target}"
            return Answer.of({"error": error}, _UNRECORDED)
        return answer

    def _respond(self, request: Request) -> Answer:
        if not self.lets_in(request):
            with self._lock:
                return self._refusal(401)
        return self.answer(request.method, request.target, request.body)

    def _refusal(self, status: int) -> Answer:
        for exchange in self.recording.refusals:
            if exchange.status == status:
                return self._answer_of(exchange)
        return Answer.of({"error": "the recording has no refusal", "status": status}, status)

    def _answer_of(self, exchange: RecordedExchange) -> Answer:
        headers = {name: self._moved(value) for name, value in exchange.headers.items()}
        body = self._moved(exchange.body.decode("utf-8", "surrogateescape"))
        content = body.encode("utf-8", "surrogateescape")
        return Answer(status=exchange.status, headers=headers, body=content)

    def _moved(self, text: str) -> str:
        """The text with links that lead to the server; in JSON a slash may be escaped."""
        for host in self.recording.hosts:
            name = host.partition("://")[2]
            for scheme in ("https", "http"):
                there = f"{scheme}://{name}"
                text = text.replace(there, self.shown)
                text = text.replace(there.replace("/", "\\/"), self.shown.replace("/", "\\/"))
        return text
