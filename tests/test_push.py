"""The order of a push, and what `.ci/run` does with its parts.

The parts are stand-ins, which say and do as a test wants. Each holds a pipe open as long as
anything of it runs, so its end is the end of all.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest
from hypothesis import settings

from support.nightly import examples

ROOT = Path(__file__).parents[1]

README = "```sh\ntry it\n```\n\n```sh\n{}\n```\n"
HELD = "exec 9>{}; echo up >&9; sleep 100; true"

Push = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def held(tmp_path: Path) -> Path:
    """The pipe."""
    os.mkfifo(tmp_path / "held")
    return tmp_path / "held"


@pytest.fixture
def push(tmp_path: Path) -> Iterator[Push]:
    """Starts `.ci/run` with these parts; a part that is not named does nothing."""
    begun: list[subprocess.Popen[str]] = []

    def start(tests: str = "true", **parts: str) -> subprocess.Popen[str]:
        folder = tmp_path / "folder"
        for name in (".ci", "core", "plugins", "tests/support"):
            (folder / name).mkdir(parents=True)
        shutil.copy(ROOT / ".ci/run", folder / ".ci/run")
        (folder / "README.md").write_text(README.format(tests))
        for name in ("pins", "distributions", "engines"):
            part = folder / ".ci" / name
            part.write_text(f"#!/usr/bin/env bash\n{parts.get(name, 'true')}\n")
            part.chmod(0o755)
        env = {name: value for name, value in os.environ.items() if name != "DUETRAIL_NIGHTLY"}
        process = subprocess.Popen(
            [folder / ".ci/run"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=env,
        )
        begun.append(process)
        return process

    yield start
    for process in begun:
        with process:  # its end is waited for
            process.terminate()


def up(pipe: IO[str], count: int) -> None:
    """So many stand-ins run."""
    assert [pipe.readline() for _ in range(count)] == ["up\n"] * count


def test_all_parts_are_told_and_the_engines_come_last(push: Push) -> None:
    """What each part said is there once, and whole."""
    process = push("echo 7 passed", pins="echo a; echo b", engines="echo all of them work")
    said, _ = process.communicate()
    assert process.returncode == 0
    assert "7 passed\n" in said
    assert "+ .ci/pins, beside the tests\na\nb\n" in said
    assert "+ .ci/distributions, beside the tests\n" in said
    assert said.splitlines()[-2:] == [
        "all of them work",
        "run: everything holds (0 minutes)",
    ]


@pytest.mark.parametrize("part", ["tests", "pins", "distributions"])
def test_a_part_that_fails_fails_the_run_and_shows_why(push: Push, part: str) -> None:
    """The others are told, too; the engines are not begun."""
    parts = dict.fromkeys(["tests", "pins", "distributions"], "echo fine")
    process = push(**parts | {part: "echo wanting >&2; exit 3"}, engines="echo engines began")
    said, _ = process.communicate()
    assert process.returncode == 1
    assert said.count("\nfine\n") == 2
    assert "wanting\n" in said
    assert said.endswith(f"run: failed: {part if part == 'tests' else f'.ci/{part}'}\n")
    assert "engines began" not in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_nothing_outlives_a_run_that_is_interrupted(push: Push, held: Path, number: int) -> None:
    """Not the tests, nor what runs beside them."""
    hold = HELD.format(held)
    process = push(hold, pins=hold, distributions=hold)
    with held.open() as pipe:
        up(pipe, 3)
        process.send_signal(number)
        assert pipe.read() == ""
    assert process.wait() != 0


def test_what_takes_longest_begins_first() -> None:
    """With two workers, too, which would else begin with the files that have most tests."""
    long, short = (
        "tests/test_style.py::test_a_tests_name_says_its_claim",
        "tests/core/test_json_tree.py",
    )
    options = ("-p", "no:cacheprovider", "--no-cov", "-v", "-n", "1", "--dist", "loadfile")
    command = [sys.executable, "-m", "pytest", *options, short, long]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout
    ran = [line.split()[-1] for line in said.splitlines() if "PASSED" in line]
    assert ran[0] == long
    assert ran[-1].startswith(short)


def test_a_push_draws_a_third_of_the_examples() -> None:
    """Where a property test does not say how many; the nightly run draws what Hypothesis would."""
    assert settings().max_examples == examples(30, 100)


def test_what_collection_made_is_not_looked_through_for_garbage() -> None:
    """It lives to the end; what tests make is looked through as ever."""
    assert gc.isenabled()
    assert gc.get_freeze_count() > 10_000
