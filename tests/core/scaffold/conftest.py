"""What the tests of new plugins share: projects that are made while a test runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from duetrail import scaffold

Make = Callable[..., Path]
"""Makes a project with these answers; its folder."""


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Makes a project once for the same name and answers; it is to be copied, not changed."""

    @cache
    def one(name: str, **answers: str) -> Path:
        return scaffold.new(name, tmp_path_factory.mktemp("rendered"), answers).folder

    return one


@pytest.fixture
def make(tmp_path: Path, rendered: Make) -> Make:
    def one(name: str = "acme", **answers: str) -> Path:
        folder = rendered(name, **answers)
        return shutil.copytree(folder, tmp_path / folder.name)

    return one


# Plugins of pytest that a project has no use for take as long to load as all the rest.
_QUICKLY = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


class Place:
    """Where a project is installed; Python runs with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def python(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python in a folder."""
        # Modules of other projects come from where this process has them.
        places = [str(self.folder), *filter(None, sys.path)]
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=folder,
            env={**os.environ, **_QUICKLY, "PYTHONPATH": os.pathsep.join(places)},
            capture_output=True,
            text=True,
        )

    def install(self, folder: Path) -> None:
        """Install a project as pip does it, without a network."""
        options = ("-q", "--no-deps", "--no-build-isolation", "--no-index")
        target = str(self.folder)
        done = self.python(folder, "-m", "pip", "install", *options, "--target", target, ".")
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "site")


@pytest.fixture
def python(place: Place) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs Python in a project, with what is installed."""
    return lambda folder, *arguments: place.python(folder, *arguments)


@pytest.fixture
def install(place: Place) -> Callable[[Path], None]:
    """Installs a project."""
    return place.install


@pytest.fixture(scope="session")
def made(
    tmp_path_factory: pytest.TempPathFactory, rendered: Make
) -> Callable[..., tuple[Path, Path]]:
    """Makes and installs the project `acme` once for the same answers; its folder, and where."""

    @cache
    def one(**answers: str) -> tuple[Path, Path]:
        at = tmp_path_factory.mktemp("acme")
        folder = shutil.copytree(rendered("acme", **answers), at / "acme")
        Place(at / "site").install(folder)
        return folder, at / "site"

    return one


@pytest.fixture
def installed(place: Place, made: Callable[..., tuple[Path, Path]]) -> Make:
    """A project with these answers, installed for `python`; it is to be read, not changed."""

    def one(**answers: str) -> Path:
        folder, place.folder = made(**answers)
        return folder

    return one
