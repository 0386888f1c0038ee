"""Killed anywhere, a sync is whole after the next one."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from types import ModuleType
from typing import Any

from duetrail.testing.contract.advice import fail, skip
from duetrail.testing.contract.harness import Harness
from duetrail.testing.contract.project import Project
from duetrail.testing.contract.suite import Suite
from duetrail.testing.fault_proxy import SeenRequest

# So many requests are picked, the same ones every time.
_POINTS, _SEED = 3, 20

# The settings come through stdin: a command line is there for everyone to read.
_SYNC = """
import importlib.util, json, sys
told = json.load(sys.stdin)
sys.path[:] = told["path"]
from datetime import datetime, date
from pathlib import Path
from duetrail import api
from duetrail.config import Config
from duetrail.plugins import bind
plugins = {}
if told["module"]:
    name, file, folders = told["module"]
    spec = importlib.util.spec_from_file_location(name, file, submodule_search_locations=folders)
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    plugins[told["plugin"]] = bind(told["plugin"], module)
config = Config(Path(told["file"]), "", told["connections"], plugin_overrides=plugins)
now = datetime.fromisoformat(told["now"])
sys.exit(api.sync(config=config, store=told["store"], workers=1, now=now).exit_code)
"""


class Kills(Suite):
    """What is left when the process is killed."""

    def test_killed_at_a_request_it_goes_on(self) -> None:
        """Killed at requests picked by chance, and synced again, the store is what it always is."""
        harness = self.harness
        harness.recorded()
        before = harness.good()
        every = range(1, len(harness.first.done.asked) + 1)
        if not every:
            skip("the sync makes no request to be killed at")
        for number in random.Random(_SEED).sample(every, min(_POINTS, len(every))):
            project = harness.project()
            _killed(harness, project, number)
            done = harness.sync(project)
            if project.digest != before.digest:
                fail(
                    f"killed at request {number} and synced again, the store is not whole",
                    "cursor",
                    where=[harness.first.done.asked[number - 1], *done.problems],
                    do="yield a Cursor only when every page before it was yielded",
                )


def _killed(harness: Harness, project: Project, number: int) -> None:
    """A sync in a process of its own, killed as its request of this number arrives."""
    running: list[subprocess.Popen[str]] = []

    def heard(asked: SeenRequest) -> None:
        if asked.number == number:
            running[0].kill()

    harness.begin(heard=heard)
    process = subprocess.Popen(
        [sys.executable, "-c", _SYNC],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    running.append(process)
    said = process.communicate(json.dumps(_told(harness, project), default=str), timeout=60)[0]
    if process.returncode >= 0 and len(harness.asked) < number:
        fail(
            "the plugin does not sync in a process of its own",
            "install",
            where=said.splitlines()[-3:],
        )


def _found_at(module: ModuleType) -> tuple[str, str, list[str] | None]:
    """The name, the file and, of a package, the folders of a module."""
    if module.__file__ is None:
        skip("the module is in no file, so that no other process can import it")
    folders = getattr(module, "__path__", None)
    return module.__name__, module.__file__, None if folders is None else list(folders)


def _told(harness: Harness, project: Project) -> dict[str, Any]:
    return {
        "path": sys.path,
        "module": _found_at(harness.module) if harness.module else None,
        "plugin": harness.plugin.name,
        "file": str(project.config.path),
        "connections": project.config.connections,
        "store": project.url,
        "now": harness.now.isoformat(),
    }
