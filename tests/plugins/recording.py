"""Cassettes: recorded from the sandbox, kept as if the vendor itself had answered, for reading.

No cassette here is written unless `--record-mode=rewrite` asks for it. The cassette tests of all
four vendors play and record with this, and take the fixtures at its end.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
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
_NEVER = ("presigned_url", "account_key", "login", "password", "jwt")
# Of a request and of an answer no other header is kept.
_MEDIA = ("Accept", "Content-Type")

NEVER_SHOWN = (
    *("sandbox-", "127.0.0.1", "localhost", "Bearer", "eyJ"),
    *("uthorization:", "ookie:", "Date:", "Server:"),
)
"""What no cassette shows: words of the sandbox's secrets, of tokens and of clocks, and loopback."""


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
        match_on=("method", "scheme", "host", "port", "path", "query", "media", "content"),
        decode_compressed_response=True,
        before_save_interaction=_publish(public, local) if local else None,
    )
    recorder.register_serializer("readable", Readable)
    recorder.register_matcher("media", _same_media)
    recorder.register_matcher("content", _same_content)
    with recorder.use_cassette(str(path)) as playing:
        yield playing
    left = [request.uri for request, _ in playing.data][playing.play_count :]
    assert local or playing.all_played, f"nobody played {len(left)} interactions of {path.name}"


def _publish(public: str, local: str) -> Callable[..., Any]:
    """What is saved: the vendor's address, media types and bodies, and no secret."""
    host, base = urlsplit(public), urlsplit(local)

    def publish(request: Any, response: Any, _: Cassette) -> Any:
        asked = urlsplit(request.uri)
        path = host.path.rstrip("/") + asked.path.removeprefix(base.path)
        request.uri = urlunsplit((host.scheme, host.netloc, path, asked.query, ""))
        request.headers = _media(request.headers)
        if request.body:
            request.body = _indented(_content(request))
        data = moved(clean(json.loads(response["body"]["string"])), public, local)
        response["body"]["string"] = _indented(data)
        response["headers"] = _media(response["headers"])
        return request, response

    return publish


def _media(headers: Mapping[str, Any]) -> dict[str, Any]:
    return {name: headers[name] for name in _MEDIA if name in headers}


def _indented(data: Any) -> bytes:
    return json.dumps(data, indent=1, ensure_ascii=False).encode()


def _content(request: Any) -> Any:
    """What a request says, but for its secrets; None where it says nothing."""
    return clean(json.loads(request.body)) if request.body else None


def _same_media(asked: Any, kept: Any) -> bool:
    return _media(asked.headers) == _media(kept.headers)


def _same_content(asked: Any, kept: Any) -> bool:
    """Secrets are not compared: a cassette has none."""
    return bool(_content(asked) == _content(kept))


def moved(value: Any, public: str, local: str) -> Any:
    """JSON whose links lead to the vendor, those without a host included."""
    if isinstance(value, list):
        return [moved(part, public, local) for part in value]
    if isinstance(value, dict):
        return {key: moved(part, public, local) for key, part in value.items()}
    if not isinstance(value, str):
        return value
    inside = f"{urlsplit(local).path}/"
    if value.startswith(inside):
        return f"{urlsplit(public).path}/{value.removeprefix(inside)}"
    return value.replace(local, public)


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


@pytest.fixture
def played(request: pytest.FixtureRequest) -> None:
    """For tests that have nothing to record."""
    if request.config.getoption("--record-mode") == "rewrite":
        pytest.skip("plays what other tests record")


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> list[Any]:
    """Every attempt to reach anything; there must be none."""
    attempts: list[Any] = []

    def connect(_: socket.socket, address: Any) -> None:
        attempts.append(address)
        raise OSError("a cassette needs no network")

    if request.config.getoption("--record-mode") != "rewrite":
        monkeypatch.setattr(socket.socket, "connect", connect)
    return attempts


@pytest.fixture
def bodies() -> Callable[[Cassette], list[Any]]:
    """Every body of a cassette, read without any code of ours."""
    return lambda playing: [json.loads(answer["body"]["string"]) for answer in playing.responses]
