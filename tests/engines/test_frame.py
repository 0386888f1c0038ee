"""What `.ci/engines` finds in each folder here: pins with hashes, and tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted(Path(__file__).parent.glob("*/*.lock"))
ENGINES = [lock.parent for lock in LOCKS if lock.name == "requirements.lock"]

PIN = re.compile(
    r"^[\w.-]+(?:\[[\w,-]+\])?==[\w.!+]+(?: ; [^\\\n]+)? \\\n"
    r"(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+",
    re.MULTILINE,
)


def versions(lock: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([\w.!+]+)", lock.read_text(), re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: "/".join(lock.parts[-2:]))
def test_a_lock_holds_pins_with_hashes_and_nothing_else(lock: Path) -> None:
    """No address, no comment with one, no package without a hash."""
    assert PIN.sub("", lock.read_text()) == ""


@pytest.mark.parametrize("folder", ENGINES, ids=lambda folder: folder.name)
def test_an_engine_is_tried_with_the_versions_of_a_push(folder: Path) -> None:
    """What both pin has one version, where the engine allows it."""
    push, engine = versions(ROOT / "requirements.lock"), versions(folder / "requirements.lock")
    needed = {"attrs", "cattrs", "msgspec", "pluggy", "pytest", "requests", "zstandard"}
    assert needed <= engine.keys()
    assert {name for name in needed if engine[name] != push[name]} == set()


@pytest.mark.parametrize("folder", ENGINES, ids=lambda folder: folder.name)
def test_what_an_engine_tests_is_there(folder: Path) -> None:
    """Each path in `tests`, or else a test of its own; each line of `apt` names a program."""
    if (folder / "tests").exists():
        lines = (folder / "tests").read_text().splitlines()
        assert all((ROOT / one.partition("::")[0]).exists() for one in lines if one[0] != "-")
    else:
        assert list(folder.glob("test_*.py"))
    if (folder / "apt").exists():
        assert all(len(line.split()) == 2 for line in (folder / "apt").read_text().splitlines())
