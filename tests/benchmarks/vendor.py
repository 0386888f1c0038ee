"""A vendor on a loopback port, in a process of its own: lists of invoices, and answers per key.

    python tests/benchmarks/vendor.py

Prints its port and serves until its standard input ends. `/lean/20000/v1/invoices` is a list of
20,000 invoices, `/keyed/50/calls?invoice_id=7` an answer after 50 ms. Answers are kept, so that a
second reading costs the vendor little, up to some 400 MB.
"""

from __future__ import annotations

import asyncio
import sys
from functools import lru_cache
from urllib.parse import parse_qs, urlsplit

import documents

# A page is at most 6 MB.
_PAGES = 160


class Vendor(asyncio.Protocol):
    """One connection; nothing but GET is understood."""

    def __init__(self) -> None:
        self._heard = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody calls."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that has arrived as a whole."""
        *requests, self._heard = (self._heard + data).split(b"\r\n\r\n")
        for request in requests:
            target = request.split(b" ", 2)[1].decode()
            wait, body = found(target)
            if wait:
                asyncio.get_running_loop().call_later(wait, self._answer, body)
            else:
                self._answer(body)

    def _answer(self, body: bytes | None) -> None:
        status = "404 Not Found" if body is None else "200 OK"
        body = body or b"{}"
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
        self._transport.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)


def found(target: str) -> tuple[float, bytes | None]:
    """Seconds to wait, and what to answer; None where there is nothing."""
    parts = urlsplit(target)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    match parts.path.split("/")[1:]:
        case [("lean" | "full") as kind, count, "v1", "invoices"]:
            size = int(query.get("limit", 50))
            return 0.0, _page(kind, int(count), int(query.get("page", 0)), size)
        case ["keyed", wait, ("calls" | "callouts") as resource]:
            return int(wait) / 1000, documents.answer(resource, query["invoice_id"])
    return 0.0, None


@lru_cache(maxsize=_PAGES)
def _page(kind: str, count: int, number: int, size: int) -> bytes:
    return documents.page(kind, count, number, size)


async def serve() -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Vendor, "127.0.0.1", 0, backlog=256)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve())
