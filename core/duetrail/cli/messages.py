"""Messages: what engines read from files and write to stdout, one JSON value a line."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from duetrail.cli.output import stdout_to_stderr
from duetrail.errors import UsageError

Write = Callable[[Mapping[str, Any]], None]
"""Writes one message."""

_TO_FLUSH = {"STATE", "TRACE"}


def json_of(file: Path | None, what: str) -> Any:
    """What a file of JSON holds; None if there is no file.

    Args:
        file: The file, if one was given.
        what: What it should hold, for errors.

    Raises:
        UsageError: It cannot be read, or holds no JSON.
    """
    if file is None:
        return None
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"the {what} {file} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"the {what} {file} is no JSON: {error}") from None


@contextmanager
def messages_alone() -> Iterator[Write]:
    """Messages on stdout, and nothing else: whatever is printed meanwhile goes to stderr.

    Gives what writes a message. A STATE is flushed, so that the other program has it at once.
    """
    import msgspec

    out = sys.stdout
    if isinstance(out, io.TextIOWrapper):
        out.reconfigure(encoding="utf-8", newline="\n")
    encode = msgspec.json.Encoder(decimal_format="number").encode

    def write(message: Mapping[str, Any]) -> None:
        out.write(f"{encode(message).decode()}\n")
        if message.get("type") in _TO_FLUSH:
            out.flush()

    with stdout_to_stderr():
        yield write
    out.flush()
