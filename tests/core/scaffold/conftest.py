"""What the tests of new plugins share: projects that are made while a test runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from duetrail import scaffold

Make = Callable[..., Path]
"""Makes a project with these answers; its folder."""


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def one(name: str = "acme", **answers: str) -> Path:
        return scaffold.new(name, tmp_path, answers).folder

    return one


@pytest.fixture
def python(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs Python in a project, with what `install` has installed."""

    def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        # Modules of other projects come from where this process has them.
        places = [str(tmp_path / "site"), *filter(None, sys.path)]
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
            capture_output=True,
            text=True,
        )

    return run


@pytest.fixture
def install(tmp_path: Path, python: Callable[..., subprocess.CompletedProcess[str]]) -> object:
    """Installs a project as pip does it, without a network."""

    def run(folder: Path) -> None:
        options = ("-q", "--no-deps", "--no-build-isolation", "--no-index")
        target = str(tmp_path / "site")
        done = python(folder, "-m", "pip", "install", *options, "--target", target, ".")
        assert done.returncode == 0, done.stdout + done.stderr

    return run
