"""What is measured: each scenario gives a table, and what it says of the targets.

Contestants take turns in each round, so that a busy moment strikes all of them, and ratios are
taken within a round. Every run is verified: a contestant that landed something else than the
vendor had fails the scenario.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import plot
from attrs import evolve, field, frozen
from documents import expected
from landed import in_sqlite, refuse_other, rows_in_sqlite
from measuring import HERE, Cost, Failed, cost, middle
from ours import Duetrail
from peers import Peer

BARE = "bare loop"
OURS = "Duetrail"
AGAIN = "Duetrail, nothing new"


@frozen
class Settings:
    """How much is measured.

    Attributes:
        url: The vendor's.
        rounds: How often each contestant runs.
        records: How many records instead of a scenario's own number; None for that.
        peers: The peers that can be measured.
        most: The most records of the scaling curve.
        minutes: How long a scenario may take: it begins nothing that would take longer.
    """

    url: str
    rounds: int = 5
    records: int | None = None
    peers: Sequence[Peer] = ()
    most: int = 1_000_000
    minutes: float = 30.0


@frozen
class Table:
    """What a scenario found.

    Attributes:
        heads: The headings.
        rows: The cells.
        measured: What it found for each target, by the target's name.
        plots: SVG texts by the name of their file.
        left_out: What was not measured, and why.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    measured: Mapping[str, str] = field(factory=dict)
    plots: Mapping[str, str] = field(factory=dict)
    left_out: Sequence[str] = ()


Run = Callable[[Path], Cost]


# --- lists ---------------------------------------------------------------------------------------


def lean(settings: Settings) -> Table:
    """20,000 lean invoices, and a second reading of them."""
    return _lists(settings, "lean", settings.records or 20_000)


def full(settings: Settings) -> Table:
    """4,000 full invoices, and a second reading of them."""
    return _lists(settings, "full", settings.records or 4_000)


def tiny(settings: Settings) -> Table:
    """200 lean invoices: what a sync costs before it does anything."""
    count = settings.records or 200
    table, costs = _measured(_pair(settings, count), settings)
    wall, cpu = _ratios(costs, OURS)
    return _with(table, {"fixed cost, 200 lean invoices": f"{cpu:.2f} CPU, {wall:.2f} wall"})


def _lists(settings: Settings, kind: str, count: int) -> Table:
    runs = {BARE: _bare(settings, kind, count), OURS: _ours(settings, kind, count)}
    runs |= {
        peer.name: _peer(settings, peer, kind, count)
        for peer in settings.peers
        if kind in peer.kinds
    }
    table, costs = _measured(runs, settings, again=AGAIN)
    wall, cpu = _ratios(costs, OURS)
    again_wall, again_cpu = _ratios(costs, AGAIN)
    peak = median(one.memory for one in costs[OURS])
    return _with(
        table,
        {
            f"{kind} invoices": f"{cpu:.2f} CPU, {wall:.2f} wall",
            f"read again, nothing new, {kind}": f"{again_cpu:.2f} CPU, {again_wall:.2f} wall",
            f"peak memory, {kind}, 200 a page": f"{peak:.0f} MiB",
        },
    )


def _bare(settings: Settings, kind: str, count: int) -> Run:
    def run(folder: Path) -> Cost:
        file = folder / "bare.db"
        url = f"{settings.url}/{kind}/{count}"
        took = cost(
            [sys.executable, HERE / "contestants" / "bare.py", url, str(count), file], folder
        )
        refuse_other(BARE, in_sqlite(file, "total_amount", kind), expected(kind, count))
        return took

    return run


def _ours(settings: Settings, kind: str, count: int) -> Run:
    def run(folder: Path) -> Cost:
        project = Duetrail(folder).listing(f"{settings.url}/{kind}/{count}")
        took = project.sync()
        project.verify(kind, expected(kind, count))
        return took

    return run


def _peer(settings: Settings, peer: Peer, kind: str, count: int) -> Run:
    def run(folder: Path) -> Cost:
        file = folder / f"peer{peer.suffix}"
        command = peer.command(f"{settings.url}/{kind}/{count}", str(count), file)
        took = cost(command, folder)
        refuse_other(peer.name, _landed(peer, file, kind, took), expected(kind, count))
        return took

    return run


def _landed(peer: Peer, file: Path, kind: str, took: Cost) -> dict[str, int]:
    """What a peer landed; of one that lands nothing what it says itself."""
    if peer.suffix == ".db":
        return in_sqlite(file, peer.money, kind)
    if not peer.suffix:
        return dict(json.loads(took.said.strip().splitlines()[-1]))
    command = peer.command("--landed", file)
    said = subprocess.run(command, capture_output=True, text=True)
    if said.returncode:
        raise Failed(f"what {peer.name} landed cannot be read: {said.stderr.strip()[-200:]}")
    return dict(json.loads(said.stdout))


# --- keys ----------------------------------------------------------------------------------------

_WAIT = 50
_WORKERS = 32


def fan_out(settings: Settings) -> Table:
    """800 requests of 50 ms, 32 at once."""
    keys = (settings.records or 800) // 2
    runs = {
        BARE: _bare_keys(settings, keys, _WORKERS),
        OURS: _our_keys(settings, keys, _WORKERS),
    }
    runs |= {
        peer.name: _peer_keys(settings, peer, keys)
        for peer in settings.peers
        if "keyed" in peer.kinds
    }
    table, costs = _measured(runs, settings)
    wall, cpu = _ratios(costs, OURS)
    return _with(table, {"fan-out, 32 at once": f"{wall:.2f} wall, {cpu:.2f} CPU"})


def _bare_keys(settings: Settings, keys: int, workers: int) -> Run:
    def run(folder: Path) -> Cost:
        url = f"{settings.url}/keyed/{_WAIT}"
        script = HERE / "contestants" / "bare.py"
        took = cost([sys.executable, script, url, str(keys), str(workers)], folder)
        refuse_other(BARE, {"objects": int(took.said)}, {"objects": 2 * keys})
        return took

    return run


def _our_keys(settings: Settings, keys: int, workers: int) -> Run:
    def run(folder: Path) -> Cost:
        project = Duetrail(folder).keyed(f"{settings.url}/keyed/{_WAIT}", keys)
        took = project.sync("calls,callouts", "--workers", str(workers))
        written = json.loads(took.said)["records"]
        refuse_other(OURS, written, {"calls": keys, "callouts": keys})
        return took

    return run


def _peer_keys(settings: Settings, peer: Peer, keys: int) -> Run:
    def run(folder: Path) -> Cost:
        file = folder / "peer.db"
        url = f"{settings.url}/keyed/{_WAIT}"
        took = cost(peer.command(url, str(keys), str(_WORKERS), file), folder)
        wanted = {"calls": keys, "callouts": keys}
        refuse_other(peer.name, rows_in_sqlite(file, list(wanted)), wanted)
        return took

    return run


# Of the time for a part: a million keys take a quarter of an hour and show what fewer do.
_SHARE = 0.2


def keys(settings: Settings) -> Table:
    """What a key costs a keyed resource, in processor time of our own work."""
    counts = [settings.records] if settings.records else [10_000, 100_000, 1_000_000]
    limits = [f"--seconds={60 * settings.minutes * _SHARE:.0f}", f"--rounds={settings.rounds}"]
    script = [sys.executable, HERE / "keys.py", *limits, *map(str, counts)]
    said = subprocess.run(script, stdout=subprocess.PIPE, text=True, check=True).stdout
    heads, *rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in said.splitlines()]
    unchanged = [row[2] for row in rows if row[1] == "calls, nothing changed"]
    done = {row[0] for row in rows}
    left_out = [f"{count:,} keys: {_NO_TIME}" for count in counts if f"{count:,}" not in done]
    found = {"a keyed resource, nothing changed": f"{unchanged[0]} µs a key"}
    return Table(heads, rows, found, left_out=left_out)


def cutting(settings: Settings) -> Table:
    """What it costs to cut what is never stored."""
    said = subprocess.run(
        [sys.executable, HERE / "cutting.py", "50"], stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    heads, *rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in said.splitlines()]
    return Table(heads, rows)


def stages(settings: Settings) -> Table:
    """Where the time of a first sync goes, in microseconds of processor time an invoice."""
    pages = "1" if settings.records else "12"
    said = subprocess.run(
        [sys.executable, HERE / "stages.py", pages], stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in said.splitlines()]
    left = ["the rest", "start-up, HTTP, two threads, pages read twice in part"]
    every = ["a sync", "a whole process, the least of all rounds"]
    for column, (kind, count) in enumerate([("lean", 20_000), ("full", 4_000)], 2):
        count = settings.records or count
        run, seconds = _ours(settings, kind, count), []
        for _ in range(settings.rounds):
            with _folder() as folder:
                seconds.append(run(folder).cpu)
        each = 1e6 * min(seconds) / count
        left.append(f"{each - sum(float(row[column]) for row in rows):.1f}")
        every.append(f"{each:.1f}")
    return Table(["stage", "for", "lean µs", "full µs"], [*rows, left, every])


# --- scaling -------------------------------------------------------------------------------------

_COUNTS = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
_CROWDS = (1, 2, 4, 8, 16, 32, 64)


def records(settings: Settings) -> Table:
    """From 1,000 to 1,000,000 lean invoices: time a record, and memory."""
    most = settings.records or settings.most
    costs: dict[str, list[Cost]] = {BARE: [], OURS: []}
    every = [count for count in _COUNTS if count <= most] or [most]
    clock = _Clock(settings.minutes)
    counts: list[int] = []
    for count in every:
        if clock.is_over(counts, count):
            break
        for name, run in _pair(settings, count).items():
            costs[name].append(_once(name, run))
        counts.append(count)
    each = {
        name: [(count, 1e6 * one.cpu / count) for count, one in zip(counts, found, strict=True)]
        for name, found in costs.items()
    }
    memory = {
        name: [(count, one.memory) for count, one in zip(counts, found, strict=True)]
        for name, found in costs.items()
    }
    heads = ("records", "bare µs a record", "Duetrail µs a record", "bare MiB", "Duetrail MiB")
    rows = [
        [f"{count:,}", *(f"{table[name][at][1]:.0f}" for table in (each, memory) for name in costs)]
        for at, count in enumerate(counts)
    ]
    plots = {
        "records.svg": plot.lines("Processor time a record, µs", "records", each),
        "memory.svg": plot.lines("Peak memory, MiB", "records", memory),
    }
    peak = max(one.memory for one in costs[OURS])
    found = {f"peak memory, {counts[-1]:,} lean": f"{peak:.0f} MiB"}
    left_out = [f"{count:,} records: {_NO_TIME}" for count in every[len(counts) :]]
    return Table(heads, rows, found, plots, left_out)


def workers(settings: Settings) -> Table:
    """From 1 to 64 workers: 400 requests of 50 ms."""
    keys = (settings.records or 400) // 2
    walls: dict[str, list[tuple[float, float]]] = {"ideal": [], BARE: [], OURS: []}
    for count in _CROWDS:
        walls["ideal"].append((count, 2 * keys * _WAIT / 1000 / count))
        runs = {
            BARE: _bare_keys(settings, keys, count),
            OURS: _our_keys(settings, keys, count),
        }
        for name, run in runs.items():
            walls[name].append((count, _once(name, run).wall))
    heads = ("workers", "ideal s", "bare s", "Duetrail s", "Duetrail over bare")
    rows = []
    for ideal, bare, ours in zip(*walls.values(), strict=True):
        cells = [f"{one[1]:.2f}" for one in (ideal, bare, ours)]
        rows.append([str(ideal[0]), *cells, f"{ours[1] / bare[1]:.2f}"])
    title = f"Seconds for {2 * keys} requests of {_WAIT} ms"
    return Table(heads, rows, plots={"workers.svg": plot.lines(title, "workers", walls)})


def _pair(settings: Settings, count: int) -> dict[str, Run]:
    return {BARE: _bare(settings, "lean", count), OURS: _ours(settings, "lean", count)}


def _once(name: str, run: Run) -> Cost:
    with _folder() as folder:
        took = run(folder)
    _tell(f"{name} {took.wall:.2f} s")
    return took


# --- the command itself --------------------------------------------------------------------------

_PLUGINS = 50


def help(settings: Settings) -> Table:
    """`duetrail --help` with 50 plugins installed, beside the import of what it is made of."""
    with TemporaryDirectory() as site:
        for number in range(_PLUGINS):
            _install(Path(site), f"fake{number}")
        env = {"PYTHONPATH": site}
        code = "from duetrail.cli import main; main(['--help'], prog_name='duetrail')"
        runs: dict[str, Run] = {
            "import click, pluggy, attrs": lambda folder: cost(
                [sys.executable, "-c", "import click, pluggy, attrs"], folder, env=env
            ),
            "duetrail --help": lambda folder: cost([sys.executable, "-c", code], folder, env=env),
        }
        settings = evolve(settings, rounds=max(settings.rounds, 9))
        table, costs = _measured(runs, settings, base="import click, pluggy, attrs")
    wall, cpu = _ratios(costs, "duetrail --help", "import click, pluggy, attrs")
    return _with(table, {"--help, 50 plugins": f"{cpu:.2f} CPU, {wall:.2f} wall"})


def _install(site: Path, name: str) -> None:
    info = site / f"duetrail_{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: duetrail-{name}\nVersion: 1.0\n"
        "Requires-Dist: duetrail>=0.1\n"
    )
    (info / "entry_points.txt").write_text(
        f"[duetrail]\n{name} = duetrail_{name}\n[duetrail.commands]\n{name} = duetrail_{name}:run\n"
    )


# --- rounds --------------------------------------------------------------------------------------


_NO_TIME = "there was no time for it"


class _Clock:
    """How much time a scenario has left."""

    def __init__(self, minutes: float) -> None:
        self._begin = time.monotonic()
        self._end = self._begin + 60 * minutes

    def is_over(self, done: Sequence[int], count: int) -> bool:
        """Whether so many records would take too long, by what fewer of them took; never first."""
        now = time.monotonic()
        return bool(done) and now + (now - self._begin) * count / sum(done) > self._end


def _measured(
    runs: Mapping[str, Run], settings: Settings, *, again: str = "", base: str = BARE
) -> tuple[Table, dict[str, list[Cost]]]:
    """Run all of them in turn, after one round that is not counted.

    A peer that fails is left out; so are rounds for which there is no time, but never the first.
    """
    runs, costs, left_out = dict(runs), dict[str, list[Cost]](), list[str]()
    peers = {peer.name for peer in settings.peers}
    clock = _Clock(settings.minutes)
    for number in range(settings.rounds + 1):
        if number > 1 and clock.is_over([number], 1):
            left_out.append(f"rounds from {number} on: {_NO_TIME}")
            break
        for name, run in list(runs.items()):
            try:
                took = _round(name, run, again)
            except Failed as error:
                if name not in peers:
                    raise
                del runs[name]
                costs.pop(name, None)
                left_out.append(f"{name}: {error}")
                continue
            for who, one in took.items():
                if number:
                    costs.setdefault(who, []).append(one)
                _tell(f"round {number} of {settings.rounds}: {who} {one.wall:.2f} s")
    heads = ("", "wall s", "CPU s", "wall ratio", "CPU ratio", "peak MiB")
    return Table(heads, [_row(name, costs, base) for name in costs], left_out=left_out), costs


def _round(name: str, run: Run, again: str) -> dict[str, Cost]:
    """What one contestant took; ours, what it takes again, too."""
    with _folder() as folder:
        took = {name: run(folder)}
        if again and name == OURS:
            took[again] = Duetrail(folder).again()
    return took


def _row(name: str, costs: Mapping[str, Sequence[Cost]], base: str) -> list[str]:
    wall, cpu = _ratios(costs, name, base)
    mine = costs[name]
    return [
        name,
        f"{median(one.wall for one in mine):.2f}",
        f"{median(one.cpu for one in mine):.2f}",
        f"{wall:.2f}",
        f"{cpu:.2f}",
        f"{median(one.memory for one in mine):.0f}",
    ]


def _ratios(
    costs: Mapping[str, Sequence[Cost]], name: str, base: str = BARE
) -> tuple[float, float]:
    """Wall and processor time over those of another, both medians of the rounds."""
    mine, theirs = costs[name], costs[base]
    wall = middle([one.wall for one in mine], [one.wall for one in theirs])
    return wall, middle([one.cpu for one in mine], [one.cpu for one in theirs])


def _with(table: Table, measured: Mapping[str, str]) -> Table:
    return evolve(table, measured=measured)


@contextmanager
def _folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="duetrail-bench-") as name:
        yield Path(name)


def _tell(text: str) -> None:
    sys.stderr.write(f"  {text}\n")


SCENARIOS: Mapping[str, Callable[[Settings], Table]] = {
    "lean": lean,
    "full": full,
    "tiny": tiny,
    "fan-out": fan_out,
    "keys": keys,
    "records": records,
    "workers": workers,
    "cutting": cutting,
    "stages": stages,
    "help": help,
}
"""Every scenario by its name."""

__all__ = ["SCENARIOS", "Failed", "Settings", "Table"]
