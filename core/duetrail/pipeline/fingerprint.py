"""Fingerprint: which mapping it is that makes records of a vendor's objects.

It changes with whatever may change what comes out: the plugin's code and version, Duetrail's
version, the settings of the connection, and the transforms that its records pass through.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import cache, partial
from hashlib import sha256
from inspect import unwrap
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from duetrail.installed import version_of
from duetrail.plugins import Plugin
from duetrail.secrets import Secret
from duetrail.source import Connection

# As many streams as one run is likely to have at once.
_MOST = 1_000


class _Unknown(Exception):
    """There is code that no file shows."""


def fingerprint(plugin: Plugin, connection: Connection) -> bytes | None:
    """What tells one mapping from another; None where its code cannot be read.

    Args:
        plugin: What maps.
        connection: Whose objects, with its settings and transforms.
    """
    asked = (id(plugin), id(connection))
    known = _fingerprints.get(asked)
    if known is None:
        if len(_fingerprints) >= _MOST:
            _fingerprints.clear()
        # Both are kept beside it, so that nothing else gets their ids.
        known = _fingerprints[asked] = (plugin, connection, _fingerprint(plugin, connection))
    return known[2]


_fingerprints: dict[tuple[int, int], tuple[Plugin, Connection, bytes | None]] = {}


def _fingerprint(plugin: Plugin, connection: Connection) -> bytes | None:
    try:
        parts = [
            plugin.name,
            plugin.version,
            version_of("duetrail"),
            list(_code(plugin.implementations["map_item"])),
            list(_settings(connection)),
            [[name, list(_code(change))] for name, change in connection.transforms.items()],
        ]
        return sha256(_encode(parts)).digest()
    except (OSError, _Unknown):
        return None


def _settings(connection: Connection) -> Iterator[Any]:
    """What a mapping can see of a connection, but for its secrets."""
    yield connection.name
    yield connection.base_url
    options = connection.options
    for field in getattr(options, "__attrs_attrs__", ()):
        value = getattr(options, field.name)
        if not isinstance(value, Secret):
            yield [field.name, value]


def _code(function: Callable[..., Any]) -> Iterator[Any]:
    """Which function it is, and the code of the package it stands in."""
    if isinstance(function, partial):
        yield from _code(function.func)
        for value in (*function.args, *function.keywords.values()):
            if isinstance(value, Connection):
                yield list(_settings(value))
            else:
                yield list(_code(value)) if callable(value) else value
        return
    function = unwrap(function)
    module = sys.modules.get(getattr(function, "__module__", ""))
    if module is None:
        raise _Unknown
    package = sys.modules.get(module.__name__.partition(".")[0], module)
    code = getattr(function, "__code__", None)
    yield getattr(function, "__qualname__", "")
    yield code.co_firstlineno if code else 0
    # What a function was closed over is no file, so it stands for itself.
    cells = getattr(function, "__closure__", None) or ()
    yield [repr(cell.cell_contents) for cell in cells]
    yield _files(package)


@cache
def _files(package: ModuleType) -> bytes:
    """A hash over the files of a package."""
    digest = sha256()
    for folder in getattr(package, "__path__", ()):
        for path in sorted(Path(folder).rglob("*")):
            if "__pycache__" in path.parts or not path.is_file():
                continue
            digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    if package.__dict__.get("__file__"):
        digest.update(Path(str(package.__file__)).read_bytes())
    elif not getattr(package, "__path__", ()):
        raise _Unknown
    return digest.digest()


_encode = msgspec.json.Encoder(order="deterministic", enc_hook=repr).encode
