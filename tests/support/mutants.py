"""Mutants of three small vendors: one mistake each, and what the contract suite says of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from attrs import frozen

_TESTS = Path(__file__).parents[1]
LISTS = _TESTS / "mutants"
VENDORS = _TESTS / "core" / "testing"

# Which vendor each theme makes mistakes in.
THEMES = {
    "declaring": "acme",
    "fetching": "acme",
    "mapping": "acme",
    "paging": "pager",
    "oauth2": "gated",
}

# Seconds after which a suite that has not ended counts as one that found nothing.
LIMIT = 600

# Plugins of pytest that the suite has no use for take as long to load as all the rest.
_QUICKLY = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}

# The class an author would write; what is known of the vendor stands beside it.
_SUITE = """
import tomllib
from pathlib import Path

from duetrail.model import BY_TABLE, fields_of
from duetrail.testing import ContractTests{imports}

HERE = Path(__file__).parent
SAID = tomllib.loads((HERE / "{vendor}.toml").read_text(encoding="utf-8"))


def but(table, filled):
    names = {{one.name for one in fields_of(BY_TABLE[table])}}
    words = {{name for name in names if name.endswith("_raw")}}
    return sorted(names - words - {{"connection", "id", "invoices", *filled.split()}})


class TestVendor(ContractTests):
    source = {source}
    cassettes = HERE / "{vendor}.yaml"
    absent = SAID.get("absent") or {{t: but(t, filled) for t, filled in SAID["filled"].items()}}
    known = SAID["known"]
    settings = SAID.get("settings", {{}})
"""


@frozen
class Mutant:
    """A vendor's plugin with one mistake.

    Attributes:
        name: The mistake, in plain words.
        theme: What it is a mistake in.
        edits: Texts of the plugin, and what stands in their place.
        every: Whether the first of them may stand in several places.
        published: Which of the fourteen published faults it is; empty for none.
        survives: Why no test finds it; empty where one does.
    """

    name: str
    theme: str
    edits: tuple[tuple[str, str], ...]
    every: bool = False
    published: str = ""
    survives: str = ""

    @property
    def is_installed(self) -> bool:
        """Whether it matters how it is loaded."""
        return self.theme == "declaring"

    @property
    def vendor(self) -> str:
        """Whose plugin it is a mistake in."""
        return THEMES[self.theme]

    @property
    def text(self) -> str:
        """The plugin with the mistake.

        Raises:
            ValueError: A text to be replaced stands nowhere, or in several places.
        """
        text = (VENDORS / f"{self.vendor}.py").read_text(encoding="utf-8")
        for number, (old, new) in enumerate(self.edits):
            count = text.count(old)
            if count == 0 or (count > 1 and not (self.every and number == 0)):
                raise ValueError(f"{self.name}: {old!r} stands in {count} places")
            text = text.replace(old, new)
        return text


@frozen
class Verdict:
    """What the suite says of a plugin.

    Attributes:
        test: The first test that fails; empty where all pass.
        said: The first line of what it says.
        seconds: How long it took.
        is_ended: Whether the suite came to an end.
    """

    test: str
    said: str
    seconds: float
    is_ended: bool = True


def mutants() -> Iterator[Mutant]:
    """Every mutant, theme by theme, in the order of the files."""
    for theme in THEMES:
        listed = tomllib.loads((LISTS / f"{theme}.toml").read_text(encoding="utf-8"))
        for name, facts in listed.items():
            yield _mutant(name, theme, **facts)


def _mutant(name: str, theme: str, old: str, new: str, **more: Any) -> Mutant:
    edits = ((old, new), *((one, other) for one, other in more.pop("also", ())))
    return Mutant(name, theme, edits, **more)


def verdict(text: str, folder: Path, *, vendor: str = "acme", is_installed: bool = True) -> Verdict:
    """What the suite says of a plugin with this text, in an empty folder, up to the first failure.

    Args:
        text: The plugin.
        folder: The folder.
        vendor: Whose recording and facts are used.
        is_installed: Whether it is installed, or a module that is given to the suite: that saves
            the time of finding out how it loads.
    """
    _install(text, folder, vendor, is_installed)
    report = folder / "report.xml"
    places = os.pathsep.join([str(folder), *filter(None, sys.path)])
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    command += ["-o", "junit_logging=no", f"--junitxml={report}", "test_vendor.py"]
    before = time.monotonic()
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | _QUICKLY | {"PYTHONPATH": places},
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
    except subprocess.TimeoutExpired:
        return Verdict("", f"no end within {LIMIT} s", time.monotonic() - before, is_ended=False)
    seconds = time.monotonic() - before
    if done.returncode not in (0, 1):
        raise RuntimeError(f"the suite cannot be run:\n{done.stdout}{done.stderr}")
    return Verdict(*_failure(report), seconds)


def _install(text: str, folder: Path, vendor: str, is_installed: bool) -> None:
    """The plugin as a distribution, with its recording and its suite."""
    for name in (f"{vendor}.yaml", f"{vendor}.toml"):
        shutil.copy(VENDORS / name, folder)
    (folder / f"{vendor}.py").write_text(text, encoding="utf-8")
    source, imports = (f'"{vendor}"', "") if is_installed else (vendor, f"\nimport {vendor}")
    suite = _SUITE.format(source=source, imports=imports, vendor=vendor)
    (folder / "test_vendor.py").write_text(suite)
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    if not is_installed:
        return
    facts = folder / f"{vendor}-0.1.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {vendor}\nVersion: 0.1\n")
    (facts / "entry_points.txt").write_text(f"[duetrail]\n{vendor} = {vendor}\n")


def _failure(report: Path) -> tuple[str, str]:
    """The first test that failed, and the first line it says."""
    for case in ElementTree.parse(report).iter("testcase"):
        for found in (*case.iter("failure"), *case.iter("error")):
            name = case.attrib["name"].partition("[")[0]
            return name, found.attrib.get("message", "").partition("\n")[0]
    return "", ""
