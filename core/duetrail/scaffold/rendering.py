"""The template as files, by copier."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from attrs import field, frozen

from duetrail.errors import UsageError

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


def questions() -> tuple[str, ...]:
    """The names of what can be answered with `--set`, in the order in which it is asked.

    Raises:
        UsageError: copier is not installed.
    """
    return tuple(
        name
        for name, one in _settings().items()
        if not name.startswith("_") and name != "name" and one.get("when") is not False
    )


def choices(question: str) -> tuple[str, ...]:
    """The answers a question can have; none where it takes any text.

    Raises:
        UsageError: copier is not installed.
    """
    offered = _settings()[question].get("choices", ())
    return tuple(offered.values() if isinstance(offered, dict) else offered)


def refuse_unknown(answers: Mapping[str, Any]) -> None:
    """Refuse answers to what is not asked.

    Raises:
        UsageError: There is one, or copier is not installed.
    """
    known = questions()
    for name in answers:
        if name not in known:
            near = get_close_matches(name, known, 1)
            raise UsageError(
                f"nothing asks for {name!r}",
                hint=f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(known)}.",
            )


def render(answers: Mapping[str, Any], folder: Path, *, ask: bool) -> Rendered:
    """Render the template.

    Args:
        answers: What is answered already, the plugin's name among it.
        folder: An empty folder to work in.
        ask: Whether to ask for the rest; otherwise the defaults are taken.

    Raises:
        UsageError: copier is not installed, or an answer will not do.
    """
    copier = _copier()
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
    import yaml

    contents = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    answers = yaml.safe_load(contents.pop(ANSWERS))
    # Where the template lies on this machine is nobody's business.
    return Rendered({k: v for k, v in answers.items() if not k.startswith("_")}, contents)


def _settings() -> Mapping[str, Any]:
    """What the template asks, and how it is to be rendered."""
    _copier()
    import yaml  # comes with copier

    text = (files(__package__) / "template" / "copier.yml").read_text(encoding="utf-8")
    settings: Mapping[str, Any] = yaml.safe_load(text)
    return settings


def _copier() -> Any:
    try:
        import copier
    except ImportError:
        raise UsageError(
            "new plugins are made with copier, which is not installed",
            hint="pip install 'duetrail[new]'",
        ) from None
    return copier
