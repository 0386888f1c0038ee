"""What engines share that read vendors themselves: plan, read, merge, and the rate limit."""

from __future__ import annotations

import pickle
import random
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from socket import gethostname

import pytest
from attrs import evolve

from duetrail.engines import reading
from duetrail.engines.reading import Request, divided, merged, newest, own_budget, plan, seen
from duetrail.engines.spark.options import options_of
from duetrail.engines.spark.schema import _fits
from duetrail.errors import (
    BadItem,
    ConfigError,
    DuetrailError,
    SecretError,
    Unauthorized,
    Unavailable,
    UsageError,
)
from duetrail.jobs import JobResult
from duetrail.pipeline.read import ReadResult, Task
from duetrail.source import Key
from support.engine_company import Company, company
from support.scripted import TOKEN, Project, Reply, Vendor


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("company"), 30) as one:
        yield one


def asked(served: Company, connection: str, table: str) -> Request:
    return Request(config=served.config, connection=connection, tables=(table,))


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_what_is_seen_makes_no_difference(served: Company, seed: int) -> None:
    """However it is cut and shuffled, pickled and read twice, each record is merged the same."""
    chance = random.Random(seed)
    for connection, table in (("exante", "parties"), ("stuut", "callouts"), ("credira", "calls")):
        request = asked(served, connection, table)
        found = [one for job in plan(request) for one in seen(job, request)]
        wanted = {row["id"]: row for row in merged(request, table, found)}
        again = [*found, *chance.sample(found, len(found) // 2)]
        chance.shuffle(again)
        cut = chance.randrange(len(again))
        parts = [*newest(again[:cut]), *newest(again[cut:])]
        rows = list(merged(request, table, pickle.loads(pickle.dumps(parts))))
        assert {row["id"]: row for row in rows} == wanted
        assert len(rows) == len(wanted)
        assert sorted(wanted) == served.ids(connection, table)


def test_jobs_are_for_the_table_alone(served: Company) -> None:
    """What would only give keys to it is not read."""
    assert {job.resource for job in plan(asked(served, "exante", "parties"))} <= {
        stream.resource.name
        for stream in served.config.connection("exante").streams()
        if "parties" in stream.tables
    }


def test_keys_that_are_given_are_asked_instead(served: Company) -> None:
    """In the order and number given; the store is not opened for them."""
    keys = tuple(map(Key, ("a", "b", "c")))
    config = evolve(served.config, store="sqlite:////nowhere/none.db")
    request = evolve(asked(served, "credira", "calls"), config=config, keys=keys)
    asked_with = [
        [shard.name for shard in job.shards] for job in plan(request) if job.resource == "calls"
    ]
    assert asked_with == [["a", "b", "c"]]


def test_a_date_reaches_the_vendor(served: Company) -> None:
    """Where it can be asked so; the reading begins with nothing read before."""
    since = datetime(2026, 3, 1, tzinfo=UTC)
    (job,) = plan(evolve(asked(served, "stuut", "invoices"), since=since))
    assert [(shard.since, shard.cursor) for shard in job.shards] == [(since, None)]


@pytest.mark.parametrize("readers", [1, 3, 8])
def test_the_rate_limit_is_divided(served: Company, readers: int) -> None:
    """What so many readers may send together is the limit of the credential."""
    settings = {**served.config.connections["stuut"], "requests_per_second": 6}
    config = evolve(served.config, connections={"stuut": settings})
    jobs = plan(Request(config=config, connection="stuut", tables=("invoices",)))
    (job, *_) = divided(jobs, readers)
    rate = job.config.connection("stuut").connection.requests_per_second
    assert rate == pytest.approx(6 / readers)
    budget = own_budget("somebody", rate)
    starts = [budget.take(0.0)[0] for _ in range(20)]
    assert starts[-1] - starts[0] >= 19 / rate * 0.9


# --- what goes wrong -----------------------------------------------------------------------------


@pytest.fixture
def scripted(tmp_path: Path) -> Iterator[tuple[Vendor, Request]]:
    """Stuut, answering by script, and a request for its invoices."""
    with Vendor() as vendor:
        project = Project(tmp_path).connect("stuut", base_url=vendor.url, token=TOKEN, attempts=1)
        from duetrail.config import read_config

        config = read_config(project.config)
        yield vendor, Request(config=config, connection="stuut", tables=("invoices",))


def test_a_refusal_is_raised(scripted: tuple[Vendor, Request]) -> None:
    """A shard that fails is no empty table."""
    vendor, request = scripted
    vendor.on("/v1/invoices", Reply(b"{}", 401))
    with pytest.raises(Unauthorized):
        [one for job in plan(request) for one in seen(job, request)]


def test_a_secret_is_resolved_where_the_job_is_read(
    scripted: tuple[Vendor, Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan needs none; where it resolves to nothing, the machine is named."""
    vendor, request = scripted
    vendor.on("/v1/invoices", Reply(b"{}", 401))
    settings = {**request.config.connections["stuut"], "token": "env:ONLY_ON_WORKERS"}
    request = evolve(request, config=evolve(request.config, connections={"stuut": settings}))
    (job,) = plan(request)
    with pytest.raises(SecretError, match="ONLY_ON_WORKERS") as caught:
        next(seen(job, request))
    assert f"This was on {gethostname()}." in str(caught.value)
    monkeypatch.setenv("ONLY_ON_WORKERS", "a-secret-of-the-workers")
    with pytest.raises(Unauthorized):
        next(seen(job, request))
    assert vendor.asked[-1].headers["authorization"].endswith("a-secret-of-the-workers")


@pytest.mark.parametrize("rejects", ["fail", "skip"])
def test_an_item_that_cannot_be_mapped(
    scripted: tuple[Vendor, Request], monkeypatch: pytest.MonkeyPatch, rejects: str
) -> None:
    """It ends the reading with where it stands and why, or is left out if the user says so."""
    request = evolve(scripted[1], rejects=rejects)
    (job,) = plan(request)
    batch = Project(request.config.folder).map("stuut", "invoices", {"data": [{"id": "i1"}, 7]})
    assert (len(batch.mapped), len(batch.rejected)) == (1, 1)
    stream = request.config.connection("stuut").stream("invoices")
    result = JobResult(ReadResult(Task(stream, job.shards[0]), batch, "done"), (b"", "stuut"))
    monkeypatch.setattr(reading, "read", lambda *given, **how: iter([result]))
    if rejects == "skip":
        assert [one.ref.id for one in seen(job, request)] == ["i1"]
        return
    with pytest.raises(BadItem, match=r"stuut\.invoices: ") as caught:
        list(seen(job, request))
    assert caught.value.path.startswith("$.data[1]")


@pytest.mark.parametrize(
    ("error", "key", "gives_up", "is_raised"),
    [
        (Unavailable("no answer"), Key("k"), False, False),
        (Unavailable("no answer"), Key("k"), True, True),
        (Unauthorized("refused"), Key("k"), False, True),
        (Unavailable("no answer"), None, False, True),
    ],
)
def test_a_key_that_fails_may_be_left_out(
    scripted: tuple[Vendor, Request],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: DuetrailError,
    key: Key | None,
    gives_up: bool,
    is_raised: bool,
) -> None:
    """It is logged; a list that fails, a refusal and a vendor that is down are raised anyhow."""
    request = scripted[1]
    (job,) = plan(request)
    stream = request.config.connection("stuut").stream("invoices")
    task = Task(stream, evolve(job.shards[0], key=key))
    failed = ReadResult(task, None, "failed", error, gives_up=gives_up)
    result = JobResult(failed, (b"", "stuut"))
    monkeypatch.setattr(reading, "read", lambda *given, **how: iter([result]))
    with pytest.raises(type(error)):
        list(seen(job, request))
    with pytest.raises(type(error)) if is_raised else nullcontext():
        assert list(seen(job, evolve(request, failures="skip"))) == []
    assert ("a key is left out" in caplog.text) is not is_raised


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tables": ("invoice",)}, "no record table 'invoice'"),
        ({"rejects": "maybe"}, "neither fail nor skip"),
        ({"resource": "calls"}, "has no resource 'calls' with invoices"),
        ({"keys": (Key("a"),)}, "that is asked by keys"),
    ],
)
def test_what_cannot_be_asked_is_told(
    scripted: tuple[Vendor, Request], changes: dict[str, object], said: str
) -> None:
    """Before a vendor is asked."""
    with pytest.raises(UsageError, match=said):
        plan(evolve(scripted[1], **changes))


# --- options and numbers -------------------------------------------------------------------------


def test_a_configuration_in_an_option_holds_no_secret() -> None:
    """A secret that is no reference is refused, as in a file."""
    given = '{"connections": {"stuut": {"token": "plain-text-secret"}}}'
    options = options_of({"connection": "stuut", "table": "invoices", "CONFIG": given})
    with pytest.raises(ConfigError) as caught:
        options.asked.config.connection("stuut")
    assert "plain-text-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("number", "fits"),
    [
        ("0", True),
        ("12.30", True),
        ("-99999999999999999999.999999999999999999", True),
        ("100000000000000000000", False),
        ("0.0000000000000000001", False),
        ("0.1000000000000000000000", True),
        ("1E+19", True),
        ("1E+20", False),
    ],
)
def test_which_numbers_fit_a_decimal_of_spark(number: str, fits: bool) -> None:
    """20 digits before the point and 18 behind it, zeros at the end not counted."""
    assert _fits(Decimal(number)) is fits
