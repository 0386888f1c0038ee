"""docs/testing.md has every fault there is, and a recording that works."""

from __future__ import annotations

import re
import shlex
import shutil
import tomllib
from pathlib import Path

import pytest

from duetrail.cli import main
from duetrail.testing import FAULTS, faults


def test_every_fault_is_listed(generated) -> None:
    """Each value with its name in tables, in the order of `FAULTS`."""
    values = {id(value): name for name, value in vars(faults).items()}
    rows = [f"| `{values[id(fault)]}` | {fault.name} |\n" for fault in FAULTS]
    generated("testing.md", "faults", "| value | what happens |\n|---|---|\n" + "".join(rows))


def test_the_walkthrough_of_a_recording(page, served, tmp_path, monkeypatch) -> None:
    """The commands of the page, one after the other, write the cassette that they say."""
    shutil.copy(served / "duetrail.toml", tmp_path)
    monkeypatch.chdir(tmp_path)
    (block,) = page("testing.md").section("Record").fences("sh")
    commands = [shlex.split(line, comments=True) for line in block.splitlines()]
    for name, *arguments in commands:
        assert name == "duetrail"
        with pytest.raises(SystemExit) as ended:
            main(arguments, prog_name="duetrail")
        assert ended.value.code == 0
    files = re.findall(r"# writes (\S+)", block)
    assert [file for file in files if Path(file).is_file()] == files != []


def test_the_extra_of_vcrpy_exists(page) -> None:
    """What is to be installed is what pyproject.toml offers, and brings vcrpy."""
    (named,) = re.findall(r"duetrail\[(\w+)\]", page("testing.md").section("Record").text)
    file = Path(__file__).parents[2] / "pyproject.toml"
    extras = tomllib.loads(file.read_text())["project"]["optional-dependencies"]
    assert any(one.startswith("vcrpy") for one in extras[named])
