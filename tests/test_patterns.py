"""No text, however it is made, keeps a regular expression busy for long."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from re import _constants, _parser  # type: ignore[attr-defined]  # the only reader of patterns
from typing import Any

import pytest

from duetrail.http import masking
from support.nightly import examples

ROOT = Path(__file__).parents[1]
CODE = [*ROOT.glob("core/**/*.py"), *ROOT.glob("plugins/*/duetrail_*/**/*.py")]
CALLS = {"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}

# Patterns that are put together while the program runs: the sandbox's routes, and what the author
# of a test looks for in an address.
PUT_TOGETHER = {"app.py": 1, "fault_proxy.py": 1, "fault_rules.py": 1}
PUT_TOGETHER |= {"cutting.py": 2, "matching.py": 1, "loading.py": 1, "posting.py": 1}
PUT_TOGETHER |= {"pseudonyms.py": 1, "contacts.py": 5}

# Two thousand show what takes exponential time; what takes quadratic time the nightly run shows.
LONG = examples(2_000, 50_000)
SEEDS = ["0", "0.", " ", "'", '"', "\\", "\\ud83d", "\\u", "a", "%2", "%", "-", "/", "[", "(", "“"]
SEEDS += ["2026-01-01T", "0 ", "0-", "/api/invoices/", "$.a[*]", "filter[", "{a}", "é", "\n", "a'"]

REPEATS = {_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT}
LOOKS = {_constants.ASSERT, _constants.ASSERT_NOT}


def patterns() -> Iterator[tuple[str, str, str | bytes | None]]:
    """File, use and text of each pattern in the code; None for one that is put together."""
    for file in CODE:
        text = file.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "import re\n" in text else ():
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id == "re" and node.func.attr in CALLS:
                try:
                    yield file.name, node.func.attr, ast.literal_eval(node.args[0])
                except ValueError:
                    yield file.name, node.func.attr, None


FOUND = tuple(patterns())
WRITTEN = sorted({found for found in FOUND if found[2] is not None}, key=str)


def endless(tree: Any, inside: bool = False) -> Iterator[bool]:
    """For each repetition without end, whether it stands inside another one."""
    for operation, argument in tree:
        if operation in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            _, most, below = argument
            is_endless = most is _constants.MAXREPEAT
            if is_endless:
                yield inside
            yield from endless(below, inside or is_endless)
        elif operation is _constants.BRANCH:
            for branch in argument[1]:
                yield from endless(branch, inside)
        elif operation is _constants.SUBPATTERN:
            yield from endless(argument[-1], inside)


def may_fail_midway(tree: Any) -> bool:
    """Whether a sequence may fail behind a repetition, or in a part that does not begin it.

    Such parts are repetitions, groups and looks ahead: where they fail, Python has moved on.
    """
    is_behind = False
    for place, (operation, argument) in enumerate(tree):
        if operation in LOOKS:
            if place:
                return True
        elif operation is _constants.BRANCH:
            if place or any(map(may_fail_midway, argument[1])):
                return True
        elif operation is _constants.SUBPATTERN:
            if place or may_fail_midway(argument[-1]):
                return True
        elif operation in REPEATS:
            if argument[0] > 0 and place:
                return True
            is_behind = True
            continue
        if is_behind:
            return True
    return False


def kept_groups(tree: Any) -> Iterator[Any]:
    """What stands in each group that, once it matched, is not tried otherwise: `(...)*+`."""
    for operation, argument in tree:
        if operation is _constants.BRANCH:
            for branch in argument[1]:
                yield from kept_groups(branch)
        elif operation in REPEATS:
            if operation is _constants.POSSESSIVE_REPEAT:
                yield argument[2]
            yield from kept_groups(argument[2])
        elif operation is _constants.ATOMIC_GROUP:
            yield argument
            yield from kept_groups(argument)
        elif operation is _constants.SUBPATTERN:
            yield from kept_groups(argument[-1])


def test_all_patterns_are_looked_at() -> None:
    """Patterns stand in the code as they are, but for the few that are known."""
    unread = [name for name, _, pattern in FOUND if pattern is None]
    assert {name: unread.count(name) for name in unread} == PUT_TOGETHER
    assert len(WRITTEN) > 10


@pytest.mark.parametrize(("file", "use", "pattern"), WRITTEN)
def test_no_endless_repetition_inside_another(file: str, use: str, pattern: str | bytes) -> None:
    """What repeats without end does not repeat, within, something else without end."""
    assert not any(endless(_parser.parse(pattern)))


@pytest.mark.parametrize(("file", "use", "pattern"), WRITTEN)
def test_no_kept_group_fails_midway(file: str, use: str, pattern: str | bytes) -> None:
    """`(...)*+` holds nothing that Python before 3.11.5 reads otherwise.

    Where such a group begins to match and then fails, these go on from where it failed, and not
    from where it began (python/cpython#106052).
    """
    assert not any(map(may_fail_midway, kept_groups(_parser.parse(pattern))))


@pytest.mark.timeout(300)  # a busy machine included; what backtracks would take days
@pytest.mark.parametrize(("file", "use", "pattern"), WRITTEN)
def test_long_texts(file: str, use: str, pattern: str | bytes) -> None:
    """Many times the same, and something else at the end, is looked through at once."""
    compiled = re.compile(pattern)
    for seed in SEEDS:
        for text in (seed * LONG + "!", "0" + seed * LONG, seed * LONG + "\\"):
            text = text[: masking._READ] if file == "masking.py" else text
            given: Any = text.encode() if isinstance(pattern, bytes) else text
            if use in {"match", "fullmatch"}:
                getattr(compiled, use)(given)
            else:  # a compiled one may be used in any way
                compiled.fullmatch(given)
                assert list(compiled.finditer(given)) is not None


def test_the_check_finds_what_it_looks_for() -> None:
    """The classic that takes forever would be found."""
    for pattern in (r"(a+)+b", r"(?:a|b+)*c", r"((a*)x)*", r"(\s*,?)+$"):
        assert any(endless(_parser.parse(pattern)))
    assert not any(endless(_parser.parse(r"\d(?:[ -]{0,2}\d){5,}")))


def test_the_check_of_groups_finds_what_it_looks_for() -> None:
    """Those that Python 3.11.2 reads otherwise would be found, and no others."""
    for pattern in (
        r"\w++(?:[-/._]\w++)*+",
        r"(?:\"[^\"<]*\"|a)*+",
        r"(?>ab+)",
        r"(?:a(?:bc|d))*+",
        r"(?:a(?=b))*+",
        r"(?:a(?!b))*+",
    ):
        assert any(map(may_fail_midway, kept_groups(_parser.parse(pattern))))
    for pattern in (r"a++", r"(?:\\.[^\\]*+)*+", r"(?:%20|[a-z])*+", r"(?:-[a-z]++)*"):
        assert not any(map(may_fail_midway, kept_groups(_parser.parse(pattern))))
