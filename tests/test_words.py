"""The field's words are used: what has one is not called by a word of ours."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# What was called so once, and what it is called now.
FORMER = {
    "Asked": "SeenRequest",
    "Bench": "Harness",
    "Circle": "LoopDetector",
    "Fate": "FieldLineage",
    "Feed": "KeySource",
    "Feeding": "ResolvedKeySource",
    "Faulty": "FaultProxy",
    "Fiction": "FakeData",
    "Governor": "RateLimiter",
    "How": "LinkKind",
    "Marks": "Watermarks",
    "Node": "Stream",
    "Passing": "Replication",
    "Pass": "SortOrder",
    "Reel": "Cassette",
    "Spot": "ProbePoint",
    "Stage": "ReplayHarness",
    "Strike": "FaultRule",
    "Study": "LineageStudy",
    "Trial": "Mutation",
    "Turns": "Slots",
    "Unheld": "UnrepresentableNumber",
    "at_hand": "plugin_overrides",
    "best_copy": "ranked",
    "bodies": "variants",
    "deeds": "violations",
    "doubts": "warnings",
    "lose": "mark_missing",
    "lost_in": "missing_in",
    "permit": "acquire",
    "play": "replay_requests",
    "plugins_at_work": "stdout_to_stderr",
    "sane": "checked_decimal",
    "scrub_store": "purge_free_pages",
    "see_copies": "see_documents",
    "strikes": "faults",
    "tape": "record_requests",
    "tidy": "sanitized_error",
    "trouble": "add_problem",
}
# Where an old public name is passed on with a warning.
PASSED_ON = {
    ("core/duetrail/testing/cassettes.py", "play"),
    ("core/duetrail/testing/cassettes.py", "tape"),
    ("plugins/sandbox/duetrail_sandbox/server.py", "strikes"),
}


def _defined(tree: ast.AST) -> Iterator[str]:
    """Every name of a class, function, attribute or variable that a module defines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias) and node.asname:
            yield node.asname


def test_a_former_word_does_not_come_back() -> None:
    """No module, class, function, argument or variable is called as it once was."""
    back = {}
    for file in [*ROOT.glob("core/**/*.py"), *ROOT.glob("plugins/**/*.py")]:
        place = str(file.relative_to(ROOT))
        names = {*_defined(ast.parse(file.read_text(encoding="utf-8"))), file.stem}
        back |= {(place, name): FORMER[name] for name in names & FORMER.keys()}
    assert {place: new for place, new in back.items() if place not in PASSED_ON} == {}


# What a newcomer greps for, and the package of the core that it has to lead to.
FOUND = {
    "backfill": "pipeline",
    "backoff": "http",
    "checkpoint": "pipeline",
    "dead letter": "pipeline",
    "deduplication": "pipeline",
    "idempotent": "pipeline",
    "lineage": "pipeline",
    "pagination": "http",
    "rate limit": "http",
    "replication": "engines",
    "retention": "pipeline",
    "retries": "http",
    "soft delete": "pipeline",
    "upsert": "stores",
    "watermark": "pipeline",
}


@pytest.mark.parametrize("word", FOUND)
def test_the_fields_word_leads_to_its_module(word: str) -> None:
    """`grep -ri WORD core/duetrail` shows a module that says in its first lines what it is."""
    files = (ROOT / "core" / "duetrail" / FOUND[word]).glob("*.py")
    told = {file: ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) for file in files}
    assert [file.name for file, text in told.items() if word in (text or "").lower()]


@pytest.mark.parametrize("word", FOUND)
def test_the_glossary_says_where_the_fields_word_leads(word: str) -> None:
    """Or what it is called here."""
    page = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").lower()
    assert word.removesuffix("ies").replace("idempotent", "idempoten") in page.replace("-", " ")


@pytest.mark.parametrize(
    ("module", "former", "now"),
    [
        ("duetrail.model", "How", "LinkKind"),
        ("duetrail.source", "Feed", "KeySource"),
        ("duetrail.wire", "Unheld", "UnrepresentableNumber"),
    ],
)
def test_a_former_public_name_still_works(module: str, former: str, now: str) -> None:
    """It is the new one, and a warning says how that is called."""
    home = import_module(module)
    with pytest.warns(DeprecationWarning, match=now):
        assert getattr(home, former) is getattr(home, now)
