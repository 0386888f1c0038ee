"""Writing docs/performance.md: the tables between its marks."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from peers import Peer
from peers import version as version_of
from scenarios import Table

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
PLOTS = PAGE.with_suffix("")

TARGETS = "targets"
_MACHINE = "machine"


def write(name: str, table: Table) -> None:
    """Write a scenario's table, and what it found for the targets."""
    _replace(name, ruled(table.heads, table.rows))
    heads, *rows = cells(TARGETS)
    for row in rows:
        row[-1] = table.measured.get(row[0], row[-1])
    _replace(TARGETS, ruled(heads, rows))
    for file, text in table.plots.items():
        PLOTS.mkdir(exist_ok=True)
        (PLOTS / file).write_text(text, encoding="utf-8")


def write_machine(rounds: int, peers: Sequence[Peer], skipped: Mapping[str, str]) -> None:
    """Write when, where and with what it was measured."""
    rows = [
        ["date", f"{datetime.now(UTC):%Y-%m-%d}"],
        ["machine", f"{os.cpu_count()} cores, {_processor()}, {platform.system()}"],
        ["rounds", str(rounds)],
        ["Duetrail", version("duetrail")],
        ["Python, SQLite", f"{platform.python_version()}, {sqlite3.sqlite_version}"],
        ["bare loop", ", ".join(f"{one} {version(one)}" for one in ("requests", "msgspec"))],
    ]
    rows += [[peer.name, version_of(peer)] for peer in peers]
    rows += [[name, f"not measured: {why}"] for name, why in skipped.items()]
    _replace(_MACHINE, ruled(["what", ""], rows))


def ruled(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def cells(name: str) -> list[list[str]]:
    """The table that stands between a pair of marks: its headings, then its rows."""
    text = _parts(name)[1]
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    return [line for line in lines if line and set(line[0]) != {"-"}]


def _replace(name: str, text: str) -> None:
    before, _, after = _parts(name)
    PAGE.write_text(before + text + after, encoding="utf-8")


def _parts(name: str) -> tuple[str, str, str]:
    begin, end = f"<!-- generated: {name} -->\n", "<!-- end -->\n"
    before, mark, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    if not mark:
        raise LookupError(f"{PAGE.name} has no place for {name}: {begin.strip()}")
    inside, mark, after = rest.partition(end)
    return before + begin, inside, mark + after


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
