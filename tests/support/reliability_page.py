"""The tables of docs/reliability.md: what came of the tests, and what came of them before."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from attrs import field, mutable

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"

KILL_POINTS = ["as a request arrives", "right before a commit", "right after a commit"]
ALL = "all of them"
# What can come of a bad input; the last two never did, and are told all the same.
ENDS = ["kept", "set aside", "left out", "refused", "lost", "tracebacks"]
TOTALS = [
    "faults tried",
    "requests that got one",
    "kill points tried",
    "cuts of the write-ahead log tried",
    "requests counted against a limit",
    "requests over the limit",
    "records lost",
    "secrets found in messages and stores",
    "names, numbers and addresses of people found in messages",
]


@mutable
class Results:
    """What came of the tests, cell by cell, and on the page what came of them before.

    Attributes:
        cells: What was found now, by table, row and column.
        totals: Numbers, added up.
    """

    cells: dict[tuple[str, str, str], str] = field(factory=dict)
    totals: dict[str, int] = field(factory=dict)

    def note(self, table: str, row: str, column: str, words: str) -> None:
        """Note one cell."""
        self.cells[table, row, column] = words

    def count(self, name: str, number: int) -> None:
        """Add to a number."""
        self.totals[name] = self.totals.get(name, 0) + number

    @staticmethod
    def on_page(table: str, row: str, column: str) -> str:
        """What the page says in a cell; empty where it has none."""
        text = PAGE.read_text(encoding="utf-8")
        part = text.partition(f"<!-- generated: {table} -->\n")[2].partition("<!-- end -->")[0]
        lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in part.splitlines()]
        found = [line for line in lines if line and line[0] == row]
        return found[0][lines[0].index(column)] if found and column in lines[0] else ""

    def write(self, titles: Sequence[str], faults: Sequence[str], values: Sequence[str]) -> None:
        """Write the tables anew; what was not tried this time stays as it was."""
        self._write("faults", ["fault", *titles], faults)
        self._write("kills", ["killed", *titles], KILL_POINTS)
        for title in titles:
            every = [self._cell("inputs", value, title) for value in values]
            self.note("inputs", ALL, title, self.added(every))
        self._write("inputs", ["bad value", *titles], [*values, ALL])
        tried = [place for place in self.cells if place[0] != "inputs"]
        if len(tried) < len(titles) * (len(faults) + len(KILL_POINTS)):
            return  # totals of a part would be none
        for name, number in self.totals.items():
            self.note("totals", name, "number", f"{number:,}")
        self._write("totals", ["what", "number"], TOTALS)

    @staticmethod
    def added(cells: Sequence[str]) -> str:
        """The numbers of several cells in one, with those that are nothing."""
        sums: Counter[str] = Counter()
        for number, word in re.findall(r"([\d,]+) ([a-z ]+)", " | ".join(cells)):
            sums[word.strip()] += int(number.replace(",", ""))
        return ", ".join(f"{sums[word]:,} {word}" for word in ENDS)

    def _write(self, table: str, heads: Sequence[str], names: Sequence[str]) -> None:
        rows = [[name, *(self._cell(table, name, head) for head in heads[1:])] for name in names]
        ruled = ["| " + " | ".join(row) + " |\n" for row in [heads, *rows]]
        lines = "".join([ruled[0], "|---" * len(heads) + "|\n", *ruled[1:]])
        begin, end = f"<!-- generated: {table} -->\n", "<!-- end -->\n"
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(begin)
        after = rest.partition(end)[2]
        PAGE.write_text(before + begin + lines + end + after, encoding="utf-8")

    def _cell(self, table: str, row: str, column: str) -> str:
        return self.cells.get((table, row, column)) or self.on_page(table, row, column)
