"""What is told of a request to whoever wants to hear of each: that it was sent, and its waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    pass


class Request(Struct, frozen=True):
    """One attempt that was sent, and how it ended.

    Attributes:
        connection: The connection.
        resource: The resource it was sent for; empty where it was for none.
        method: `GET` or `POST`.
        url: The address, without its query and without secrets.
        status: The HTTP status; 0 where no answer came.
        size: Bytes of the answer's body, unpacked.
        seconds: From the request to the last byte of its answer.
        error: Why there is no whole answer, such as `Unavailable`; empty where there is one.
    """

    connection: str
    resource: str
    method: str
    url: str
    status: int
    size: int
    seconds: float
    error: str = ""


class Waiting(Struct, frozen=True):
    """A request that waits for a second or longer before it is sent.

    Attributes:
        connection: The connection.
        resource: The resource it is sent for; empty where it is for none.
        seconds: How long from now.
        reason: What for: `rate limit`, `next attempt`, or `vendor` where the plugin waits for
            something to be ready, such as an export.
    """

    connection: str
    resource: str
    seconds: float
    reason: str
