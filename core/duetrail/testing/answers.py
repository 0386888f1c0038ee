"""What a server of the kit sends: an answer, or moves that no well-behaved server makes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from http import HTTPStatus
from typing import Any

from attrs import field, frozen


class End(Enum):
    """Ways to stop sending."""

    HOLD = "hold"
    RESET = "reset"


HOLD = End.HOLD
"""A move: send nothing more, and wait until the client hangs up."""

RESET = End.RESET
"""A move: end the connection with a reset, as a crash or a firewall does."""

Move = bytes | float | End
"""Bytes to send, seconds to wait, `HOLD` or `RESET`."""


@frozen(kw_only=True)
class Answer:
    """One HTTP answer.

    Attributes:
        status: The HTTP status.
        headers: Without those about length and connection, which follow from what is sent.
        body: Its bytes, not compressed.
    """

    status: int = 200
    headers: Mapping[str, str] = field(factory=dict)
    body: bytes = field(default=b"", repr=False)

    @classmethod
    def of(cls, value: Any, status: int = 200, **headers: str) -> Answer:
        """An answer whose body is a value as JSON.

        Args:
            value: The value.
            status: The HTTP status.
            **headers: Headers, with an underscore in place of a hyphen.
        """
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(status=status, headers=named, body=json.dumps(value).encode())

    def head(self, *, length: int | None = None, stays: bool = False) -> bytes:
        """Status line and headers.

        Args:
            length: The length that is announced, in bytes; by default the body's.
            stays: Whether the connection stays open afterwards.
        """
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = "Unknown"
        headers = {
            "Content-Type": "application/json",
            **self.headers,
            "Content-Length": str(len(self.body) if length is None else length),
            "Connection": "keep-alive" if stays else "close",
        }
        lines = [f"HTTP/1.1 {self.status} {phrase}", *(f"{k}: {v}" for k, v in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def sent(self, *, stays: bool = False) -> bytes:
        """The whole answer as it goes over the network.

        Args:
            stays: Whether the connection stays open afterwards.
        """
        return self.head(stays=stays) + self.body
