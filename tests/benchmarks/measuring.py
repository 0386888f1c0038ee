"""Measuring: a command as a whole process, and the vendor that it reads from."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from attrs import frozen

HERE = Path(__file__).parent

# Seconds after which a command is ended: it hangs, or cannot be measured in a reasonable time.
_LONGEST = 3600.0


class Failed(Exception):
    """A command failed, or landed something else than there was."""


@frozen
class Cost:
    """What a process took.

    Attributes:
        wall: Seconds.
        cpu: Seconds of processor time of all its threads and children.
        memory: The most memory it had, in MiB.
        said: What it printed.
    """

    wall: float
    cpu: float
    memory: float
    said: str = ""


def cost(
    command: Sequence[str | Path],
    folder: Path,
    allowed: Sequence[int] = (0,),
    env: Mapping[str, str] | None = None,
) -> Cost:
    """Run a command to its end.

    Args:
        command: What to run.
        folder: Where.
        allowed: The exit codes that are good.
        env: More of the environment.

    Raises:
        Failed: It ended with another exit code, or not within an hour.
    """
    # What was compiled once is compiled for all rounds, as it is where people run it.
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    words = [str(word) for word in command]
    took = json.loads(
        subprocess.run(
            [sys.executable, HERE / "started.py", str(_LONGEST), *words],
            cwd=folder,
            stdout=subprocess.PIPE,
            env={**inherited, **(env or {})},
            check=True,
        ).stdout
    )
    said = (folder / "stdout.txt").read_text(errors="replace")
    code = took.pop("code")
    if code not in allowed:
        tail = (folder / "stderr.txt").read_text(errors="replace")[-2000:] or said[-2000:]
        raise Failed(f"{' '.join(words[:4])} ended with {code}:\n{tail}")
    return Cost(**took, said=said)


@contextmanager
def vendor() -> Iterator[str]:
    """The vendor, in a process of its own; gives its base URL."""
    process = subprocess.Popen(
        [sys.executable, HERE / "vendor.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def middle(ours: Sequence[float], others: Sequence[float]) -> float:
    """The median of the ratios of each round."""
    return median(one / other for one, other in zip(ours, others, strict=True))
