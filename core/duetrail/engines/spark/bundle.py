"""Duetrail and some plugins as one importable file, for platforms that cannot import packages."""

from __future__ import annotations

import base64
import io
import textwrap
import zipfile
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from importlib.metadata import requires
from importlib.util import find_spec
from pathlib import Path
from string import Template

from duetrail.errors import PluginError, did_you_mean
from duetrail.installed import GROUP, EntryPoint, points, version_of

# What no executor needs: commands, and the tools of plugins' authors.
_LEFT_OUT = frozenset({"cli", "recording", "scaffold", "testing"})


def bundle(names: Sequence[str]) -> str:
    """The text of a Python file with the data source `duetrail` and some plugins.

    Args:
        names: The plugins.

    Raises:
        PluginError: One is not installed.
    """
    by_name = {point.name: point for point in points(GROUP)}
    for name in names:
        if name not in by_name:
            raise PluginError(
                f"there is no plugin {name!r}",
                hint=did_you_mean(name, by_name, f"There are {', '.join(sorted(by_name))}."),
            )
    chosen = [by_name[name] for name in dict.fromkeys(names)]
    archive = _archive(chosen)
    encoded = "\n".join(textwrap.wrap(base64.b64encode(archive).decode(), 96))
    return Template(Path(__file__).with_name("bundled.py.txt").read_text()).substitute(
        plugins=", ".join(f"{point.name} {point.version}" for point in chosen),
        command=f"duetrail spark bundle {' '.join(names)}",
        version=version_of("duetrail"),
        requirements=", ".join(_requirements(chosen)),
        digest=blake2b(archive, digest_size=16).hexdigest(),
        archive=encoded,
    )


def _archive(chosen: Sequence[EntryPoint]) -> bytes:
    """The packages as a zip, the same for the same files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        files = [*_files("duetrail"), *_metadata("duetrail", version_of("duetrail"), "")]
        for point in chosen:
            files += _files(point.module.partition(".")[0])
            place = f"{point.module}:{point.attribute}" if point.attribute else point.module
            offers = f"[{GROUP}]\n{point.name} = {place}\n"
            files += _metadata(point.distribution, point.version, offers)
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _files(package: str) -> Iterator[tuple[str, bytes]]:
    """The files of an installed package, or of a module."""
    found = find_spec(package)
    folders = list((found and found.submodule_search_locations) or ())
    place = folders[0] if folders else found and found.origin
    if not place:
        raise PluginError(f"the package {package!r} is not made of files")
    folder = Path(place)
    for file in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
        parts = file.relative_to(folder.parent).parts
        is_tool = package == "duetrail" and len(parts) > 1 and parts[1] in _LEFT_OUT
        if file.is_file() and "__pycache__" not in parts and not is_tool:
            yield "/".join(parts), file.read_bytes()


def _metadata(distribution: str, version: str, offers: str) -> Iterator[tuple[str, bytes]]:
    """What says that a distribution is installed, and which plugin it offers."""
    folder = f"{distribution.replace('-', '_')}-{version}.dist-info"
    text = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
    yield f"{folder}/METADATA", text.encode()
    yield f"{folder}/entry_points.txt", offers.encode()


def _requirements(chosen: Sequence[EntryPoint]) -> list[str]:
    """What has to be installed beside the file: what Duetrail and the plugins need."""
    told = [*(requires("duetrail") or ()), *(one for point in chosen for one in point.requires)]
    plain = {one for one in told if "extra ==" not in one and not one.startswith("duetrail")}
    return sorted(plain)
