"""One run after the other: what it says adds up, and the way it went makes no difference."""

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duetrail.pipeline import Progress

ANSWERS = {
    "invoices": [
        {
            "invoices": [
                {
                    "id": f"i{page}{row}",
                    "number": f"{page}{row}",
                    "state": "test" if row == 2 else "open",
                    "customer": {"id": f"u{row}", "name": f"customer {row}"},
                    "emails": [{"id": f"e{page}", "subject": "s"}, {"subject": "without an id"}],
                    "calls": [{"id": f"p{page}{row}", "state": "planned"}],
                }
                for row in range(3)
            ]
        }
        for page in range(5)
    ],
    "customers": [{"customers": [{"id": f"u{n}", "email": f"{n}@example"}]} for n in range(3)],
    "replies": {
        f"call:p{page}{row}": [{"replies": [{"id": f"r{page}"}]}]
        for page in range(5)
        for row in range(3)
    },
    "calls": {
        f"{page}{row}": [{"calls": [{"id": f"c{row}"}]}] for page in range(5) for row in range(2)
    },
}


def test_first_run(project):
    """The numbers of a run are those of the store."""
    summary = project.answer(**ANSWERS).sync()
    for table, count in summary.records.items():
        # Parties may be written twice: as one shape shows them, then folded with the other.
        ((stored,),) = project.rows(f"SELECT count(*) FROM {table}")
        assert stored == count or (table == "parties" and stored < count)
    assert summary.open_rejects == project.rows("SELECT count(*) FROM rejects")[0][0] == 15
    assert summary.exit_code == 3


def test_adds_up(project):
    """Items are mapped, unchanged, rejected or skipped, resource by resource, in every run."""
    project.answer(**ANSWERS)
    for _ in range(2):
        for entry in project.sync().resources:
            parts = (entry.mapped, entry.unchanged, entry.rejected, entry.skipped.total())
            assert entry.items == sum(parts)
    (invoices, *_) = project.sync().resources
    assert (invoices.items, invoices.rejected) == (15 + 15 + 30 + 15, 15)
    assert invoices.skipped == {"a test invoice": 5}


def test_run_twice(project):
    """The second run writes nothing, says so, and keeps no page."""
    project.answer(**ANSWERS).sync()
    before, pages = project.digest, project.rows("SELECT number FROM pages")
    summary = project.sync()
    assert (summary.written, summary.records) == (0, {})
    assert sum(entry.pages for entry in summary.resources) == 0
    assert (project.digest, project.rows("SELECT number FROM pages")) == (before, pages)


@pytest.mark.parametrize("workers", [2, 5, 16])
def test_workers_make_no_difference(projects, workers):
    """However many workers, the store says the same."""
    digests = set()
    for number in (1, workers):
        project = projects(f"with-{number}").answer(**ANSWERS)
        project.sync(workers=number)
        digests.add(project.digest)
    assert len(digests) == 1


def test_one_resource_after_the_other(projects):
    """So it does when resources are synced one by one."""
    whole = projects("whole").answer(**ANSWERS)
    whole.sync()
    parts = projects("parts").answer(**ANSWERS)
    for name in ("customers", "invoices", "calls", "replies"):
        parts.sync(select=[name])
    assert parts.digest == whole.digest


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.permutations(range(5)), st.permutations(range(3)), st.integers(1, 8))
def test_order_of_pages(tmp_path_factory, toy, project, invoices, customers, workers):
    """So it does whatever order the pages come in."""
    shuffled = {
        **ANSWERS,
        "invoices": [ANSWERS["invoices"][n] for n in invoices],
        "customers": [ANSWERS["customers"][n] for n in customers],
    }
    project.answer(**ANSWERS).sync()
    other = type(project)(tmp_path_factory.mktemp("other"), toy)
    other.configure(echo={"invoices": "echo:number"})
    other.answer(**shuffled).sync(workers=workers)
    assert other.digest == project.digest


def test_change_and_back(project):
    """A store follows the vendor there and back: the digest is that of what the vendor says."""
    project.answer(**ANSWERS).sync()
    before = project.digest
    project.answer(**{**ANSWERS, "customers": [{"customers": [{"id": "u1", "name": "New"}]}]})
    # One is called otherwise; of two others only what the invoices say of them is said any more.
    assert project.sync().records == {"parties": 3}
    assert project.digest != before
    project.answer(**ANSWERS).sync()
    assert project.digest == before


def test_a_feeder_says_what_it_feeds(project):
    """What was not asked for and runs as a feeder says what it feeds."""
    summary = project.answer(**ANSWERS).sync(select=["replies"])
    assert [(entry.name, entry.feeds) for entry in summary.resources] == [
        ("echo.invoices", "replies"),
        ("echo.calls", "replies"),
        ("echo.replies", ""),
    ]


def test_a_keyed_resource_counts_its_keys(project):
    """A keyed resource counts its keys, and the records without one."""
    invoices = {"invoices": [{"id": f"i{n}", "number": str(n) if n else None} for n in range(3)]}
    project.answer(invoices=[invoices], calls={"1": [], "2": [{"calls": []}]})
    (calls,) = project.sync(select=["calls"]).resources[1:]
    assert (calls.state, calls.shards, calls.without_key) == ("complete", 2, 1)


def test_more_keys_than_a_portion(project, monkeypatch):
    """Keys are asked for while others are still being read; none is left out."""
    monkeypatch.setattr("duetrail.pipeline.plan._PORTION", 2)
    invoices = {"invoices": [{"id": f"i{n}", "number": str(n)} for n in range(7)]}
    project.answer(invoices=[invoices], calls={str(n): [] for n in range(7)})
    (calls,) = project.sync(select=["calls"]).resources[1:]
    assert calls.shards == 7


def test_record_of_a_run(project):
    """A run is recorded with its times, its state and its summary."""
    summary = project.answer(**ANSWERS).sync()
    ((run, started, ended, state, told),) = project.rows("SELECT * FROM runs")
    assert (run, state) == (summary.run, "ended")
    assert started <= ended
    assert msgspec.json.decode(told) == msgspec.json.decode(msgspec.json.encode(summary.as_dict()))


@pytest.mark.parametrize("workers", [1, 4])
def test_an_observer_hears_after_each_commit(project, workers):
    """An observer hears after each commit; what it hears only grows, up to the summary."""
    heard = []
    summary = project.answer(**ANSWERS).sync(observer=heard.append, workers=workers)
    assert all(isinstance(progress, Progress) for progress in heard)
    for entry in summary.resources:
        mine = [p for p in heard if f"{p.connection}.{p.resource}" == entry.name]
        assert mine == sorted(mine, key=lambda p: (p.items, p.shards))
        assert (mine[-1].items, mine[-1].shards) == (entry.items, entry.shards)


def test_pages_are_committed_as_they_come(project):
    """What arrived before a failure is durable, and not waited for."""
    seen = []
    project.answer(**ANSWERS)
    project.sync(
        workers=1,
        select=["customers"],
        observer=lambda _: seen.append(project.rows("SELECT count(*) FROM parties")[0][0]),
    )
    assert seen == [1, 2, 3]
