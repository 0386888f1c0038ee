"""Cassettes of the sandbox, kept as if the vendor itself had answered.

No cassette here is written unless `--record-mode=rewrite` asks for it. What is ours alone is that
the sandbox's address becomes the vendor's; everything else is `duetrail.recording`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import yaml
from attrs import evolve

from duetrail import plugins
from duetrail.recording import Body, Interaction, record_requests, replay_requests

NEVER_SHOWN = (
    *("sandbox-", "127.0.0.1", "localhost", "Bearer", "eyJ"),
    *("uthorization:", "ookie:", "Date:", "Server:"),
)
"""What no cassette shows: words of the sandbox's secrets, of tokens and of clocks, and loopback."""


def interactions(file: Path) -> list[dict[str, Any]]:
    """What a cassette holds, as YAML has it; read in C where there is that."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: list[dict[str, Any]] = yaml.load(file.read_bytes(), loader)["interactions"]
    return found


@contextmanager
def cassette(vendor: str, path: Path, public: str, local: str | None) -> Iterator[Any]:
    """Play a cassette to its last interaction; with `local` record it from there.

    Args:
        vendor: Whose plugin says what is never to be kept.
        path: The file.
        public: The vendor's base URL, which the cassette shows.
        local: The sandbox's base URL for the same vendor, while recording.
    """
    if local is None:
        with replay_requests(path) as playing:
            yield playing
        return
    path.unlink(missing_ok=True)

    def published(heard: Sequence[Interaction]) -> list[Interaction]:
        return [_published(one, public, local) for one in heard]

    source = plugins.load(vendor).source
    assert source is not None
    with record_requests(path, source, local, change=published) as playing:
        yield playing


def _published(heard: Interaction, public: str, local: str) -> Interaction:
    host, asked = urlsplit(public), urlsplit(heard.uri)
    path = host.path.rstrip("/") + asked.path.removeprefix(urlsplit(local).path)
    uri = urlunsplit((host.scheme, host.netloc, path, asked.query, ""))
    return evolve(heard, uri=uri, body=Body(data=moved(heard.body.data, public, local)))


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
