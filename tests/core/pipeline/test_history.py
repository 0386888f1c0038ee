"""History: any day since it was built can be asked again, and gives what was true then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from duetrail import Project
from duetrail.config import parse_config
from duetrail_sandbox.server import Sandbox
from support.bucket_ledger import ledger

FIRST = date(2026, 6, 30)
DAYS = 6


Books = dict[date, Counter[tuple[str, str]]]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, Books]]:
    """A company synced every day for a week, with its own ledger of each day."""
    folder = tmp_path_factory.mktemp("history")
    books: Books = {}
    with Sandbox(invoices=60, vendors=("stuut",)) as sandbox:
        config = parse_config(sandbox.config, folder / "duetrail.toml")
        with Project(config, f"sqlite:///{folder}/s.db") as project:
            for _ in range(DAYS + 1):
                now = sandbox.company.now + timedelta(hours=1)
                project.sync(full=True, now=now)  # only so is it seen what was deleted
                if not books:
                    project.build_history()
                books[now.date()] = ledger(sandbox.company, now.date())
                sandbox.pass_days(1)
            yield project, books


def _ageing(project: Project, day: date) -> Counter:
    rows = project.metric("ar_ageing", on=day, as_of=day).dicts()
    return Counter(
        {(row["currency"], row["bucket"]): row["amount"] for row in rows if row["items"]}
    )


def test_ageing_of_any_past_day_is_the_companys_own(lived) -> None:
    """To the cent, in every currency and bucket."""
    project, books = lived
    assert len({tuple(sorted(book.items())) for book in books.values()}) > DAYS // 2
    for day, book in books.items():
        assert _ageing(project, day) == book, day
