"""The template as files, by copier."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from attrs import field, frozen

from duetrail.errors import UsageError
from duetrail.scaffold import extra

ANSWERS = ".copier-answers.yml"
"""The file of a project that says how it was made."""


@frozen
class Rendered:
    """What the template gives.

    Attributes:
        answers: The answers to its questions, by name.
        files: The content of each file, by its path with slashes.
    """

    answers: Mapping[str, Any]
    files: Mapping[str, bytes] = field(repr=False)


def render(answers: Mapping[str, Any], folder: Path, *, ask: bool) -> Rendered:
    """Render the template.

    Args:
        answers: What is answered already, the plugin's name among it.
        folder: An empty folder to work in.
        ask: Whether to ask for the rest; otherwise the defaults are taken.

    Raises:
        UsageError: copier is not installed, or an answer will not do.
    """
    copier = extra.copier()
    with as_file(files(__package__) / "template") as template:
        try:
            copier.run_copy(
                str(template),
                folder,
                data={**answers, "needs": _compatible()},
                defaults=not ask,
                quiet=True,
                # What is made depends on the answers alone, not on settings of this machine.
                settings=copier.Settings(),
            )
        except (copier.errors.UserMessageError, ValueError) as error:
            raise UsageError(f"the project cannot be made: {error}") from error
    return _read(folder)


def _compatible() -> str:
    """The releases of Duetrail that a plugin made today is for."""
    major, minor = version("duetrail").split(".")[:2]
    return f">={major}.{minor},<{major}.{int(minor) + 1}"


def _read(folder: Path) -> Rendered:
    contents = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    answers = extra.yaml().safe_load(contents.pop(ANSWERS))
    # Where the template lies on this machine is nobody's business.
    return Rendered({k: v for k, v in answers.items() if not k.startswith("_")}, contents)
