"""docs/guide.md tells what `duetrail new` asks."""

from __future__ import annotations

from duetrail.scaffold.questions import Question, questions
from duetrail.scaffold.rendering import render


def _row(question: Question, default: str) -> str:
    answers = [f"`{answer}` {meaning}".strip() for answer, meaning in question.choices.items()]
    cells = (f"`{question.name}`", question.help, "; ".join(answers) or "text", f"`{default}`")
    return "| " + " | ".join(cells) + " |"


def test_every_question_is_on_the_page(generated, tmp_path) -> None:
    """Each question with its answers and its default, for a plugin called `acme`."""
    # What a header says, and where tokens are given, is asked only where there are such.
    asked = {"name": "acme", "header": "X-Version", "auth": "oauth2"}
    defaults = {
        **render(asked, tmp_path / "1", ask=False).answers,
        **render({"name": "acme"}, tmp_path / "2", ask=False).answers,
    }
    rows = [_row(one, defaults[one.name]) for one in questions()]
    head = ["| key | question | answer | default |", "|---|---|---|---|"]
    generated("guide.md", "questions", "\n".join([*head, *rows]) + "\n")
