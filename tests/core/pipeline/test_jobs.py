"""Jobs: planned in one process, read in any, committed in one."""

from __future__ import annotations

import io
import pickle
import random
from pathlib import Path

import pytest

from duetrail import errors, jobs
from duetrail.errors import DuetrailError, StoreError
from duetrail.http.slots import Slots, boot_clock
from duetrail.jobs import Job, read
from duetrail.pipeline import Halted
from duetrail.project import Project

CALLS = {f"{n:02}": [{"calls": [{"id": f"c{n // 2}"}]}] for n in range(12) if n != 7}


def _invoice(n):
    return {
        "id": f"i{n}",
        "number": f"{n:02}",
        "customer": {"id": f"u{n % 3}", "name": f"customer {n % 3}"},
        "emails": [{"id": f"e{n}", "subject": n if n == 4 else "s"}],
        "calls": [{"id": f"p{n}", "state": "planned" if n % 2 else "completed"}],
    }


ANSWERS = {
    "invoices": [{"invoices": [_invoice(3 * page + n) for n in range(3)]} for page in range(4)],
    "customers": [{"customers": [{"id": f"u{n}", "email": "x@example"}]} for n in range(3)],
    "replies": {f"call:p{n}": [{"replies": [{"id": f"r{n}"}]}] for n in range(1, 12, 2)},
    "calls": CALLS,
}


def sent(one):
    """What arrives in another process."""
    return pickle.loads(pickle.dumps(one))


def opened(project):
    return Project(project.folder / "duetrail.toml")


def read_all(project, *, keys=5, shuffled=None, **how):
    """A sync of which everything that can travel does."""
    with opened(project) as one, one.run(**how) as run:
        while jobs := run.plan(keys):
            if shuffled:
                shuffled.shuffle(jobs)
            for job in sent(jobs):
                run.commit(sent(list(read(job))))
    return run.summary


def facts(summary):
    """What a summary says that does not depend on the order of the work."""
    names = ("state", "shards", "unknown_keys", "items", "rejected", "problems", "notices")
    return {one.name: [getattr(one, name) for name in names] for one in summary.resources}


@pytest.fixture
def smooth(projects):
    """A project that was synced in one process, and what that came to."""
    one = projects("smooth").answer(**ANSWERS)
    return one, one.sync()


@pytest.mark.parametrize("keys", [1, 5, 1000])
def test_read_elsewhere_it_comes_to_the_same(project, smooth, keys):
    """Digest, rejects, unknown keys and the exit code are those of a sync in one process."""
    summary = read_all(project.answer(**ANSWERS), keys=keys)
    assert project.digest == smooth[0].digest
    assert summary.exit_code == smooth[1].exit_code == 3
    assert facts(summary) == facts(smooth[1])


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_jobs_makes_no_difference(project, smooth, seed):
    """Whichever job comes back first."""
    read_all(project.answer(**ANSWERS), shuffled=random.Random(seed))
    assert project.digest == smooth[0].digest


def test_a_page_that_is_bytes_travels(project, toy):
    """What was found on it is found again, though what read it stays behind."""
    invoice = _invoice(1) | {"x": [1], "calls": [{"id": "c1", "y": 2}]}
    with opened(project.answer(**ANSWERS)) as one:
        stream = next(s for s in one.source("echo").streams() if s.resource.name == "invoices")
        batch = toy.batch({"invoices": [invoice]})
        arrived = jobs._Unpickler(io.BytesIO(jobs._packed(batch)), stream).load()
    told = [
        [(m.item, m.path, m.raw, m.extra, m.rows) for m in each.mapped] for each in (batch, arrived)
    ]
    assert len(told[0]) > 1
    assert told[1] == told[0]


def test_what_gives_keys_is_planned_first(project):
    """What is asked by keys follows in a plan of its own, in portions."""
    project.answer(**ANSWERS)
    stages = []
    with opened(project) as one, one.run() as run:
        while jobs := run.plan(5):
            stages.append([(job.resource, len(job.shards)) for job in jobs])
            for job in jobs:
                run.commit(read(job))
    assert stages == [
        [("invoices", 1), ("customers", 1)],
        [("calls", 5), ("calls", 5), ("calls", 2)],
        [("replies", 5), ("replies", 1)],
    ]


def test_a_job_is_read_without_a_store(project, tmp_path):
    """Only planning and committing need one."""
    project.answer(**ANSWERS)
    with opened(project) as one, one.run() as run:
        job = sent(run.plan()[0])
    (tmp_path / "duetrail.db").unlink()
    results = list(read(job))
    assert [result.end for result in results] == ["", "", "", "done"]
    assert sum(len(result.batch.mapped) for result in results if result.batch) == 47
    assert not (tmp_path / "duetrail.db").exists()


def test_jobs_without_a_run_read_everything(project, tmp_path):
    """Whoever keeps records elsewhere needs no store, where no keys are stored."""
    numbers = [f"{n:02}" for n in range(12)]
    project.configure(echo={"invoices": numbers})
    project.answer(**ANSWERS)
    with opened(project) as one:
        jobs = sent(one.plan(select=["invoices", "customers", "calls"], keys=10))
    assert [(job.resource, len(job.shards)) for job in jobs] == [
        ("invoices", 1),
        ("customers", 1),
        ("calls", 10),
        ("calls", 2),
    ]
    results = [sent(result) for job in jobs for result in read(job)]
    found = {record.ref for r in results if r.batch for m in r.batch.mapped for record in m.records}
    assert {f"i{n}" for n in range(12)} == {ref.id for ref in found if ref.record == "invoices"}
    assert {f"c{n}" for n in range(6)} <= {ref.id for ref in found if ref.record == "calls"}
    assert not (tmp_path / "duetrail.db").exists()


def test_jobs_without_a_run_leave_nothing_out(project):
    """Whatever was read before, they read all of it, with the keys that are stored."""
    project.answer(**ANSWERS).sync()
    with opened(project) as one:
        jobs = one.plan()
    keys = [shard.name for job in jobs for shard in job.shards if job.resource == "calls"]
    assert keys == [f"{n:02}" for n in range(12)]
    assert all(shard.cursor is None for job in jobs for shard in job.shards)


def test_keys_that_were_never_read(project):
    """Without a store there are no stored keys, and the message says what to do."""
    with opened(project) as one, pytest.raises(errors.StoreError, match="there is no store"):
        one.plan(select=["calls"])


def test_small_results_share_a_transaction(project, monkeypatch):
    """The answers to keys of a job are committed together."""
    project.answer(**ANSWERS)
    with opened(project) as one, one.run() as run:
        counts = []
        take = type(run._one.work).take

        def counted(work, group):
            counts.append(len(group))
            return take(work, group)

        monkeypatch.setattr(type(run._one.work), "take", counted)
        while jobs := run.plan():
            for job in jobs:
                run.commit(read(job))
    assert 12 in counts  # one of each key


def test_the_second_run_writes_nothing(project):
    """What is unchanged is unchanged, wherever it was read."""
    project.answer(**ANSWERS)
    read_all(project)
    assert read_all(project).written == 0
    assert project.sync().written == 0


def test_what_is_missing_is_marked_absent(project):
    """A listing whose end was committed proves what it does not show."""
    for count in (12, 11):
        page = {"invoices": [_invoice(n) | {"emails": []} for n in range(count)]}
        project.answer(**ANSWERS | {"invoices": [page]})
        read_all(project)
    assert project.rows("SELECT id FROM invoices WHERE absent_since IS NOT NULL") == [("i11",)]


def test_a_result_that_never_came_proves_nothing(project):
    """Where the end of a shard was not committed, the resource is incomplete, nothing absent."""
    project.answer(**ANSWERS)
    read_all(project)
    project.answer(**ANSWERS | {"invoices": []})
    with opened(project) as one, one.run() as run:
        while jobs := run.plan():
            for job in jobs:
                if job.resource != "invoices":
                    run.commit(read(job))
    states = {entry.resource: entry.state for entry in run.summary.resources}
    assert states["invoices"] == "incomplete"
    assert states["customers"] == "complete"
    assert run.summary.exit_code == 3
    assert project.rows("SELECT id FROM invoices WHERE absent_since IS NOT NULL") == []


def test_a_run_that_is_left_early_says_so(project):
    """What was planned and not read is incomplete."""
    with opened(project.answer(**ANSWERS)) as one, one.run() as run:
        run.plan()
    assert {entry.state for entry in run.summary.resources} == {"incomplete"}


def test_a_run_that_fails_is_resumed(project, smooth):
    """What was committed stays; the next sync goes on from there."""
    project.answer(**ANSWERS)

    def fail():
        with opened(project) as one, one.run() as run:
            run.commit(read(run.plan()[0]))
            raise RuntimeError("a process of the pool died")

    with pytest.raises(RuntimeError):
        fail()
    assert project.sync().resumed_from == 1
    assert project.digest == smooth[0].digest


def test_a_store_that_cannot_be_written_halts_it(project, monkeypatch):
    """As in a sync, with the summary so far."""
    project.answer(**ANSWERS)

    def fail(*given):
        raise StoreError("the disk is full")

    def commit():
        with opened(project) as one, one.run() as run:
            jobs = run.plan()
            monkeypatch.setattr(type(one.store), "apply", fail)
            run.commit(read(jobs[0]))

    with pytest.raises(Halted, match="full") as halted:
        commit()
    assert halted.value.summary.state == "halted"
    assert {entry.state for entry in halted.value.summary.resources} == {"incomplete"}


@pytest.mark.parametrize("kind", ["Unauthorized", "Forbidden"])
def test_a_refusal_ends_a_job(project, kind):
    """Nothing more is asked by it, and the refusal is told once."""
    numbers = [f"{n}" for n in range(6)]
    project.configure(echo={"invoices": numbers})
    project.answer(calls={"0": [{"calls": [{"id": "c0"}]}], "1": [kind], "2": [kind]})
    with opened(project) as one, one.run(select=["calls"]) as run:
        (job,) = [job for job in run.plan() if job.resource == "calls"]
        results = sent(list(read(job)))
        assert [result.end for result in results] == ["done", "failed"]
        assert type(results[-1].error) is getattr(errors, kind)
        run.commit(results)
        while jobs := run.plan():
            for job in jobs:
                run.commit(read(job))
    (calls,) = [entry for entry in run.summary.resources if entry.resource == "calls"]
    assert (calls.state, calls.problem_count) == ("failed", 1)


def test_a_vendor_that_answers_to_no_key_is_given_up(project):
    """After ten keys in a row without an answer the rest of a job is not asked."""
    numbers = [f"{n:02}" for n in range(30)]
    project.configure(echo={"invoices": numbers})
    project.answer(calls={key: ["Unavailable"] for key in numbers})
    with opened(project) as one, one.run(select=["calls"]) as run:
        while jobs := run.plan(keys=30):
            for job in sent(jobs):
                results = sent(list(read(job)))
                run.commit(results)
    assert len(results) == 10
    (calls,) = [entry for entry in run.summary.resources if entry.resource == "calls"]
    assert calls.state == "failed"
    assert "given up after 10 keys" in calls.problems[-1].message


ERRORS = [
    one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, DuetrailError)
]


@pytest.mark.parametrize("kind", ERRORS)
def test_an_error_travels_whole(kind):
    """With message, hint and facts, whatever its class takes."""
    error = kind("it failed")
    error.hint = "Do this."
    there = sent(error)
    assert type(there) is kind
    assert (str(there), there.__dict__) == (str(error), error.__dict__)


def test_a_job_holds_no_secret(connect, monkeypatch):
    """Only the reference travels; it is resolved where the job is read."""
    monkeypatch.setenv("ACME_TOKEN", "hunter2-hunter2")
    connection = connect()
    assert connection.options.token.resolve() == "hunter2-hunter2"
    from duetrail.config import Config
    from duetrail.source import Shard

    table = {"plugin": "acme", "token": "env:ACME_TOKEN"}
    job = Job(Config(Path("duetrail.toml"), "", {"a": table}), "a", "bills", (Shard("bills"),))
    assert b"hunter2" not in pickle.dumps(job)
    assert "ACME_TOKEN" not in repr(job)
    assert sent(job) == job


def test_whoever_reads_brings_the_rate_budget(synced):
    """A budget of one's own is asked before every request, at the time of a clock of one's own."""
    told, taken, owners = [], [], []

    class Counted(Slots):
        def take(self, now, gap=0.0):
            taken.append(now)
            return super().take(now, gap)

    def budget(owner, rate):
        owners.append(owner)
        return Counted(rate)

    def clock():
        told.append(boot_clock())
        return told[-1]

    store = f"sqlite:///{synced}/other.db"
    with Project(synced / "duetrail.toml", store) as project:
        stream = next(project.source("stuut").streams())
        shard = next(iter(stream.plugin.plan(stream.resource, stream.connection)))
        job = Job(project.config, "stuut", stream.resource.name, (shard,))
        (result,) = read(job, budget=budget, clock=clock)
    # The sandbox is gone: nothing answers, but to ask takes a start each time.
    assert isinstance(result.error, errors.Unavailable)
    assert len(taken) >= result.result.requests > 0
    assert set(taken) <= set(told)
    assert len(owners) == 1
