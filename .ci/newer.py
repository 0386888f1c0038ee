"""Make a wheel of a newer release of every pinned package that some pin asks for with an extra.

Used as `python newer.py LOCK FOLDER`, in an environment in which the pinned set is installed.
Afterwards it says whether all that is installed is what is pinned.
"""

import re
import sys
import zipfile
from importlib.metadata import distributions, version
from pathlib import Path

from packaging.requirements import Requirement

NEWER = "9999.0"


def pins(lock: Path) -> dict[str, str]:
    """The version of each package in a lock file."""
    return dict(re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==(\S+)", lock.read_text(), re.MULTILINE))


def with_extras(names: set[str]) -> set[str]:
    """Those of some packages that another of them asks for with an extra."""
    wanted = [
        Requirement(text)
        for found in distributions()
        if found.metadata["Name"].lower() in names
        for text in found.requires or []
    ]
    return {
        one.name.lower()
        for one in wanted
        if one.extras and (one.marker is None or one.marker.evaluate({"extra": ""}))
    }


def write_wheel(name: str, folder: Path) -> None:
    """A wheel of this package that holds nothing but its metadata."""
    info = f"{name}-{NEWER}.dist-info"
    wheel = "Wheel-Version: 1.0\nGenerator: newer\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {NEWER}\n"
    with zipfile.ZipFile(folder / f"{name}-{NEWER}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{info}/METADATA", metadata)
        archive.writestr(f"{info}/WHEEL", wheel)
        archive.writestr(f"{info}/RECORD", "")


def main(lock: str, folder: str) -> None:
    """Make the wheels, and compare what is installed with what is pinned."""
    pinned = pins(Path(lock))
    installed = {found.metadata["Name"].lower().replace("_", "-") for found in distributions()}
    for name in sorted(installed & pinned.keys()):
        if version(name) != pinned[name]:
            sys.exit(f"{name} {version(name)} is installed, {pinned[name]} is pinned")
    names = with_extras(set(pinned)) & pinned.keys()
    if not names:
        sys.exit("no pinned package is asked for with an extra: this test proves nothing")
    for name in names:
        write_wheel(name, Path(folder))
    sys.stdout.write("newer releases stand ready of: " + ", ".join(sorted(names)) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
