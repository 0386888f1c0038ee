"""The benchmarks run and verify what landed; what they find is for people to read."""

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from support.nightly import first

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "performance.md"
# Every scenario that is measured at some size, and what is small enough for a test.
SIZES = {"lean": 30, "full": 10, "tiny": 10, "fan-out": 20, "keys": 200, "records": 40}
SIZES |= {"workers": 4, "cutting": 1, "help": 1, "stages": 10}


def told(*words: str) -> str:
    """What a program of this folder prints."""
    command = [sys.executable, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=HERE)
    assert done.returncode == 0, done.stderr
    return done.stdout


def tables(text: str) -> list[list[str]]:
    """The lines of tables in a text, cell by cell."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


def blocks(name: str) -> str:
    """What stands between a pair of marks of the page."""
    begin = f"<!-- generated: {name} -->\n"
    text = PAGE.read_text(encoding="utf-8")
    assert begin in text, f"docs/performance.md has no place for {name}"
    return text.partition(begin)[2].partition("<!-- end -->")[0]


@pytest.mark.parametrize("name", first(1, SIZES))
def test_each_scenario_is_verified_and_on_the_page(name):
    """Each scenario is measured by itself, verified, and has its place on the page."""
    words = ["--only", name, "--rounds", "1", "--records", str(SIZES[name]), "--no-peers"]
    heads = tables(told(str(HERE), *words))[0]
    on_page = tables(blocks(name))
    assert not on_page or on_page[0] == heads


def test_memory_is_the_command_s_own(tmp_path):
    """What the measuring process holds is not counted as the memory of what it starts."""
    code = (
        "import pathlib, sys, measuring\n"
        "held = bytearray(200 << 20)\n"
        "took = measuring.cost([sys.executable, '-c', 'pass'], pathlib.Path(sys.argv[1]))\n"
        "print(took.memory)\n"
    )
    assert float(told("-c", code, str(tmp_path))) < 100


def test_other_numbers():
    """What was measured with another number of records is not written to the page."""
    words = [sys.executable, str(HERE), "--only", "help", "--records", "1", "--write"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert (done.returncode, "--write goes without --records" in done.stderr) == (2, True)


def test_every_scenario():
    """No scenario is left out here."""
    assert set(told("-c", "import scenarios; print(*scenarios.SCENARIOS)").split()) == set(SIZES)


@pytest.mark.parametrize("name", first(1, ["lean", "full", "fan-out"]))
def test_what_is_missing(name):
    """A contestant that landed less than there was fails the benchmark, and says how much."""
    code = (
        "import sys, scenarios, ours, measuring\n"
        "from measuring import Failed\n"
        "real = scenarios.refuse_other\n"
        "def more(who, found, wanted):\n"
        "    real(who, found, {name: number + 1 for name, number in wanted.items()})\n"
        "scenarios.refuse_other = ours.refuse_other = more\n"
        "with measuring.vendor() as url:\n"
        "    try: scenarios.SCENARIOS[sys.argv[1]](scenarios.Settings(url, 1, 10))\n"
        "    except Failed as error: print(error)\n"
    )
    assert "landed" in told("-c", code, name)


def test_a_peer_that_cannot_be_installed(tmp_path):
    """A peer without an environment is left out, with the reason."""
    code = (
        "import peers\n"
        "peers.PEERS = (peers.Peer('nobody', 'nobody.py', ('--no-such-option',)),)\n"
        "import __main__, runpy\n"
        "found = runpy.run_path('__main__.py')['_prepared']\n"
        "print(found()[1]['nobody'])\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=HERE,
        env={"PATH": "", "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(HERE)},
    )
    assert done.returncode == 0, done.stderr
    assert "nobody cannot be installed" in done.stdout


def test_expected_sums():
    """What must have landed is what the documents say, read by nothing of ours."""
    code = (
        "import documents, json\n"
        "rows = json.loads(documents.page('full', 7, 0, 200), parse_float=str)['data']\n"
        "cents = sum(int(row['total_amount'].replace('.', '')) for row in rows)\n"
        "calls, emails = (sum(len(row[x]) for row in rows) for x in ('calls', 'emails'))\n"
        "wanted = {'invoices': len(rows), 'cents': cents, 'calls': calls, 'emails': emails}\n"
        "print(documents.expected('full', 7) == wanted)\n"
    )
    assert told("-c", code).strip() == "True"


def test_sizes_of_documents():
    """Lean invoices have 2.4 KB and full ones 30 KB."""
    code = "import documents as d\nprint(*(len(d.page(k, 99, 0, 99)) // 99 for k in d.KINDS))"
    lean, full = map(int, told("-c", code).split())
    assert 2_300 < lean < 2_500
    assert 28_000 < full < 32_000


def test_every_run_with_keys_writes_what_changed():
    """Every run with keys is measured, and writes what changed and nothing else."""
    rows = tables(told("keys.py", "200", "300"))
    assert rows[0] == ["keys", "run", "us a key", "ratio", "commits a key", "records", "MiB"]
    assert [row[5] for row in rows[1:6]] == ["200", "200", "0", "2", "2"]
    assert [row[0] for row in rows[6:]] == ["300"] * 5


def test_what_there_is_no_time_for_is_left_out():
    """What there is no time for is left out, and said; something is always measured."""
    words = ["--only", "lean", "--records", "10", "--rounds", "3", "--minutes", "0", "--no-peers"]
    found = told(str(HERE), *words)
    assert "not measured: rounds from 2 on: there was no time for it" in found
    assert len(tables(found)) == 5
    assert [row[0] for row in tables(told("keys.py", "--seconds=0", "20", "30"))[1:]] == ["20"] * 5


def test_a_peer_that_fails():
    """A peer that fails is left out of the table, with the reason; the others are measured."""
    code = (
        "import scenarios, measuring, peers\n"
        "peer = peers.Peer('nobody', 'no such file', ())\n"
        "def command(self, *words): return ['false']\n"
        "peers.Peer.command = command\n"
        "with measuring.vendor() as url:\n"
        "    table = scenarios.lean(scenarios.Settings(url, 1, 10, [peer]))\n"
        "print([row[0] for row in table.rows], table.left_out)\n"
    )
    found = told("-c", code)
    assert "['bare loop', 'Duetrail', 'Duetrail, nothing new']" in found
    assert "nobody: false ended with 1" in found


def test_a_plot_shows_and_names_each_line():
    """A plot is well-formed, shows each line, and names it."""
    lines = "{'one': [(1, 2), (1000, 3)], 'two': [(5, 5)]}"
    code = f"import plot; print(plot.lines('a < b', 'x', {lines}))"
    root = ET.fromstring(told("-c", code))
    texts = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"a < b", "x", "one", "two", "1 k"} <= set(texts)
    assert len(list(root.iter("{http://www.w3.org/2000/svg}polyline"))) == 2


def test_targets_are_rows_of_the_page():
    """What scenarios find for the targets are rows of the page."""
    rows = {row[0] for row in tables(blocks("targets"))}
    code = "import scenarios, inspect; print(inspect.getsource(scenarios))"
    source = told("-c", code)
    for what in ("fixed cost, 200 lean invoices", "fan-out, 32 at once", "--help, 50 plugins"):
        assert what in rows
        assert f'"{what}"' in source
