"""History: any day since the first sync can be asked again, and gives what was true then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from duetrail import Project
from duetrail.config import parse_config
from duetrail.errors import UsageError
from duetrail_sandbox.server import Sandbox
from support.bucket_ledger import ledger

FIRST = date(2026, 6, 30)
DAYS = 6


Books = dict[date, Counter[tuple[str, str]]]


@pytest.fixture(scope="module", params=["built first", "built last", "built last, no pages"])
def lived(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[tuple[Project, Books]]:
    """A company synced every day for a week, with its own ledger of each day."""
    folder = tmp_path_factory.mktemp("history")
    books: Books = {}
    with Sandbox(invoices=60, vendors=("stuut",)) as sandbox:
        config = parse_config(sandbox.config, folder / "duetrail.toml")
        with Project(config, f"sqlite:///{folder}/s.db") as project:
            for _ in range(DAYS + 1):
                now = sandbox.company.now + timedelta(hours=1)
                pages = "none" if request.param.endswith("no pages") else "all"
                # Only a full one sees what was deleted.
                project.sync(full=True, now=now, keep_pages=pages)
                if not books and request.param == "built first":
                    project.build_history()
                books[now.date()] = ledger(sandbox.company, now.date())
                sandbox.pass_days(1)
            project.build_history()
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


def test_a_day_before_the_first_sync_is_refused(lived) -> None:
    """The message says from which day on the store can answer, whether or not it keeps pages."""
    project, books = lived
    with pytest.raises(UsageError, match=f"from {min(books)} on"):
        _ageing(project, min(books) - timedelta(days=1))
