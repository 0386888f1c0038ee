"""Recorder: the requests of any code, recorded as a cassette or replayed from one.

`record_requests` writes what is really asked and answered, without secrets; `replay_requests`
answers from the file and reaches nobody. Both are vcrpy with settings for plugins: requests match
by method, address, media types and body, in any order; a request that is made again gets the next
answer recorded for it; threads may share a cassette.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import wraps
from pathlib import Path
from typing import Any
from unittest.mock import patch

from duetrail.errors import FetchError, UsageError
from duetrail.recording.interactions import (
    Interaction,
    missing_vcrpy,
    path_below,
    written,
)
from duetrail.recording.matching import same_address, same_content, same_media
from duetrail.recording.scrubbing import holds_secret, refuse, scrub
from duetrail.secrets import redact, redacted
from duetrail.source import Source

Change = Callable[[Sequence[Interaction]], Sequence[Interaction]]

# So many requests are named in a message.
_NAMED = 5


@contextmanager
def replay_requests(path: str | Path) -> Iterator[Any]:
    """Answer every request from a cassette, to its last interaction.

    Args:
        path: The file; one of vcrpy's.

    Yields:
        vcrpy's `Cassette`: its `requests`, `responses`, `play_count`.

    Raises:
        UsageError: There is no such file, or vcrpy is not installed.
        FetchError: At the request: the cassette holds no answer to it, or none any more.
        AssertionError: At the end: something on it was not asked for.
    """
    vcr, file = _vcr(), Path(path)
    if not file.is_file():
        raise UsageError(
            f"there is no cassette at {file}", hint="`duetrail record` writes one, see --help."
        )
    deck = _deck(vcr, "none")
    with ExitStack() as stack:
        stack.enter_context(_one_at_a_time())
        replaying = stack.enter_context(deck.use_cassette(str(file), persister=_Files))
        _answer_once(replaying, file)
        yield replaying
        left = _left(replaying)
    if left:
        raise AssertionError(
            f"{len(left)} interactions of {file.name} were not asked for: {_some(left)}"
        )


@contextmanager
def record_requests(
    path: str | Path,
    source: Source,
    base_url: str,
    *,
    change: Change = lambda interactions: interactions,
    about: Mapping[str, Any] | None = None,
    token_url: str | None = None,
) -> Iterator[Any]:
    """Record the requests below a base URL and their answers; written at the end, if all is well.

    Args:
        path: The file; it must not be there yet.
        source: What the vendor's plugin declares, for what is never to be kept.
        base_url: The connection's; what goes elsewhere is not written.
        change: What is done to the scrubbed interactions before they are written.
        about: How it was recorded, plain values; may be filled until the end.
        token_url: Where tokens of OAuth2 are asked for; nothing of that is written.

    Yields:
        vcrpy's `Cassette`, which grows.

    Raises:
        UsageError: The file is there already, or cannot be written, or vcrpy is not installed.
        Unfit: A secret would stand in it; nothing is written.
    """
    vcr, file = _vcr(), Path(path)
    _refuse_place(file)
    with _one_at_a_time():
        deck = _deck(vcr, "all")
        with deck.use_cassette(str(file), persister=_Nowhere) as recording:
            yield recording
    heard = [Interaction.of(*pair) for pair in recording.data]
    heard = [one for one in heard if path_below(one.uri, base_url) is not None]
    heard = [one for one in heard if token_url is None or path_below(one.uri, token_url) != ""]
    kept = change([scrub(one, source, base_url) for one in heard])
    facts = redacted(dict(about or {}))
    refuse(kept, facts, holds_secret, "a secret")
    _write(file, written(kept, facts))


# --- files ---------------------------------------------------------------------------------------


class _Files:
    """How vcrpy reads a cassette here."""

    @staticmethod
    def load_cassette(path: str, serializer: Any) -> Any:
        from vcr.serialize import deserialize

        return deserialize(Path(path).read_text(encoding="utf-8"), serializer)

    @staticmethod
    def save_cassette(path: str, cassette: Any, serializer: Any) -> None:
        """A cassette that is replayed is never written."""


class _Nowhere(_Files):
    """What is recorded stays in memory, until it is known what may be written of it."""

    @staticmethod
    def load_cassette(path: str, serializer: Any) -> Any:
        from vcr.persisters.filesystem import CassetteNotFoundError

        raise CassetteNotFoundError


def _refuse_place(file: Path) -> None:
    if file.exists():
        raise UsageError(
            f"{file} is there already", hint="Delete it first, or name another file with --out."
        )
    if not file.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {file.absolute().parent} to write the cassette to")


def _write(file: Path, text: str) -> None:
    """All of it or nothing; for its owner alone, as a vendor's data are."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as opened:
            opened.write(text)
    except OSError as error:
        file.unlink(missing_ok=True)
        raise UsageError(f"{file} cannot be written: {error.strerror}") from None


# --- vcrpy ---------------------------------------------------------------------------------------


def _vcr() -> Any:
    try:
        import vcr
    except ImportError:
        raise missing_vcrpy() from None
    return vcr


def _deck(vcr: Any, mode: str) -> Any:
    deck = vcr.VCR(
        record_mode=mode,
        match_on=("method", "address", "media", "content"),
        decode_compressed_response=True,
    )
    deck.register_matcher("address", same_address)
    deck.register_matcher("media", same_media)
    deck.register_matcher("content", same_content)
    return deck


def _answer_once(replaying: Any, file: Path) -> None:
    """Give each answer to one thread, and say what is missing in words of ours."""
    turn = threading.Lock()
    play_response = replaying.play_response

    def answered(request: Any) -> Any:
        with turn:
            return play_response(request)

    def missing(request: Any) -> Any:
        raise FetchError(
            f"the cassette {file.name} holds no answer to {_named(request)}, or none any more",
            hint=f"Not asked for yet: {_some(_left(replaying)) or 'nothing'}. If what the plugin "
            "asks was changed on purpose, record it again.",
        )

    replaying.play_response = answered
    replaying.filter_request = missing  # asked before a request is refused, and then alone


def _left(replaying: Any) -> list[str]:
    counts = replaying.play_counts
    return [_named(request) for i, (request, _) in enumerate(replaying.data) if not counts[i]]


def _named(request: Any) -> str:
    return redact(f"{request.method} {request.uri}")


def _some(requests: Sequence[str]) -> str:
    more = f" and {len(requests) - _NAMED} more" if len(requests) > _NAMED else ""
    return ", ".join(requests[:_NAMED]) + more


# --- threads -------------------------------------------------------------------------------------


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Let one thread at a time open a connection.

    While vcrpy makes one of its own, and while it sends what it records, it puts the real classes
    back for the whole process: another thread that opened one in this moment would get a real
    connection, to the real vendor and past the cassette.
    """
    import vcr.patch
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    turn = threading.RLock()
    reset = vcr.patch.force_reset

    @contextmanager
    def reset_in_turn() -> Iterator[None]:
        with turn, reset():
            yield

    with ExitStack() as stack:
        stack.enter_context(patch.object(vcr.patch, "force_reset", reset_in_turn))
        for pool in (HTTPConnectionPool, HTTPSConnectionPool):
            opened = _in_turn(pool._new_conn, turn)
            stack.enter_context(patch.object(pool, "_new_conn", opened))
        yield


def _in_turn(method: Callable[..., Any], turn: Any) -> Callable[..., Any]:
    @wraps(method)
    def alone(pool: Any) -> Any:
        with turn:
            return method(pool)

    return alone
