"""What takes long tells an observer how far it is, in numbers that are exact."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree

import pytest

from duetrail import Project
from duetrail.pipeline.events import CountedProgress, Detail, Progress, ResourceState
from duetrail.pipeline.steps import Steps
from duetrail.stores import CountQuery

Place = tuple[str, str]


class Heard:
    """Notes what it hears."""

    def __init__(self) -> None:
        self.events: list[Progress | Detail] = []

    def __call__(self, progress: Progress) -> None:
        self.events.append(progress)

    def detail(self, event: Detail) -> None:
        self.events.append(event)

    @property
    def last(self) -> dict[Place, CountedProgress]:
        """The last progress of each resource or table."""
        found = (one for one in self.events if isinstance(one, CountedProgress))
        return {(one.connection, one.resource): one for one in found}

    @property
    def states(self) -> list[ResourceState]:
        return [one for one in self.events if isinstance(one, ResourceState)]


@pytest.fixture
def project(synced: Path, tmp_path: Path) -> Iterator[Project]:
    """A project over a copy of the synced folder."""
    with Project(copytree(synced, tmp_path / "synced") / "duetrail.toml") as project:
        yield project


@pytest.fixture
def heard() -> Heard:
    return Heard()


def ended_whole(heard: Heard, steps: int) -> bool:
    """Whether each of so many steps began, knowing how many there are, and was completed."""
    begun = [one for one in heard.states if one.state == "begun"]
    counts = Counter(one.state for one in heard.states)
    return counts == {"begun": steps, "complete": steps} and {one.of for one in begun} == {steps}


def test_a_remap_tells_of_its_pages(project: Project, heard: Heard) -> None:
    """Of each resource, as many pages as are kept, and as many items as the summary has."""
    pages = Counter((one.connection, one.resource) for one in project.store.pages())
    summary = project.remap(observer=heard)
    assert ended_whole(heard, len(pages))
    assert {place: (one.pages, one.of_pages) for place, one in heard.last.items()} == {
        place: (count, count) for place, count in pages.items()
    }
    assert {place: one.items for place, one in heard.last.items()} == {
        (one.connection, one.resource): one.items for one in summary.resources
    }


def test_an_export_tells_of_its_rows(project: Project, heard: Heard, tmp_path: Path) -> None:
    """Of each record table with its children, and of the links, as many rows as are written."""
    done = project.export(f"jsonl:{tmp_path / 'out'}", observer=heard)
    assert ended_whole(heard, len(heard.last))
    assert {one.items for one in heard.last.values()} == {
        one.of_items for one in heard.last.values()
    }
    assert sum(one.items for one in heard.last.values()) == sum(done.rows.values())
    assert heard.last["", "links"].items == done.rows["links"]


def test_an_export_of_a_connection_tells_of_its_rows(
    project: Project, heard: Heard, tmp_path: Path
) -> None:
    """Rows of others are not among them."""
    how = {"tables": ["invoices"], "connections": ["stuut"]}
    done = project.export(f"jsonl:{tmp_path / 'out'}", observer=heard, **how)
    (told,) = heard.last.values()
    assert told.items == told.of_items == sum(done.rows.values())


def test_what_changed_is_not_counted_before(project: Project, heard: Heard, tmp_path: Path) -> None:
    """How much changed is known when it was read; each row is told of all the same."""
    project.store.begin_run("2026-01-01T00:00:00Z")
    done = project.export(f"jsonl:{tmp_path / 'out'}", 1, observer=heard)
    assert ended_whole(heard, len(heard.last))
    assert {one.of_items for one in heard.last.values()} == {0}
    assert sum(one.items for one in heard.last.values()) == sum(done.rows.values())


def test_history_tells_of_its_records(project: Project, heard: Heard) -> None:
    """Of each table with records, as many as history is built of."""
    built = project.build_history(observer=heard)
    counts = {name: sum(count_of(project, name).values()) for _, name in heard.last}
    assert {place: one.items for place, one in heard.last.items()} == {
        ("", name): count for name, count in counts.items()
    }
    assert {one.items for one in heard.last.values()} == {
        one.of_items for one in heard.last.values()
    }
    assert sum(counts.values()) == built.records
    assert {one.state for one in heard.states} == {"begun", "complete"}


def count_of(project: Project, table: str) -> dict[str | None, int]:
    return project.store.counts(CountQuery(table))


@pytest.mark.parametrize("dry_run", [False, True])
def test_an_erasure_tells_of_its_tables(project: Project, heard: Heard, dry_run: bool) -> None:
    """Each table, as often as it is looked through, and each value that was looked at."""
    project.erase("Pat Doe", "pat@acme.example", dry_run=dry_run, observer=heard)
    begun = [one for one in heard.states if one.state == "begun"]
    assert ended_whole(heard, begun[0].of)
    assert ("", "files") in heard.last or dry_run
    assert heard.last["", "pages"].items > 0


WORK: list[Callable[[Project, object], object]] = [
    lambda project, observer: project.remap(observer=observer),
    lambda project, observer: project.erase("pat@acme.example", observer=observer),
    lambda project, observer: project.build_history(observer=observer),
]


@pytest.mark.parametrize("work", WORK)
def test_an_observer_that_fails_stops_nothing(
    project: Project, caplog: pytest.LogCaptureFixture, work: Callable[..., object]
) -> None:
    """It is told no more, and the log says where it failed, but not what it said."""
    calls: list[Progress] = []

    def observer(progress: Progress) -> None:
        calls.append(progress)
        raise RuntimeError("canary")

    with caplog.at_level(logging.WARNING):
        work(project, observer)
    assert len(calls) == 1
    (told,) = (one.message for one in caplog.records)
    assert told.startswith("the observer is told no more: RuntimeError at test_steps.py:")
    assert "canary" not in told


@pytest.mark.parametrize("work", WORK)
def test_an_observer_may_interrupt(project: Project, work: Callable[..., object]) -> None:
    """Ctrl-C stops it, wherever it comes."""

    def observer(progress: Progress) -> None:
        if progress.items:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work(project, observer)


def test_what_is_cut_off_has_not_come_to_its_end(heard: Heard) -> None:
    """Each step that was on its way is told to be incomplete."""
    with pytest.raises(KeyboardInterrupt), Steps(heard, 2) as steps, steps.table("invoices"):
        raise KeyboardInterrupt
    assert [one.state for one in heard.states] == ["begun", "incomplete"]
