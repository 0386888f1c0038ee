"""What fails stops only itself, and says so."""

import itertools
import os
import signal
from contextlib import suppress

import pytest
from attrs import evolve

from duetrail.errors import (
    FetchError,
    PluginError,
    SecretError,
    Unauthorized,
    Unavailable,
    UnknownKey,
)
from duetrail.http import Session
from duetrail.model import Invoice
from duetrail.pipeline.scope import Scope
from duetrail.secrets import Secret
from duetrail.source import Cursor, Key, Keys, KeySource, Shard

INVOICES = [{"invoices": [{"id": f"i{n}", "number": str(n)} for n in range(3)]}]
CALLS = {str(n): [{"calls": [{"id": f"c{n}"}]}] for n in range(3)}
GOOD = {"invoices": INVOICES, "customers": [{"customers": [{"id": "u1"}]}], "calls": CALLS}


def entries(summary):
    """Each resource's summary by its name."""
    return {entry.name: entry for entry in summary.resources}


def states(summary):
    return {name: entry.state for name, entry in entries(summary).items()}


ALL_DONE = dict.fromkeys(
    ["echo.invoices", "echo.customers", "echo.replies", "echo.calls"], "complete"
)


def test_all_well(project):
    """Where nothing fails, everything is complete and the exit code is 0."""
    summary = project.answer(**GOOD).sync()
    assert (states(summary), summary.exit_code) == (ALL_DONE, 0)


@pytest.mark.parametrize("error", ["Forbidden", "ProtocolError", "Unavailable", "FetchError"])
def test_a_failed_resource_stops_only_itself(project, error):
    """A resource that fails stops only itself, keeps what arrived, and tells why."""
    pages = [{"customers": [{"id": "u1"}]}, error]
    summary = project.answer(**{**GOOD, "customers": pages}).sync()
    assert states(summary) == {**ALL_DONE, "echo.customers": "failed"}
    failed = entries(summary)["echo.customers"]
    assert (failed.items, failed.shards, failed.problem_count) == (1, 0, 1)
    assert failed.problems[0].message == f"echo:/customers/all/1 answered {error}"
    assert summary.exit_code == 1
    assert project.rows("SELECT id FROM parties") == [("u1",)]


def test_refused_credentials_stop_the_connection(project):
    """Refused credentials stop the connection: what follows fails unasked. Others go on."""
    other = project.folder / "other.json"
    other.write_text('{"invoices": ["Unauthorized"]}')
    project.answer(**GOOD).configure(
        echo={"invoices": "echo:number"}, refused={"answers": str(other), "invoices": ["1"]}
    )
    summary = project.sync(workers=1)
    assert states(summary) | ALL_DONE == states(summary)
    refused = entries(summary)["refused.calls"]
    assert (refused.state, refused.items, refused.problem_count) == ("failed", 0, 1)
    assert "credentials of its connection are refused" in refused.problems[0].message
    assert summary.exit_code == 1


def test_connection_without_keys(project):
    """A resource of a stopped connection is not complete because nothing fed it."""
    project.answer(**{**GOOD, "invoices": ["Unauthorized"]})
    assert states(project.sync(workers=1))["echo.replies"] == "failed"


def test_unknown_key(project):
    """A key the vendor does not know is counted and told; the others go on."""
    calls = {key: answer for key, answer in CALLS.items() if key != "1"}
    summary = project.answer(**{**GOOD, "calls": calls}).sync()
    entry = entries(summary)["echo.calls"]
    assert (entry.state, entry.shards, entry.unknown_keys) == ("complete", 2, 1)
    assert [(p.kind, p.shard) for p in entry.problems] == [("unknown key", "1")]
    assert summary.exit_code == 3


def test_a_failed_key_leaves_the_others_alone(project):
    """A key that fails leaves the others alone; the resource is not complete."""
    summary = project.answer(**{**GOOD, "calls": {**CALLS, "1": ["ProtocolError"]}}).sync()
    entry = entries(summary)["echo.calls"]
    assert (entry.state, entry.shards, entry.items) == ("failed", 2, 2)
    assert project.rows("SELECT id FROM calls") == [("c0",), ("c2",)]


def test_forbidden_key(project):
    """A key that may not be read stops its resource: the other keys would be refused, too."""
    many = [{"invoices": [{"id": f"i{n}", "number": str(n)} for n in range(100)]}]
    calls = {str(n): ["Forbidden"] for n in range(100)}
    summary = project.answer(**{**GOOD, "invoices": many, "calls": calls}).sync(workers=1)
    entry = entries(summary)["echo.calls"]
    assert (entry.state, len(entry.problems)) == ("failed", 1)
    assert entry.problem_count < 10


def test_an_incomplete_listing_ends_with_3(project):
    """A listing not proven complete keeps what arrived, and ends with 3."""
    pages = [{"customers": [{"id": "u1"}]}, "Incomplete"]
    summary = project.answer(**{**GOOD, "customers": pages}).sync()
    assert states(summary) == {**ALL_DONE, "echo.customers": "incomplete"}
    assert summary.exit_code == 3


def test_a_reject_ends_with_3_until_it_is_closed(project):
    """A reject ends with 3, in every run until it is closed."""
    project.answer(**{**GOOD, "customers": [{"customers": [{"id": "u1", "name": 5}]}]})
    assert [project.sync().exit_code for _ in range(2)] == [3, 3]
    assert project.answer(**GOOD).sync().exit_code == 0


def test_failure_outweighs(project):
    """A failure outweighs a reject."""
    pages = [{"customers": [{"id": "u1", "name": 5}]}, "Unavailable"]
    assert project.answer(**{**GOOD, "customers": pages}).sync().exit_code == 1


# --- silent keys ---------------------------------------------------------------------------------


def test_ten_silent_keys(project, toy):
    """Ten keys in a row without an answer stop the resource: the vendor is down."""
    asked = []

    def fetch(shard, session, connection):
        asked.append(shard.name)
        raise Unavailable("no answer")
        yield

    keys = tuple(str(number) for number in range(100))
    connection = toy.connect(invoices=KeySource(values=keys))
    summary = project.run(toy.hooked(fetch=fetch), connection, select=["calls"], workers=1)
    entry = entries(summary)["echo.calls"]
    assert (entry.state, len(entry.problems)) == ("failed", 11)
    assert "given up after 10 keys in a row" in entry.problems[-1].message
    assert len(asked) < 15


def test_silent_keys_among_others(project, toy):
    """Keys without an answer among keys with one do not stop the resource."""

    def fetch(shard, session, connection):
        raise (Unavailable if int(shard.name) % 2 else UnknownKey)("no answer, or none known")
        yield

    keys = tuple(str(number) for number in range(60))
    connection = toy.connect(invoices=KeySource(values=keys))
    summary = project.run(toy.hooked(fetch=fetch), connection, select=["calls"], workers=1)
    entry = entries(summary)["echo.calls"]
    assert (entry.problem_count, entry.unknown_keys) == (60, 30)


def test_silent_now_and_then(project, toy):
    """Keys without an answer that have answers between them do not."""
    keys = [str(number) for number in range(40)]
    calls = {key: ["Unavailable"] if int(key) % 9 else [{"calls": []}] for key in keys}
    project.answer(calls=calls).configure(echo={"invoices": keys})
    entry = entries(project.sync(select=["calls"], workers=1))["echo.calls"]
    assert (entry.shards, entry.problem_count) == (5, 35)
    assert len(entry.problems) == 20


# --- a fetch without a page ----------------------------------------------------------------------


@pytest.fixture
def refused(monkeypatch):
    """Each question is answered with this status."""

    def by(status):
        def insist(session, attempt, failure):
            raise FetchError("no", status=status)

        monkeypatch.setattr(Session, "_insist", insist)

    return by


@pytest.mark.parametrize("status", [404, 410, 400, 500])
def test_an_error_that_a_fetch_swallows(project, toy, refused, status):
    """A listing whose fetch swallowed an error and gave no page is incomplete, and none is gone."""
    project.answer(**GOOD).sync()
    refused(status)

    def fetch(shard, session, connection):
        try:
            yield session.get("/customers")
        except FetchError as error:
            if error.status == status:
                return
            raise

    how = {"select": ["customers"], "scope": Scope(full=True)}
    summary = project.run(toy.hooked(fetch=fetch), toy.connection, **how)
    entry = entries(summary)["echo.customers"]
    assert (entry.state, entry.absent, summary.exit_code) == ("incomplete", 0, 3)
    assert "ended without a page" in entry.problems[0].message
    assert project.rows("SELECT count(*) FROM parties WHERE absent_since IS NOT NULL") == [(0,)]


@pytest.mark.parametrize("full", [True, False])
def test_a_cursor_after_an_error_that_a_fetch_swallows(project, toy, refused, full):
    """Nor does a cursor make up for it: none is gone, and what was not read is asked for again."""

    def fetch(shard, session, connection):
        if not is_refused:
            yield toy.page({"customers": [{"id": "u1"}]})
            yield Cursor(5)
            return
        with suppress(FetchError):
            yield session.get("/customers")
        yield Cursor(9)

    how = {"select": ["customers"], "scope": Scope(full=full)}
    is_refused = False
    project.run(toy.hooked(fetch=fetch), toy.connection, **how)
    refused(404)
    is_refused = True
    summary = project.run(toy.hooked(fetch=fetch), toy.connection, **how)
    entry = entries(summary)["echo.customers"]
    assert (entry.state, entry.absent, summary.exit_code) == ("incomplete", 0, 3)
    assert project.rows("SELECT cursor FROM checkpoints WHERE shard = 'all'") == [("5",)]


def test_a_first_cursor_without_a_page_proves_nothing(project, toy):
    """A reading from the beginning that gives a cursor and no page has shown nothing."""
    project.answer(**GOOD).sync()

    def fetch(shard, session, connection):
        yield Cursor(9)

    summary = project.run(
        toy.hooked(fetch=fetch), toy.connection, select=["customers"], scope=Scope(full=True)
    )
    assert entries(summary)["echo.customers"].absent == 0


def test_a_listing_without_a_page_proves_nothing(project, toy):
    """A listing of which no page came marks nothing as absent, and the user is told."""
    project.answer(**GOOD).sync()
    summary = project.answer(**{**GOOD, "customers": []}).sync()
    entry = entries(summary)["echo.customers"]
    assert entry.absent == 0
    assert [one for one in entry.notices if "gave no page" in one]
    assert project.rows("SELECT count(*) FROM parties WHERE absent_since IS NOT NULL") == [(0,)]


def test_a_key_without_a_page_proves_nothing(project):
    """A key for which no page came, though none is said to be unknown, loses nothing."""
    invoices = [{"invoices": [{"id": "i1", "number": "1"}]}]
    calls = {"1": [{"calls": [{"id": "c1"}]}]}
    project.answer(invoices=invoices, calls=calls).sync()
    project.answer(invoices=invoices, calls={"1": []}).sync()
    assert project.rows("SELECT id, absent_since FROM calls") == [("c1", None)]
    project.answer(invoices=invoices, calls={"1": [{"calls": []}]}).sync()
    assert project.rows("SELECT count(*) FROM calls WHERE absent_since IS NOT NULL") == [(1,)]


# --- what is told of what was read ---------------------------------------------------------------


def test_read_before_the_credentials_were_refused(project, toy):
    """Credentials that are refused late make no resource unread that was read whole before."""

    def fetch(shard, session, connection):
        if shard.resource == "customers":
            raise Unauthorized("the token has ended")
        yield toy.page({shard.resource: [{"id": "1", "number": "1"}]})

    summary = project.run(toy.hooked(fetch=fetch), toy.connection, workers=1)
    found = states(summary)
    assert (found["echo.invoices"], found["echo.customers"]) == ("complete", "failed")
    assert not entries(summary)["echo.invoices"].problems


def test_a_key_whose_last_page_is_empty(project):
    """A key has nothing when none of its pages has anything, not when only the last has nothing."""
    invoices = [{"invoices": [{"id": f"i{n}", "number": str(n)} for n in (1, 2)]}]
    calls = {"1": [{"calls": [{"id": "c1"}]}, {"calls": []}], "2": [{"calls": []}, {"calls": []}]}
    summary = project.answer(invoices=invoices, calls=calls).sync()
    assert entries(summary)["echo.calls"].empty_keys == 1


# --- plugins that break the contract -------------------------------------------------------------


@pytest.mark.parametrize(
    "error", [ValueError, KeyError, AssertionError, StopIteration, RecursionError]
)
def test_fetch_raises(project, toy, error):
    """Whatever a fetch raises is a failure of its resource that names plugin and place."""

    def fetch(shard, session, connection):
        if shard.resource == "customers":
            raise error("x")
        yield from ()

    summary = project.run(toy.hooked(fetch=fetch), toy.connection)
    assert states(summary) == {**ALL_DONE, "echo.customers": "failed"}
    (problem,) = entries(summary)["echo.customers"].problems
    assert problem.message.startswith("the fetch of plugin 'echo' failed on echo.customers: ")


@pytest.mark.parametrize("wrong", [None, {}, "page", b"{}"])
def test_fetch_yields_no_page(project, toy, wrong):
    """A fetch that yields something else than a page is told so."""

    def fetch(shard, session, connection):
        yield toy.page({shard.resource: [{"id": "1"}]})
        yield wrong

    summary = project.run(toy.hooked(fetch=fetch), toy.connection, select=["customers"])
    entry = entries(summary)["echo.customers"]
    assert entry.items == 1
    assert entry.problems[0].message == (
        f"the fetch of plugin 'echo' yields {type(wrong).__name__}"
    )


@pytest.mark.parametrize("length", [1, 2, 7])
def test_fetch_that_never_ends(project, toy, length):
    """A listing that goes in circles is told as such, and what it gave is kept."""

    def fetch(shard, session, connection):
        for number in itertools.count():
            rows = [{"id": str(number % length)}]
            yield evolve(toy.page({"customers": rows}), url=f"echo:/{number % length}")

    summary = project.run(toy.hooked(fetch=fetch), toy.connection, select=["customers"])
    (problem,) = entries(summary)["echo.customers"].problems
    assert problem.message.endswith("was answered just so 10 times: the listing goes in circles")
    assert project.rows("SELECT count(*) FROM parties") == [(length,)]


def test_a_listing_of_pages_alike(project, toy):
    """Many pages that look alike, each at an address of its own, are no circle."""

    def fetch(shard, session, connection):
        for number in range(100):
            yield evolve(toy.page({"customers": []}), url=f"echo:/{number}")

    summary = project.run(toy.hooked(fetch=fetch), toy.connection, select=["customers"])
    assert states(summary)["echo.customers"] == "complete"


def test_fetch_is_no_generator(project, toy):
    """A fetch that gives nothing to iterate over is told so."""
    plugin = toy.hooked(fetch=lambda shard, session, connection: None)
    summary = project.run(plugin, toy.connection, select=["customers"])
    assert "TypeError" in entries(summary)["echo.customers"].problems[0].message


def test_undeclared_record(project, toy):
    """A mapping that yields what is not declared fails its resource, and no other."""

    def map_item(item, connection):
        wrong = item.shape.name == "customer"
        return [Invoice(connection=connection.name, id="1")] if wrong else _map(item, connection)

    _map = toy.plugin.map_item
    project.answer(**GOOD)
    connection = toy.connect(answers=str(project.folder / "answers.json"))
    summary = project.run(toy.hooked(map_item=map_item), connection)
    assert states(summary) == {**ALL_DONE, "echo.customers": "failed"}


def _raise(*_, **__):
    raise ValueError("a bug")


def _bad_plan(resource, connection):
    if resource.name == "customers":
        raise ValueError("a bug")
    return [Shard(resource.name)]


def test_plan_raises(project, toy):
    """A plan that raises fails its resource, and no other."""
    plugin = toy.hooked(plan=_bad_plan, fetch=lambda **_: ())
    assert states(project.run(plugin, toy.connection))["echo.invoices"] == "complete"


def test_auth_raises(project, toy):
    """Authentication that cannot be made fails its connection, and does not raise."""
    connection = toy.connect(source=evolve(toy.source, auth=_raise))
    assert set(states(project.run(toy.plugin, connection)).values()) == {"failed"}


def test_wrong_value(project, toy):
    """A record with a value of the wrong type costs its item, and does not raise."""

    def map_item(item, connection):
        return [Invoice(connection=connection.name, id=item.id, total="12.00")]

    project.answer(**GOOD)
    connection = toy.connect(answers=str(project.folder / "answers.json"))
    plugin = toy.hooked(map_item=map_item)
    assert project.run(plugin, connection, select=["invoices"]).exit_code == 3


def test_no_such_column():
    """Keys from a column that is not there are refused where they are declared."""
    with pytest.raises(PluginError, match="no such column"):
        Keys(record=Invoice, column="nummer")


def test_feeder_failed(project):
    """Where what feeds a resource failed and there are no keys, it is not complete."""
    answers = {**GOOD, "invoices": ["Forbidden"]}
    assert states(project.answer(**answers).sync())["echo.calls"] == "failed"


# --- the end -------------------------------------------------------------------------------------


def test_missing_secret(project, toy):
    """A secret that cannot be found ends the run before anything is asked or written."""
    options = evolve(toy.connection.options, answers=Secret("env:NOWHERE_TO_BE_FOUND"))
    with pytest.raises(SecretError, match="NOWHERE_TO_BE_FOUND"):
        project.run(toy.plugin, evolve(toy.connection, options=options))
    assert project.rows("SELECT * FROM runs") == []


@pytest.mark.skipif(not hasattr(signal, "SIGINT"), reason="needs signals")
def test_interrupt_ends_waiting(project, toy):
    """An interrupt ends the waits of the workers first, and then waits for the workers."""
    seen = []

    def fetch(shard, session, connection):
        os.kill(os.getpid(), signal.SIGINT)
        try:
            session._limiter.sleep(20.0)
            seen.append("waited to the end")
        finally:
            seen.append("stopped")
        yield

    with pytest.raises(KeyboardInterrupt):
        project.run(toy.hooked(fetch=fetch), toy.connection, select=["customers"], workers=1)
    assert seen == ["stopped"]


def test_keys_in_shards(toy):
    """A shard is small and tells itself apart by its key."""
    assert Shard("calls", "1", Key("1")) != Shard("calls", "2", Key("2"))
