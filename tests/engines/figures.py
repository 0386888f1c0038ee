"""Measure each engine with one made-up company, and write what it took to docs/engines.md.

    python tests/engines/figures.py [--invoices 100] [--rounds 3] [ENGINE...]

An engine runs in the environment that `.ci/engines` makes for it. What is measured is a process
with all of its children, from its start to its end: seconds of processor time, and the memory of
the largest of them. The vendors answer from a process of their own, and so does PostgreSQL. Of the
rounds the least processor time counts. Without engines all are measured, and the page is written.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PAGE = ROOT / "docs" / "engines.md"
JOBS = HERE / "figure_jobs.py"
BEGIN, END = "<!-- generated: figures -->\n", "<!-- end -->\n"

# Have children of children that have ended be this process's own, so that they count, too.
_PR_SET_CHILD_SUBREAPER = 36


@frozen
class Engine:
    """An engine as it is measured.

    Attributes:
        title: What the page calls it.
        environment: The folder of `.engines` that it runs in.
        target: Where the records go.
    """

    title: str
    environment: str
    target: str


ENGINES = {
    "sqlite": Engine("`duetrail sync`", "postgres", "SQLite"),
    "postgres": Engine("`duetrail sync`", "postgres", "PostgreSQL"),
    "shards": Engine("five shards at once", "postgres", "PostgreSQL"),
    "singer": Engine("Singer: tap and target", "singer", "SQLite, then PostgreSQL"),
    "dlt": Engine("dlt", "dlt", "SQLite, then DuckDB"),
    "export": Engine("`duetrail export` of a store", "exports", "Parquet"),
    "dask": Engine("Dask, two workers", "dask", "the client's memory"),
    "spark": Engine("Spark, `local[2]`", "spark", "Parquet"),
}


# These read a store, or the keys that one vendor gives for another from it.
STORED = {"export", "dask", "spark"}


@frozen
class Cost:
    """What a process and its children took.

    Attributes:
        seconds: Of processor time.
        memory: MiB of the largest of them.
    """

    seconds: float
    memory: float


def cost(engine: Engine, job: str, folder: Path, store: str) -> Cost:
    """Run the job of an engine in a folder with a configuration.

    Raises:
        RuntimeError: It failed.
    """
    python = ROOT / ".engines" / engine.environment / "bin" / "python"
    environment = os.environ | {
        "PATH": f"{python.parent}:{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")]),
        "DUETRAIL_ENGINE_TOOLS": str(ROOT / ".engines" / "tools" / engine.environment),
        "RUNTIME__DLTHUB_TELEMETRY": "false",
    }
    measuring = [sys.executable, __file__, "--measure", str(python), str(JOBS), job, store]
    done = subprocess.run(
        measuring, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{job} failed:\n{done.stderr[-3000:]}")
    return Cost(*json.loads(done.stdout.splitlines()[-1]))


def measure(command: Sequence[str]) -> None:
    """Run a command to its end, and print what it and its children took."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    subprocess.run(command, check=True, stdout=sys.stderr)
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost = [used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]
    sys.stdout.write(json.dumps(cost))


def rows(names: Sequence[str], invoices: int, rounds: int) -> tuple[int, list[list[str]]]:
    """How many records the company has, and a row of the table for each engine."""
    from support.engine_company import company
    from support.postgres import server

    found = []
    with tempfile.TemporaryDirectory() as folder, company(Path(folder), invoices) as served:
        records = sum(served.count(*one) for one in served.tables)
        for name in names:
            engine, costs = ENGINES[name], []
            for at in range(rounds):
                own = Path(folder) / f"{name}-{at}"
                own.mkdir()
                (own / "duetrail.toml").write_text(served.path.read_text())
                if name in STORED:
                    (own / "duetrail.db").write_bytes((Path(folder) / "duetrail.db").read_bytes())
                store = server().new_url() if "PostgreSQL" in engine.target else ""
                costs.append(cost(engine, name, own, store))
            best = min(one.seconds for one in costs)
            most = max(one.memory for one in costs)
            per_second = f"{records / best:,.0f}"
            found.append([engine.title, engine.target, f"{best:.1f}", per_second, f"{most:,.0f}"])
    return records, found


def ruled(found: Sequence[Sequence[str]]) -> str:
    """The table in Markdown."""
    heads = ["engine", "target", "seconds of CPU", "records a second of CPU", "MiB"]
    head, *lines = [f"| {' | '.join(line)} |\n" for line in (heads, *found)]
    return "".join([head, "|---|---|--:|--:|--:|\n", *lines])


def write(records: int, invoices: int, table: str) -> None:
    """Write the table to the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    said = f"A company of {invoices:,} invoices, {records:,} records in all:\n\n"
    PAGE.write_text(f"{before}{BEGIN}{said}{table}{END}{rest.partition(END)[2]}", encoding="utf-8")


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("engines", nargs="*", choices=[[], *ENGINES], default=[])
    asked = parser.parse_args()
    sys.path.insert(0, str(HERE.parent))
    records, found = rows(asked.engines or list(ENGINES), asked.invoices, asked.rounds)
    table = ruled(found)
    sys.stdout.write(table)
    if not asked.engines:
        write(records, asked.invoices, table)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(sys.argv[2:])
    else:
        main()
