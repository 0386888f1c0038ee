"""Cassettes: recorded from the sandbox, kept as if the vendor itself had answered, for reading.

Nothing records unless `--record-mode=rewrite` asks for it. The conftest files of this folder and
of `credira` make fixtures of this.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import yaml
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from vcr import VCR
from vcr.cassette import Cassette
from vcr.serializers import yamlserializer

# Of an integration nothing else may be kept, see the notes of the plugin's `never_stored`.
_KEPT = ("id", "integration_name")
_NEVER = ("presigned_url", "account_key")


@contextmanager
def cassette(path: Path, public: str, local: str | None) -> Iterator[Cassette]:
    """Play a cassette to its last interaction; with `local` record it from there.

    Args:
        path: The file.
        public: The vendor's base URL, which the cassette shows.
        local: The sandbox's base URL for the same vendor, while recording.
    """
    if local:
        path.unlink(missing_ok=True)
    recorder = VCR(
        serializer="readable",
        record_mode="once" if local else "none",
        match_on=("method", "scheme", "host", "port", "path", "query"),
        decode_compressed_response=True,
        before_save_interaction=_publish(public, local) if local else None,
    )
    recorder.register_serializer("readable", Readable)
    with recorder.use_cassette(str(path)) as playing:
        yield playing
    left = [request.uri for request, _ in playing.data][playing.play_count :]
    assert local or playing.all_played, f"nobody played {len(left)} interactions of {path.name}"


def _publish(public: str, local: str) -> Callable[..., Any]:
    """What is saved: the vendor's address, the type and body of the answer, and no secret."""
    host, base = urlsplit(public), urlsplit(local)

    def publish(request: Any, response: Any, _: Cassette) -> Any:
        asked = urlsplit(request.uri)
        path = host.path.rstrip("/") + asked.path.removeprefix(base.path)
        request.uri = urlunsplit((host.scheme, host.netloc, path, asked.query, ""))
        request.headers = {"Accept": "application/json"}
        data = clean(json.loads(response["body"]["string"]))
        body = json.dumps(data, indent=1, ensure_ascii=False)
        response["body"]["string"] = body.encode()
        response["headers"] = {"Content-Type": ["application/json"]}
        return request, response

    return publish


def clean(value: Any) -> Any:
    """JSON without what a vendor's answer may hold and nobody may keep."""
    if isinstance(value, list):
        return [clean(part) for part in value]
    if not isinstance(value, dict):
        return value
    value = {key: clean(part) for key, part in value.items()}
    for key in _NEVER:
        if key in value:
            value[key] = "scrubbed"
    if linked := value.get("linked_integration"):
        value["linked_integration"] = {key: linked[key] for key in _KEPT} | {"name": "scrubbed"}
    return value


class Readable:
    """YAML with bodies as they are, line by line."""

    @staticmethod
    def serialize(cassette: Any) -> str:
        return yaml.dump(cassette, Dumper=_Dumper, allow_unicode=True, width=1000)

    @staticmethod
    def deserialize(text: str) -> Any:
        return yamlserializer.deserialize(text)


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks."""


def _block(dumper: _Dumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _block)


def open_one_at_a_time(patches: pytest.MonkeyPatch) -> None:
    """Let one thread at a time open a connection.

    While vcrpy makes one of its own, it puts the real classes back for every thread: another
    thread that opens one in this moment would get a real connection, to the real vendor.
    """
    turn = threading.RLock()
    for pool in (HTTPConnectionPool, HTTPSConnectionPool):
        patches.setattr(pool, "_new_conn", _in_turn(pool._new_conn, turn))


def _in_turn(method: Callable[..., Any], turn: threading.RLock) -> Callable[..., Any]:
    @wraps(method)
    def alone(pool: Any) -> Any:
        with turn:
            return method(pool)

    return alone
