"""What the template asks; its `copier.yml` says it, for copier and for whoever wants to know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

from attrs import field, frozen

from duetrail.errors import UsageError, did_you_mean
from duetrail.scaffold import extra


@frozen
class Question:
    """One question.

    Attributes:
        name: What `--set` calls it.
        help: What is asked.
        choices: What each answer means, by the answer; empty where any text may be one.
    """

    name: str
    help: str
    choices: Mapping[str, str] = field(factory=dict)


def questions() -> tuple[Question, ...]:
    """Every question, but for the plugin's name, in the order in which they are asked.

    Raises:
        UsageError: copier is not installed.
    """
    text = (files(__package__) / "template" / "copier.yml").read_text(encoding="utf-8")
    return tuple(
        Question(name, one["help"], _choices(one.get("choices", {})))
        for name, one in extra.yaml().safe_load(text).items()
        # The rest are settings of copier, and what is worked out from the answers.
        if not name.startswith("_") and name != "name" and one.get("when") is not False
    )


def refuse_unfit(answers: Mapping[str, Any]) -> None:
    """Refuse answers to what is not asked, and those that are not among the choices.

    Raises:
        UsageError: There is one, or copier is not installed.
    """
    known = {one.name: one for one in questions()}
    for name, answer in answers.items():
        if name not in known:
            raise UsageError(f"nothing asks for {name!r}", hint=_near(name, known))
        choices = known[name].choices
        if choices and answer not in choices:
            raise UsageError(f"{name} cannot be {answer!r}", hint=_near(answer, choices))


def _near(word: str, known: Iterable[str]) -> str:
    words = list(known)
    return did_you_mean(word, words, f"There are {', '.join(words)}.")


def _choices(offered: Any) -> dict[str, str]:
    if isinstance(offered, list):
        return dict.fromkeys(offered, "")
    return {answer: meaning for meaning, answer in offered.items()}
