"""What a key costs: a keyed resource with ever more keys, side by side.

    python tests/benchmarks/keys.py [--seconds=S] [--rounds=N] [KEYS ...]

A vendor that answers from memory has an invoice a key and one call an invoice, so what is measured
is our own work: planning, mapping, comparing, checkpoints. Prints a row for each number of keys
and each run, in a process of its own: the microseconds of processor time and the commits of a key,
how the microseconds compare with those of the smallest number, and the most memory it took. The
smallest number is measured in several rounds, of which the medians are shown.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from attrs import evolve, frozen

sys.path.append(str(Path(__file__).parents[2] / "docs" / "examples" / "echo"))

import duetrail_echo
from duetrail.model import InvoiceStatus
from duetrail.pipeline import run
from duetrail.pipeline.scope import Scope
from duetrail.plugins import Plugin
from duetrail.source import Connection, KeySource, Page, Resource, Shard, Source, Unread
from duetrail.stores import Store, open_store

_COUNTS = (10_000, 100_000, 1_000_000)
_PAGE = 500
# One invoice in so many is not paid yet, or has another call than before.
_SHARE = 100


@frozen
class Run:
    """One of the runs that follow each other on one store.

    Attributes:
        name: What happens, for people.
        select: The resource that is read.
        changed: Whether one call in a hundred differs from the run before.
        settles: Whether the keys of paid invoices are left alone.
    """

    name: str
    select: str
    changed: bool = False
    settles: bool = False


_RUNS = (
    Run("invoices, first run", "invoices"),
    Run("calls, first run", "calls"),
    Run("calls, nothing changed", "calls"),
    Run("calls, 1 % changed", "calls", changed=True),
    Run("calls, 99 % settled", "calls", changed=True, settles=True),
)


# --- the vendor ----------------------------------------------------------------------------------


def vendor(keys: int, one: Run) -> tuple[Plugin, Source]:
    """Echo, answering from memory."""

    def fetch(shard: Shard, session: object, connection: Connection) -> Iterator[Page]:
        if shard.key is None:
            for begin in range(0, keys, _PAGE):
                rows = [_invoice(at) for at in range(begin, min(begin + _PAGE, keys))]
                yield _page({"invoices": rows})
        else:
            yield _page({"calls": [_call(int(shard.key.value), one)]})

    source = duetrail_echo.source()
    source = evolve(source, resources=tuple(_settling(r, one) for r in source.resources))
    hooks = {"fetch": fetch, "map_item": duetrail_echo.map_item}
    return Plugin("echo", "0", tuple(hooks), source, hooks), source


def _settling(resource: Resource, one: Run) -> Resource:
    if resource.name != "calls" or not one.settles or resource.keys is None:
        return resource
    return evolve(resource, keys=evolve(resource.keys, is_final=_is_paid))


def _is_paid(invoice: Any, asked: object, options: object) -> bool:
    return bool(invoice.status is InvoiceStatus.PAID)


def _invoice(at: int) -> dict[str, Any]:
    state = "open" if at % _SHARE == 0 else "paid"
    return {"id": f"i{at}", "number": str(at), "state": state, "currency": "USD", "cents": at}


def _call(at: int, one: Run) -> dict[str, Any]:
    differs = one.changed and at % _SHARE == 0
    return {"id": f"c{at}", "state": "completed", "seconds": 60 + differs + one.settles}


def _page(data: dict[str, Any]) -> Page:
    body = msgspec.json.encode(data)  # which nobody has looked at, as of any answer
    unread = Unread(body, msgspec.json.decode)
    return Page(url="echo:/", status=200, headers={}, body=body, data=unread)


# --- one run -------------------------------------------------------------------------------------


def measured(file: str, keys: int, one: Run) -> dict[str, float]:
    """Processor seconds, commits, changed records and MiB of a run, in this process."""
    plugin, source = vendor(keys, one)
    options = source.options(answers="", invoices=KeySource(connection="echo", column="number"))
    connection = Connection(
        name="echo", source=source, base_url="http://127.0.0.1", options=options
    )
    store = open_store(f"sqlite:///{file}", create=True)
    with _counted(store) as commits:
        begin = time.process_time()
        summary = run.sync(
            store, {"echo": (connection, plugin)}, ["echo"], select=[one.select], scope=Scope()
        )
        seconds = time.process_time() - begin
    store.close()
    assert summary.exit_code == 0, summary.as_dict()
    return {
        "seconds": seconds,
        "commits": commits(),
        "changed": sum(summary.records.values()),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


@contextmanager
def _counted(store: Store) -> Iterator[Callable[[], int]]:
    """How many transactions a store has seen."""
    seen = [0]
    real = store.transaction

    @contextmanager
    def transaction() -> Iterator[None]:
        seen[0] += 1
        with real():
            yield

    store.transaction = transaction  # type: ignore[method-assign]
    yield lambda: seen[0]


# --- all of them ---------------------------------------------------------------------------------


def main(counts: tuple[int, ...], seconds: float = inf, rounds: int = 1) -> None:
    """Measure every run with every number of keys, one after the other, as long as there is time.

    Args:
        counts: The numbers of keys, in order; the first is always measured.
        seconds: For how long others are begun that will have ended then, by those before.
        rounds: How often the first is measured.
    """
    least: dict[str, float] = {}
    begin, done = time.monotonic(), 0
    _say("keys", "run", "us a key", "ratio", "commits a key", "records", "MiB")
    for keys in counts:
        passed = time.monotonic() - begin
        if done and passed + passed * keys / done > seconds:
            break
        every = [_round(keys) for _ in range(1 if done else rounds)]
        done += keys if done else keys * rounds
        for number, one in enumerate(_RUNS):
            found = {key: median(each[number][key] for each in every) for key in every[0][number]}
            each = 1e6 * found["seconds"] / keys
            ratio = each / least.setdefault(one.name, each)
            _say(
                f"{keys:,}",
                one.name,
                f"{each:.0f}",
                f"{ratio:.2f}",
                f"{found['commits'] / keys:.3f}",
                f"{found['changed']:,.0f}",
                f"{found['memory']:.0f}",
            )


def _round(keys: int) -> list[dict[str, float]]:
    """Every run with so many keys, one after the other on one store."""
    with TemporaryDirectory() as folder:
        file = f"{folder}/keys.db"
        return [_in_its_own_process(file, keys, number) for number in range(len(_RUNS))]


def _in_its_own_process(file: str, keys: int, number: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--run", file, str(keys), str(number)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout))


def _say(*cells: str) -> None:
    sys.stdout.write(f"| {' | '.join(cells)} |\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        _, _, file, keys, number = sys.argv
        sys.stdout.write(json.dumps(measured(file, int(keys), _RUNS[int(number)])))
    else:
        told = [word for word in sys.argv[1:] if not word.startswith("--")]
        given = dict(word[2:].split("=") for word in sys.argv[1:] if word not in told)
        limit, rounds = float(given.get("seconds", inf)), int(given.get("rounds", 1))
        main(tuple(map(int, told)) or _COUNTS, limit, rounds)
