"""A project: made once, and made again where a later template is better."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from duetrail.errors import UsageError
from duetrail.scaffold.memory import Memory, checksum, remember, remembered
from duetrail.scaffold.names import checked, folder_of
from duetrail.scaffold.questions import questions, refuse_unfit
from duetrail.scaffold.rendering import render
from duetrail.scaffold.writing import Outcome, write


def new(name: str, place: Path, answers: Mapping[str, Any], *, ask: bool = False) -> Outcome:
    """Make the project of a plugin, in a folder `duetrail-NAME`.

    Args:
        name: The plugin's name.
        place: Where that folder is to be.
        answers: Answers to the template's questions, by name.
        ask: Whether to ask for the rest; otherwise the defaults are taken.

    Raises:
        UsageError: The name or an answer will not do, the folder holds something already, or
            copier is not installed.
    """
    refuse_unfit(answers)
    folder = place / folder_of(checked(name))
    if folder.is_symlink() or (folder.exists() and not _is_empty(folder)):
        raise UsageError(
            f"{folder} is there already",
            hint="Take another name, move it away, or bring it up to date with --again.",
        )
    return _written(folder, {**answers, "name": name}, Memory(), ask=ask)


def again(folder: Path, answers: Mapping[str, Any]) -> Outcome:
    """Make a project again, as the template that is installed now has it.

    Files that are still as they were made are replaced. One that its author changed is left alone;
    where the template has changed, too, its version is put beside it, with `.new` at the end of its
    name. What the author deleted stays deleted.

    Args:
        folder: The project.
        answers: Answers that are to differ from the last time, by name.

    Raises:
        UsageError: There is no project that `new` made, an answer will not do, a `.new` of the last
            time is still there, or copier is not installed.
    """
    refuse_unfit(answers)
    memory = remembered(folder)
    # An earlier template may have asked for more.
    known = {"name", *(one.name for one in questions())}
    kept = {name: answer for name, answer in memory.answers.items() if name in known}
    return _written(folder, {**kept, **answers}, memory, ask=False)


def _written(folder: Path, answers: Mapping[str, Any], memory: Memory, *, ask: bool) -> Outcome:
    with TemporaryDirectory() as work:
        rendered = render(answers, Path(work), ask=ask)
    outcome = write(folder, rendered.files, memory.made)
    sums = {path: checksum(content) for path, content in rendered.files.items()}
    remember(folder, Memory(rendered.answers, sums))
    return outcome


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())
