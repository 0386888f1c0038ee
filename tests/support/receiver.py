"""A receiver on loopback that keeps what is posted to it."""

from __future__ import annotations

import json
from typing import Any

from duetrail.testing import Answer, LoopbackServer, Request


class Receiver(LoopbackServer):
    """Answers with these in turn, and with the last again and again; by default with 200."""

    def __init__(self, *answers: Any) -> None:
        self.posted: list[Request] = []
        self.answers = [*answers] or [Answer()]
        super().__init__(self._respond)

    def _respond(self, request: Request) -> Any:
        self.posted.append(request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @property
    def messages(self) -> list[Any]:
        """What was posted, as JSON."""
        return [json.loads(one.body) for one in self.posted]
