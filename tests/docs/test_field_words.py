"""The words of the field, looked for as they are, lead to where each thing lives."""

from __future__ import annotations

from pathlib import Path

import pytest

CORE = Path(__file__).parents[2] / "core" / "duetrail"


@pytest.mark.parametrize(
    ("word", "modules"),
    [
        ("rate limiter", ["http/rate_limiter.py"]),
        ("pagination", ["http/walk.py", "http/follow.py"]),
        ("retries", ["http/session.py"]),
        ("upserts", ["stores/base.py", "stores/records.py", "stores/postgres/writing.py"]),
        ("watermark", ["source/pages.py", "pipeline/plan.py"]),
        ("backfill", ["pipeline/plan.py"]),
        ("retention", ["pipeline/keeping.py", "config/configuration.py"]),
        ("field lineage", ["pipeline/explain.py", "cli/explain.py"]),
        ("soft delete", ["pipeline/absence.py"]),
        ("dead letters", ["cli/rejects.py"]),
        ("replication", ["engines/replication.py"]),
    ],
)
def test_a_word_of_the_field_is_found_where_the_thing_lives(word, modules) -> None:
    """As `grep -ri` finds it, and in few other places."""
    found = {
        str(file.relative_to(CORE))
        for file in CORE.rglob("*.py")
        if word in file.read_text(encoding="utf-8").lower()
    }
    assert set(modules) <= found
    assert len(found) <= 12
