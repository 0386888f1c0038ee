"""How the jobs of a plan become partitions; no session is needed."""

from __future__ import annotations

import pytest
from attrs import evolve

from duetrail.engines import reading
from support.engine_company import Company
from support.engines import engine

engine("pyspark")

from duetrail.engines.spark import source  # noqa: E402
from duetrail.engines.spark.options import options_of  # noqa: E402


@pytest.fixture(autouse=True)
def _three_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every list is planned in three parts."""

    def plan(asked: reading.Request) -> list[reading.Job]:
        (job,) = reading.plan(asked)
        (shard,) = job.shards
        return [evolve(job, shards=(evolve(shard, name=name),)) for name in "abc"]

    monkeypatch.setattr(source, "plan", plan)


def parts(served: Company, table: str, **options: str) -> list[list[str]]:
    given = {"connection": "stuut", "table": table, "config": str(served.path), **options}
    partitions = source.JobsReader(options_of(given)).partitions()
    return [[shard.name for job in one.jobs for shard in job.shards] for one in partitions]


def test_each_part_of_a_list_is_a_partition(served: Company) -> None:
    """Or at most so many of them as the user says; no part is left out."""
    assert parts(served, "invoices") == [["a"], ["b"], ["c"]]
    assert parts(served, "invoices", numPartitions="2") == [["a", "c"], ["b"]]
    assert parts(served, "invoices", numPartitions="9") == [["a"], ["b"], ["c"]]


def test_what_stands_inside_others_is_read_by_one_task(served: Company) -> None:
    """Several parts may show one email; where duplicates are kept, they are read apart."""
    assert parts(served, "emails") == [["a", "b", "c"]]
    assert parts(served, "emails", duplicates="keep") == [["a"], ["b"], ["c"]]


def test_each_partition_has_its_part_of_the_limit(served: Company) -> None:
    """Or a larger one, where fewer tasks read at once."""
    settings = {**served.config.connections["stuut"], "requests_per_second": 9}
    config = evolve(served.config, connections={"stuut": settings})
    for readers, rate in (({}, 3), ({"readers": "1"}, 9)):
        given = {"connection": "stuut", "table": "invoices", "config": str(served.path), **readers}
        options = options_of(given)
        options = evolve(options, asked=evolve(options.asked, config=config))
        for one in source.JobsReader(options).partitions():
            (job,) = one.jobs
            assert job.config.connection("stuut").connection.requests_per_second == rate
