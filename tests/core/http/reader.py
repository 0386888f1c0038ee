"""Run as a process: ask once, and tell by how many MiB the memory grew, and what was answered."""

from __future__ import annotations

import sys
from pathlib import Path

from attrs import frozen

from duetrail.errors import DuetrailError
from duetrail.http import NoAuth, RateLimiter, Session
from duetrail.model import Call, Callout, Email, Invoice
from duetrail.source import Connection, Source


@frozen
class Options:
    """No settings."""


def peak() -> int:
    """The most KiB this process ever had in memory."""
    # Not getrusage: a process inherits that figure from the one that started it.
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def main(url: str, max_body: str) -> None:
    """Ask the vendor at this URL."""
    source = Source(
        name="acme",
        title="Acme",
        options=Options,
        resources=(),
        unsupported=(Invoice, Call, Callout, Email),
        auth=lambda options: NoAuth(),
    )
    connection = Connection(
        name="acme", source=source, base_url=url, options=Options(), max_body=float(max_body)
    )
    with Session(connection, RateLimiter()) as session:
        session.get("/warm")
        before = peak()
        try:
            said = str(len(session.get("/bomb").body))
        except DuetrailError as error:
            said = error.message
    print((peak() - before) // 1024, said)  # noqa: T201


main(*sys.argv[1:])
