"""What is installed: plugins and their commands, read from the metadata of distributions.

Nothing is imported to know it. Only the files that name one of our groups are read:
`importlib.metadata` takes 30 ms to import and reads every distribution for each question.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

GROUP = "duetrail"
"""The entry-point group of plugins."""

COMMANDS = "duetrail.commands"
"""The entry-point group of the commands they add."""

_KINDS = (".dist-info", ".egg-info")


_Facts = tuple[tuple[str, str], ...]


class EntryPoint(NamedTuple):
    """One thing a distribution offers.

    Attributes:
        group: `duetrail` for a plugin, `duetrail.commands` for a command.
        name: What it is called.
        module: The module to import.
        attribute: What of the module it is; empty for the module itself.
        metadata: What the distribution's metadata say: pairs of a key and a value, as they stand.
    """

    group: str
    name: str
    module: str
    attribute: str
    metadata: _Facts

    def load(self) -> Any:
        """Import it."""
        found: Any = import_module(self.module)
        for name in filter(None, self.attribute.split(".")):
            found = getattr(found, name)
        return found

    @property
    def distribution(self) -> str:
        """The distribution's name."""
        return _first(self.metadata, "Name") or "an unknown distribution"

    @property
    def version(self) -> str:
        """The distribution's version."""
        return _first(self.metadata, "Version") or "unknown"

    @property
    def requires(self) -> tuple[str, ...]:
        """What the distribution requires, a line each."""
        return tuple(value for key, value in self.metadata if key == "Requires-Dist")


def points(group: str) -> list[EntryPoint]:
    """The entry points of a group; of two distributions of one name the first on `sys.path`."""
    found: dict[str, tuple[EntryPoint, ...]] = {}
    for place in sys.path:
        for name, offered in _in_place(place or "."):
            found.setdefault(name, offered)
    return [point for offered in found.values() for point in offered if point.group == group]


def names() -> list[str]:
    """The names of the installed plugins."""
    return sorted({point.name for point in points(GROUP)})


def commands() -> dict[str, EntryPoint]:
    """The commands that plugins add, by name, without those of plugins that are off."""
    plugin = {point.distribution: point.name for point in reversed(points(GROUP))}
    return {
        point.name: point
        for point in points(COMMANDS)
        if is_on(plugin.get(point.distribution, point.name))
    }


def is_on(plugin: str) -> bool:
    """Whether `DUETRAIL_PLUGINS` lets a plugin load."""
    limit = os.environ.get("DUETRAIL_PLUGINS")
    return limit is None or plugin in {part.strip() for part in limit.split(",")}


def version_of(distribution: str) -> str:
    """The version of an installed distribution; empty where it is not installed.

    Args:
        distribution: Its name, in small letters.
    """
    for place in sys.path:
        for name, folder in _folders(place or "."):
            if name == distribution:
                return _first(_facts(folder), "Version")
    return ""


# --- the files -----------------------------------------------------------------------------------


def _in_place(place: str) -> Iterator[tuple[str, tuple[EntryPoint, ...]]]:
    """The distributions of one place on `sys.path`, by their normalised names."""
    if os.path.isfile(place):
        yield from _in_archive(place)
    for name, folder in _folders(place):
        yield name, _in_distribution(folder)


def _folders(place: str) -> Iterator[tuple[str, str]]:
    """The folders with metadata in a place, by the normalised names of their distributions."""
    try:
        found = sorted(entry.name for entry in os.scandir(place) if entry.name.endswith(_KINDS))
    except OSError:  # `sys.path` may name what is not there, and archives
        return
    for name in found:
        yield _normal(name.rpartition(".")[0].partition("-")[0]), os.path.join(place, name)


def _in_distribution(folder: str) -> tuple[EntryPoint, ...]:
    file = os.path.join(folder, "entry_points.txt")
    try:
        facts = os.stat(file)
    except OSError:  # it offers nothing
        return ()
    return _read(folder, facts.st_mtime_ns, facts.st_size)


@cache
def _read(folder: str, changed: int, size: int) -> tuple[EntryPoint, ...]:
    """The entry points of a distribution; read again once its file has changed."""
    with open(os.path.join(folder, "entry_points.txt"), encoding="utf-8") as file:
        text = file.read()
    if GROUP not in text:
        return ()
    return _parsed(text, _facts(folder))


def _facts(folder: str) -> _Facts:
    """What a distribution says of itself."""
    for name in ("METADATA", "PKG-INFO"):
        try:
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                return _header(file.read())
        except OSError:
            continue
    return ()


def _header(metadata: str) -> _Facts:
    header = metadata.replace("\r\n", "\n").partition("\n\n")[0]
    parts = (line.partition(": ") for line in header.splitlines())
    return tuple((key, value.strip()) for key, _, value in parts)


def _in_archive(file: str) -> Iterator[tuple[str, tuple[EntryPoint, ...]]]:
    from importlib.metadata import distributions  # nearly nobody has plugins in an archive

    for one in distributions(path=[file]):
        text = one.read_text("entry_points.txt") or ""
        yield _normal(one.name), _parsed(text, _header(one.read_text("METADATA") or ""))


def _parsed(text: str, facts: _Facts) -> tuple[EntryPoint, ...]:
    found, group = [], ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            group = line[1:-1].strip()
        elif group in (GROUP, COMMANDS) and line[:1] not in ("#", ";") and "=" in line:
            name, _, place = line.partition("=")
            module, _, attribute = place.partition("[")[0].partition(":")
            found.append(EntryPoint(group, name.strip(), module.strip(), attribute.strip(), facts))
    return tuple(found)


def _normal(name: str) -> str:
    """The name of a distribution as packaging compares them."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _first(facts: _Facts, wanted: str) -> str:
    return next((value for key, value in facts if key == wanted), "")
