"""Delivering one message beside others, in a time that nothing exceeds.

A time-out of sockets bounds neither the look-up of a name nor the trying of several addresses. So
each message has a thread, which is left alone when its time is over.
"""

from __future__ import annotations

import threading
import time

from duetrail.errors import DuetrailError
from duetrail.plugins import where_it_failed
from duetrail_notify.posting import post
from duetrail_notify.settings import Webhook

# Seconds that a thread gets to say what it was that took so long.
_GRACE = 0.5


class Delivery:
    """A message on its way.

    Args:
        number: Which webhook it is, from 1.
        webhook: Where it goes.
        body: JSON.
    """

    def __init__(self, number: int, webhook: Webhook, body: bytes) -> None:
        self._name = f"webhook {number}"
        self._webhook = webhook
        self._body = body
        self._why = ""
        self._end = time.monotonic() + webhook.timeout + _GRACE
        self._thread = threading.Thread(target=self._post, name=self._name, daemon=True)
        self._thread.start()

    def _post(self) -> None:
        try:
            post(self._webhook, self._body)
        except DuetrailError as error:
            self._why = error.message
        except Exception as error:  # a thread would print it, with whatever its text holds
            self._why = where_it_failed(error)

    def problem(self) -> str:
        """Why it was not delivered, once that is known or its time is over; empty if it was."""
        self._thread.join(max(self._end - time.monotonic(), 0.0))
        if self._thread.is_alive():
            return f"{self._name}: not delivered within {self._webhook.timeout} s"
        return f"{self._name}: {self._why}" if self._why else ""
