"""An observer: one line of JSON for every sync that ended, in a file that monitoring reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from duetrail import hookimpl
from duetrail.source import option


@frozen
class Settings:
    """The settings of `[plugins.journal]`."""

    file: str = option("The file; relative to where `duetrail` runs.")


@hookimpl
def settings() -> type[Settings]:
    """What the table may hold."""
    return Settings


@hookimpl
def observe(event: str, facts: Mapping[str, Any], settings: Settings) -> None:
    """Write down how a sync ended."""
    if event == "ended":
        line = {name: facts[name] for name in ("run", "state", "exit_code", "written")}
        with Path(settings.file).open("a", encoding="utf-8") as journal:
            journal.write(json.dumps(line) + "\n")
