"""A fetch in a loop: the same pages again and again, because a cursor leads back.

Brent's way of finding a cycle: one page is remembered, ever farther along, and met again once per
round, whatever the length of the round. It costs the memory of one hash.
"""

from __future__ import annotations

from hashlib import sha256

from duetrail.errors import ProtocolError
from duetrail.source import Page

# A listing that moves is walked a few times on purpose; nobody asks for the same so often.
_ROUNDS = 10


class LoopDetector:
    """Observes the pages of one shard as they come."""

    def __init__(self) -> None:
        self._seen = 0
        self._milestone = 1
        self._remembered: tuple[str, bytes] = ("", b"")
        self._next: Page | None = None  # to be remembered, if another one comes at all
        self._rounds = 0

    def observe(self, page: Page) -> None:
        """Note a page.

        Raises:
            ProtocolError: The fetch has come back to it ten times.
        """
        self._seen += 1
        if self._next is not None:  # an answer to a key is mostly one page, and needs no hash
            self._remembered, self._next = (self._next.url, _hash(self._next)), None
        if page.url == self._remembered[0] and _hash(page) == self._remembered[1]:
            self._rounds += 1
        if self._rounds == _ROUNDS:
            raise ProtocolError(
                f"{page.url} was answered just so {_ROUNDS} times: the listing goes in circles",
                hint="The vendor's next page leads back to one before it, or the plugin does not "
                "see which is the last. Everything received is kept.",
            )
        if self._seen == self._milestone:
            self._milestone *= 2
            self._next, self._rounds = page, 0


def _hash(page: Page) -> bytes:
    return sha256(page.body).digest()
