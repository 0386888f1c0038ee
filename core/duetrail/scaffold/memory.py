"""What a project remembers of how it was made: in its `.copier-answers.yml`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from attrs import field, frozen

from duetrail.errors import UsageError
from duetrail.scaffold import extra
from duetrail.scaffold.names import well_formed
from duetrail.scaffold.rendering import ANSWERS

_HEAD = """\
# What `duetrail new` was answered, and what it made. `duetrail new --again` reads it: it replaces
# files that are still as they were made, and never one that was changed. Not to be edited.
"""


@frozen
class Memory:
    """How a project was made.

    Attributes:
        answers: The answers to the template's questions.
        made: A checksum of each file as it was made, by its path with slashes.
    """

    answers: Mapping[str, Any] = field(factory=dict)
    made: Mapping[str, str] = field(factory=dict)


def checksum(content: bytes) -> str:
    """What tells a file from another one; how lines end makes no difference."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def remembered(folder: Path) -> Memory:
    """What the project in a folder remembers.

    Raises:
        UsageError: There is no such project, or its memory is damaged.
    """
    yaml, file = extra.yaml(), folder / ANSWERS
    try:
        kept = yaml.safe_load(file.read_text(encoding="utf-8"))
        answers = {key: value for key, value in kept.items() if not key.startswith("_")}
        well_formed(answers["name"])
        return Memory(answers, {str(path): str(sum) for path, sum in kept["_made"].items()})
    except OSError:
        raise UsageError(
            f"there is no {ANSWERS} in {folder}, so nothing there was made by `duetrail new`",
            hint="Go to the folder of the plugin, or name the plugin whose folder is here.",
        ) from None
    except (yaml.YAMLError, UsageError, ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(
            f"{file} is damaged",
            hint="Take it from your version control; it is written by `duetrail new` alone.",
        ) from None


def remember(folder: Path, memory: Memory) -> None:
    """Write it."""
    kept = {**memory.answers, "_duetrail": version("duetrail"), "_made": dict(memory.made)}
    text = extra.yaml().safe_dump(kept, sort_keys=False, allow_unicode=True, width=1000)
    (folder / ANSWERS).write_text(_HEAD + text, encoding="utf-8")
