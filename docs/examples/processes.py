"""A sync that reads in several processes: `python processes.py duetrail.toml`."""

import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from duetrail import Project
from duetrail.jobs import Job, JobResult, read


def read_job(job: Job) -> list[JobResult]:
    """What a process of the pool does: it needs no store, only the job."""
    return list(read(job))


def main(config: str) -> int:
    """Sync everything configured; the exit code is that of `duetrail sync`."""
    # A process made by fork would inherit the lock of the store.
    pool = ProcessPoolExecutor(4, mp_context=get_context("spawn"))
    with pool, Project(config) as project, project.run() as run:
        while jobs := run.plan():
            for results in pool.map(read_job, jobs):
                run.commit(results)
    print(run.summary.records)
    return run.summary.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
