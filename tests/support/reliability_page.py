"""The tables of docs/reliability.md: what came of the tests, and what came of them before."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from attrs import field, frozen, mutable

from support.bench import POSTGRESQL, SQLITE

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"

STORE_NAMES = {SQLITE: "SQLite", POSTGRESQL: "PostgreSQL"}
KILLS = ["as a request arrives", "right before a commit", "right after a commit"]
KILL_POINTS = [f"{kill}, {store}" for store in STORE_NAMES.values() for kill in KILLS]
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
        cells: What was found now, by kind of store, table, row and column.
        totals: Numbers by kind of store and name, added up.
    """

    cells: dict[tuple[str, str, str, str], str] = field(factory=dict)
    totals: Counter[tuple[str, str]] = field(factory=Counter)

    def of(self, kind: str) -> StoreResults:
        """Takes what comes of tests with a store of one kind."""
        return StoreResults(self, kind)

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
            self.of(SQLITE).note("inputs", ALL, title, self.added(every))
        self._write("inputs", ["bad value", *titles], [*values, ALL])
        for kind, store in STORE_NAMES.items():
            tried = [place for place in self.cells if place[0] == kind and place[1] != "inputs"]
            if len(tried) < len(titles) * (len(faults) + len(KILLS)):
                continue  # totals of a part would be none
            for name in TOTALS:
                number = self.totals[kind, name]
                is_tried = (kind, name) in self.totals
                self.of(SQLITE).note("totals", name, store, f"{number:,}" if is_tried else "none")
        self._write("totals", ["what", *STORE_NAMES.values()], TOTALS)

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
        found = (self.cells.get((kind, table, row, column)) for kind in TOLD[table])
        return next(filter(None, found), "") or self.on_page(table, row, column)


# Of faults and bad inputs the page has what came of them in SQLite; elsewhere it is the same.
TOLD = {"faults": [SQLITE], "inputs": [SQLITE], "totals": [SQLITE], "kills": list(STORE_NAMES)}


@frozen
class StoreResults:
    """What comes of tests with a store of one kind.

    Attributes:
        results: Where it goes.
        kind: The kind.
    """

    results: Results
    kind: str

    def note(self, table: str, row: str, column: str, words: str) -> None:
        """Note one cell; how often something was killed is told for each store."""
        named = f"{row}, {STORE_NAMES[self.kind]}" if table == "kills" else row
        self.results.cells[self.kind, table, named, column] = words

    def count(self, name: str, number: int) -> None:
        """Add to a number."""
        self.results.totals[self.kind, name] += number
