"""The table of mutants in docs/mutants.md: read, and written anew."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "mutants.md"

# What fails where only the author's own eyes help.
KNOWN = "test_what_is_known_is_so"

_MARK = " °"
_HEAD = "| mistake | first test that fails |\n|---|---|\n"
_ROW = re.compile(r"^\| (.+?) \| (?:`(\w+)`|none: .+) \|$", re.MULTILINE)


class Table:
    """What the suite said of every mutant, as the page has it."""

    @property
    def tests(self) -> dict[str, str]:
        """By mistake, the first test that fails; empty where none does."""
        rows = _ROW.findall(_part("mutants"))
        return {name.removesuffix(_MARK): test for name, test in rows}

    @property
    def marked(self) -> set[str]:
        """The mistakes that are marked as published ones."""
        names = [name for name, _ in _ROW.findall(_part("mutants"))]
        return {name.removesuffix(_MARK) for name in names if name.endswith(_MARK)}

    @property
    def rate(self) -> str:
        """What is said above the table."""
        return _part("kill rate")

    @staticmethod
    def sentence(tests: Mapping[str, str]) -> str:
        """How many mistakes are found, in a sentence."""
        found = [test for test in tests.values() if test]
        seen = found.count(KNOWN)
        share = 100 * len(found) / len(tests)
        return (
            f"Of {len(tests)} mistakes {len(found)} fail a test ({share:.1f} %); "
            f"{seen} of these fail `{KNOWN}` alone, and would not be found without `known`.\n"
        )

    def write(self, mutants: Iterable[Any], tests: Mapping[str, str]) -> None:
        """Write table and sentence anew."""
        rows = "".join(_row(one, tests[one.name]) for one in mutants)
        _write("kill rate", self.sentence(tests))
        _write("mutants", _HEAD + rows)


def _row(mutant: Any, test: str) -> str:
    mark = _MARK if mutant.published else ""
    why = mutant.survives or "nobody knows why"
    return f"| {mutant.name}{mark} | {f'`{test}`' if test else f'none: {why}'} |\n"


def _part(name: str) -> str:
    text = PAGE.read_text(encoding="utf-8")
    return text.partition(f"<!-- generated: {name} -->\n")[2].partition("<!-- end -->")[0]


def _write(name: str, text: str) -> None:
    begin, end = f"<!-- generated: {name} -->\n", "<!-- end -->\n"
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    PAGE.write_text(before + begin + text + end + rest.partition(end)[2], encoding="utf-8")
