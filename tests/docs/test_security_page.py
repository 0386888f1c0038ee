"""docs/security.md states facts; these are the ones that a number or a name can get wrong."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest

from duetrail.cli.group import BUILT_IN
from duetrail.http import Session, masking
from duetrail.http.body import _MOST_DIGITS
from duetrail.model.made_ids import _LONGEST
from duetrail.secrets import hiding
from duetrail.source import Connection

ROOT = Path(__file__).parents[2]


@pytest.fixture
def text(page: Any) -> str:
    return str(page("security.md").text)


def test_the_numbers_are_those_of_the_code(text: str) -> None:
    """Limits on the page are the limits in force."""
    max_body = attrs.fields(Connection).max_body.default
    assert f"at most `max_body` MiB** ({max_body:g})" in text
    max_time = attrs.fields(Connection).max_time.default
    assert f"at most `max_time` seconds** ({max_time:g})" in text
    assert f"less than {hiding._SHORTEST} characters" in text
    assert f"at most {masking._LONGEST} characters" in text
    assert f"more than {_LONGEST:,} bytes" in text
    assert f"more than {_MOST_DIGITS:,} digits" in text
    assert f"a mask (`{masking.MASK}`)" in text
    assert f"cut from the data (`{hiding.HIDDEN}`)" in text


def test_every_command_either_prints_data_or_does_not(page: Any) -> None:
    """Each command that prints what is stored or fetched stands in the table, once."""
    rows = page("security.md").section("What is printed").rows()
    named = re.findall(r"`(\w+)(?: [\w-]+)?`", " ".join(cells[0] for cells in rows))
    assert set(named) | {"auth", "init", "new", "plugins", "schema", "spark"} == set(BUILT_IN)


def test_the_modes(page: Any, tmp_path: Path) -> None:
    """A store and a configuration that are made now have the modes of the table."""
    rows = page("security.md").section("File modes").rows()
    assert {cells[2].split(",")[0] for cells in rows} == {"`0600`"}
    code = "import os; os.umask(0); from duetrail.cli import main; main()"
    words = ["init", "--plugin", "stuut", "--set", "token=env:T"]
    subprocess.run([sys.executable, "-c", code, *words], cwd=tmp_path, check=True)
    assert f"{(tmp_path / 'duetrail.toml').stat().st_mode & 0o777:04o}" == "0600"


def test_a_session_only_reads() -> None:
    """What a plugin can do to a vendor is what the page says."""
    public = {name for name in vars(Session) if not name.startswith("_")}
    assert public == {"get", "get_linked", "post", "wait", "login", "close", "vendor"}
    assert "check_read(" in inspect.getsource(Session.post)


def test_whatever_writes_csv_disarms_formulas() -> None:
    """Each module that writes a file for spreadsheets uses the one function that disarms."""
    writers = {
        file.stem: text
        for file in (ROOT / "core" / "duetrail").rglob("*.py")
        if re.search(
            r"^\s*(import|from) (csv|openpyxl|xlsxwriter)\b",
            text := file.read_text(encoding="utf-8"),
            re.MULTILINE,
        )
        if "csv.reader(" not in text or "writer" in text  # what only reads writes nothing
    }
    assert writers
    assert [name for name, text in writers.items() if "inert" not in text] == []
