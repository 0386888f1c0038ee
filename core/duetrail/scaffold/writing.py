"""Files of a project, written so that nothing of its author's is lost."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from attrs import field, frozen

from duetrail.errors import UsageError
from duetrail.scaffold.memory import checksum

BESIDE = ".new"
"""What is added to the name of a file that stands beside its author's."""


@frozen
class Outcome:
    """What became of each file of the template; paths with slashes.

    Attributes:
        folder: The project.
        made: Files that were not there.
        renewed: Files that were still as they had been made, and are now as the template has them.
        beside: Files that both the author and the template changed: the author's was left alone,
            the template's stands beside it, with `.new` at the end of its name.
        removed: Files that the template has no more and that were still as they had been made.
    """

    folder: Path
    made: list[str] = field(factory=list)
    renewed: list[str] = field(factory=list)
    beside: list[str] = field(factory=list)
    removed: list[str] = field(factory=list)


def write(folder: Path, files: Mapping[str, bytes], made: Mapping[str, str]) -> Outcome:
    """Write the files of a template into a project.

    Args:
        folder: The project.
        files: What the template gives now.
        made: Checksums of what it gave the last time.

    Raises:
        UsageError: Something that was put beside the author's files earlier is still there, or a
            file cannot be written.
    """
    outcome = Outcome(folder)
    try:
        for path, content in files.items():
            _sort(outcome, path, content, made.get(path))
        for path in made.keys() - files.keys():
            if _is_within(folder, path) and _sum_of(folder / path) == made[path]:
                outcome.removed.append(path)
        _refuse_waiting(outcome)
        _do(outcome, files)
    except OSError as error:
        raise UsageError(
            f"{error.filename or folder} cannot be written: {error.strerror}"
        ) from None
    return outcome


def _sort(outcome: Outcome, path: str, content: bytes, before: str | None) -> None:
    """Decide what becomes of a file."""
    there, now = _sum_of(outcome.folder / path), checksum(content)
    if there is None:
        if before is None:  # else the author deleted it
            outcome.made.append(path)
    elif there != now and there == before:
        outcome.renewed.append(path)
    elif there != now and before != now:
        outcome.beside.append(path)


def _refuse_waiting(outcome: Outcome) -> None:
    for path in outcome.beside:
        if (outcome.folder / f"{path}{BESIDE}").exists():
            raise UsageError(
                f"{path}{BESIDE} from the last time is still there; nothing was written",
                hint=f"Take from it what you want for {path}, and delete it.",
            )


def _do(outcome: Outcome, files: Mapping[str, bytes]) -> None:
    places = {path: path for path in (*outcome.made, *outcome.renewed)}
    places |= {f"{path}{BESIDE}": path for path in outcome.beside}
    for place, path in places.items():
        file = outcome.folder / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(files[path])
    for path in outcome.removed:
        (outcome.folder / path).unlink()


def _sum_of(file: Path) -> str | None:
    return checksum(file.read_bytes()) if file.is_file() else None


def _is_within(folder: Path, path: str) -> bool:
    """Whether a path that stands in a file of the project leads to a file of the project."""
    return (folder / path).resolve().is_relative_to(folder.resolve())
