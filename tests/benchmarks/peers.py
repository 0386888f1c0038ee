"""Environments of the peers: each has one of its own, in a cache folder outside the repository."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

from attrs import frozen
from measuring import HERE, Failed

# Seconds for the installation of one of them.
_LONGEST = 900.0


@frozen
class Peer:
    """Another way to do the same work.

    Attributes:
        name: What it is called in tables.
        script: Its file in `contestants`.
        needs: What pip installs for it.
        kinds: What it reads: lists of invoices, or answers to keys.
        environment: The folder of its environment; by default the script's name.
        suffix: The ending of its store's file; empty where nothing lands.
        money: The column of an invoice's total.
    """

    name: str
    script: str
    needs: tuple[str, ...]
    kinds: tuple[str, ...] = ("lean", "full")
    environment: str = ""
    suffix: str = ".db"
    money: str = "total_amount"

    @property
    def folder(self) -> Path:
        """Where its environment is."""
        cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return Path(cache) / "duetrail-benchmarks" / (self.environment or Path(self.script).stem)

    @property
    def python(self) -> Path:
        """The interpreter of its environment."""
        return self.folder / ("Scripts" if os.name == "nt" else "bin") / "python"

    def command(self, *words: str | Path) -> list[str | Path]:
        """What runs its script with these words."""
        return [self.python, HERE / "contestants" / self.script, *words]


PEERS = (
    Peer(
        "dlt, hand-mapped, to SQLite",
        "dlt_rows.py",
        ("dlt[sqlalchemy]==1.31.0", "requests", "orjson"),
    ),
    Peer(
        "dlt, hand-mapped, Arrow, to DuckDB",
        "dlt_arrow.py",
        ("dlt[duckdb]==1.31.0", "pyarrow", "requests", "orjson"),
        suffix=".duckdb",
    ),
    Peer(
        "dlt, hand-mapped, on 32 threads, to SQLite",
        "dlt_keys.py",
        ("dlt[sqlalchemy]==1.31.0", "requests", "orjson"),
        kinds=("keyed",),
        environment="dlt_rows",
    ),
    Peer(
        "singer-sdk, tap and SQL target, to SQLite",
        "singer.py",
        ("singer-sdk==0.54.9", "sqlalchemy<2.1", "requests"),
    ),
    Peer(
        "airbyte-cdk, to nothing",
        "airbyte.py",
        ("airbyte-cdk==7.39.1",),
        suffix="",
    ),
)


def prepare(peer: Peer) -> None:
    """Make a peer's environment, if it is not there yet.

    Raises:
        Failed: It cannot be installed; with what pip said last.
    """
    done = peer.folder / "installed.txt"
    wanted = "\n".join(peer.needs)
    if done.is_file() and done.read_text(encoding="utf-8") == wanted:
        return
    sys.stderr.write(f"making an environment for {peer.name}\n")
    venv.create(peer.folder, with_pip=True, clear=True)
    command = [peer.python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    try:
        result = subprocess.run(
            [*command, *peer.needs], capture_output=True, text=True, timeout=_LONGEST
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"{peer.name} cannot be installed in {_LONGEST:.0f} s") from None
    if result.returncode:
        lines = result.stderr.strip().splitlines() or ["pip failed"]
        raise Failed(f"{peer.name} cannot be installed: {lines[-1]}")
    done.write_text(wanted, encoding="utf-8")


def version(peer: Peer) -> str:
    """The name and version of what is measured."""
    package = peer.needs[0].partition("=")[0].partition("[")[0]
    code = f"from importlib.metadata import version; print(version({package!r}))"
    said = subprocess.run([peer.python, "-c", code], capture_output=True, text=True, check=True)
    return f"{package} {said.stdout.strip()}"
