"""How many statements a page and a key cost the store: a dialogue with it would show here."""

import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import duetrail
from duetrail.pipeline import work
from duetrail.pipeline.pool import Limits

HERE = Path(__file__).parent
PAGE = 200

# What a page of 200 lean invoices, each with a line and a customer, and a key with one call may
# cost at most.
MOST = {
    "questions of a new page": 30,
    "statements of a new page": 1_240,
    "questions of a known page": 2,
    "statements of a known page": 8,
    "statements of a new key": 8,
    "statements of a known key": 2,
}

Counting = Callable[..., Counter[str]]

_STUUT = """
[connections.stuut]
base_url = "{url}/lean/{count}"
token = "bench-token-of-24-letters"
page_size = 200
amounts = "major"
cross_check = false
"""
_CREDIRA = """
[connections.credira]
base_url = "{url}/keyed/0"
token = "bench-token-of-24-letters"
invoices = "file:keys.txt"
"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The vendor of the benchmarks."""
    with subprocess.Popen(
        [sys.executable, HERE / "vendor.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.stdin.close()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counting:
    """Syncs, and counts the statements that SQLite runs meanwhile, by their first word.

    A row of `executemany` is a statement.
    """
    seen: Counter[str] = Counter()
    connect = sqlite3.connect

    def traced(*args: object, **more: object) -> sqlite3.Connection:
        found: sqlite3.Connection = connect(*args, **more)  # type: ignore[call-overload]
        found.set_trace_callback(lambda sql: seen.update([sql.split(None, 1)[0].upper()]))
        return found

    monkeypatch.setattr(sqlite3, "connect", traced)

    def counting(folder: Path, **more: object) -> Counter[str]:
        seen.clear()
        summary = duetrail.sync(config=folder / "duetrail.toml", workers=1, **more)  # type: ignore[arg-type]
        assert summary.exit_code == 0, summary.as_dict()
        return Counter(seen)

    return counting


def _a_page(url: str, tmp_path: Path, counted: Counting) -> tuple[Counter[str], Counter[str]]:
    """What the second of two pages costs: when it is new, and when it is read again."""
    costs = []
    for pages in (1, 2):
        folder = tmp_path / str(pages)
        folder.mkdir()
        (folder / "duetrail.toml").write_text(_STUUT.format(url=url, count=pages * PAGE))
        costs.append([counted(folder, select=["invoices"], full=full) for full in (False, True)])
    (new_one, again_one), (new_two, again_two) = costs
    return new_two - new_one, again_two - again_one


def test_a_page(url, tmp_path, counted):
    """A page of 200 lean invoices costs few questions, and a row each of what is written.

    A page of which nothing is new costs few questions and hardly a row.
    """
    new, again = _a_page(url, tmp_path, counted)
    assert new["SELECT"] <= MOST["questions of a new page"], new
    assert new.total() <= MOST["statements of a new page"], new
    assert again["SELECT"] <= MOST["questions of a known page"], again
    assert again.total() <= MOST["statements of a known page"], again


def test_a_key(url, tmp_path, counted, monkeypatch):
    """A key whose answer is new, and one whose answer is known, cost few statements."""
    # A slow machine would have smaller groups, since they are bounded in time, too.
    monkeypatch.setattr(work, "GROUP", Limits(seconds=3600))
    costs = []
    for keys in (20, 60):
        folder = tmp_path / str(keys)
        folder.mkdir()
        (folder / "keys.txt").write_text("".join(f"k{one}\n" for one in range(keys)))
        (folder / "duetrail.toml").write_text(_CREDIRA.format(url=url))
        costs.append([counted(folder, select=["calls"]).total() for _ in range(2)])
    (new_few, again_few), (new_many, again_many) = costs
    assert (new_many - new_few) / 40 <= MOST["statements of a new key"]
    assert (again_many - again_few) / 40 <= MOST["statements of a known key"]
