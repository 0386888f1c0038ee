"""A resource begins when what feeds it is there, and no connection waits for another."""

import threading

import pytest

from duetrail.pipeline import run
from duetrail.pipeline.plan import feeders
from duetrail.pipeline.read import Task
from duetrail.pipeline.schedule import Schedule
from duetrail.source import KeySource, Resource, Shard
from duetrail.streams import BoundSource, Stream


@pytest.fixture
def streams(toy):
    """Resources by `connection.resource`, of some connections that all feed themselves."""

    def make(*names):
        pairs = {
            n: BoundSource(toy.connect(n, invoices=KeySource(connection=n)), toy.plugin)
            for n in names
        }
        return feeders(pairs, list(pairs))

    return make


@pytest.fixture
def schedule():
    """A schedule in which each stream has so many tasks; what it finished, in order."""
    finished: list[str] = []

    def make(graph, workers, tasks):
        def begin(stream: Stream):
            count = tasks.get(stream.name, 0)
            return iter([Task(stream, Shard(stream.resource.name, str(n))) for n in range(count)])

        return Schedule(
            graph, workers, begin, lambda stream: finished.append(stream.name)
        ), finished

    return make


def taken(schedule, count):
    """The tasks that can be had now, at most so many, by the names of their streams."""
    found = []
    schedule.prepare()
    while len(found) < count and (task := schedule.take()) is not None:
        found.append(task)
        schedule.prepare()
    return found


def ended(schedule, task):
    """A task that was read, and its events handled."""
    schedule.read(task)
    schedule.ended(task)


def test_what_is_fed_waits_for_its_feeder_alone(streams, schedule):
    """Calls of one connection begin when its invoices are there, whatever the other still does."""
    tasks = {"a.invoices": 1, "b.invoices": 1, "b.calls": 1}
    one, finished = schedule(streams("a", "b"), 4, tasks)
    first = {task.stream.name: task for task in taken(one, 9)}
    assert set(first) == {"a.invoices", "b.invoices"}
    ended(one, first["b.invoices"])
    assert [task.stream.name for task in taken(one, 9)] == ["b.calls"]
    assert "a.invoices" not in finished


def test_a_worker_is_kept_for_each_connection(streams, schedule):
    """One with many slow tasks does not take the last worker from one that may begin later."""
    one, _ = schedule(streams("a", "b"), 4, {"a.invoices": 9, "b.invoices": 1, "b.calls": 9})
    first = taken(one, 9)
    assert sorted(task.stream.name for task in first) == [*["a.invoices"] * 3, "b.invoices"]
    ended(one, next(task for task in first if task.stream.name == "b.invoices"))
    assert [task.stream.name for task in taken(one, 9)] == ["b.calls"]


def test_connections_share_the_workers(streams, schedule):
    """Who has the fewest at work is next."""
    one, _ = schedule(streams("a", "b"), 4, {"a.invoices": 9, "b.invoices": 9})
    names = [task.stream.name for task in taken(one, 9)]
    assert sorted(names) == ["a.invoices", "a.invoices", "b.invoices", "b.invoices"]


def test_the_last_connection_has_them_all(streams, schedule):
    """Where nobody else is left, tasks may wait for workers, so that none of these waits."""
    one, _ = schedule(streams("a"), 4, {"a.invoices": 20})
    assert len(taken(one, 20)) == 20


def test_lists_of_the_same_records_end_together(toy, schedule):
    """What one list of a connection lacks another may show: nothing is concluded before that."""
    lists = [Resource(name=name, shapes=(toy.shape("invoice"),)) for name in ("open", "paid")]
    other = Resource(name="people", shapes=(toy.shape("customer"),))
    connection = toy.connect(source=toy.declaring(*lists, other))
    graph = feeders({"echo": BoundSource(connection, toy.plugin)}, ["echo"])
    one, finished = schedule(graph, 4, {stream.name: 1 for stream in graph})
    first = {task.stream.name: task for task in taken(one, 9)}
    ended(one, first["echo.open"])
    ended(one, first["echo.people"])
    assert finished == ["echo.people"]
    ended(one, first["echo.paid"])
    assert finished == ["echo.people", "echo.open", "echo.paid"]


@pytest.mark.parametrize("workers", [1, 2])
def test_fewer_workers_than_connections(streams, schedule, workers):
    """All come to their end all the same."""
    graph = streams("a", "b", "c")
    one, finished = schedule(graph, workers, {stream.name: 3 for stream in graph})
    running = taken(one, 99)
    while running:
        ended(one, running.pop(0))
        running += taken(one, 99)
    assert sorted(finished) == sorted(stream.name for stream in graph)


def test_a_slow_connection_holds_up_no_other(toy, project):
    """Every resource of one connection is read while the other still waits for its first page."""
    is_read = threading.Event()

    def fetch(shard, session, connection):
        if connection.name == "slow":
            assert is_read.wait(30)
        yield toy.page({shard.resource: [{"id": "1", "number": "1", "state": "planned"}]})
        if (connection.name, shard.resource) == ("fast", "replies"):
            is_read.set()

    plugin = toy.hooked(fetch=fetch)
    names = ("slow", "fast")
    pairs = {
        n: BoundSource(toy.connect(n, invoices=KeySource(connection=n)), plugin) for n in names
    }
    store = project.store(create=True)
    summary = run.sync(store, pairs, list(pairs), workers=4)
    store.close()
    assert [entry.state for entry in summary.resources] == ["complete"] * 8
    assert is_read.is_set()


def test_tasks_are_made_when_needed(streams):
    """Of however many tasks a stream has, only so many are made ahead as keep the workers busy."""
    made = []

    def begin(stream: Stream):
        if stream.name != "a.invoices":
            return
        for number in range(1000):
            made.append(number)
            yield Task(stream, Shard("invoices", str(number)))

    one = Schedule(streams("a"), 4, begin, lambda stream: None)
    done = 0
    while task := (one.prepare(), one.take())[1]:
        assert len(made) - done <= 64
        ended(one, task)
        done += 1
    assert done == 1000


def test_a_stream_that_was_read_waits_only_for_its_results(streams, schedule):
    """A stream whose tasks were all read waits for nothing but that their results are handled."""
    one, _ = schedule(streams("a"), 1, {"a.invoices": 3})
    read = []
    due = []
    while task := (one.prepare(), one.take())[1]:
        one.read(task)
        read.append(task)
        one.prepare()
        due.append(one.is_due(read))
    assert due == [False, False, True]
    one.ended(read.pop(0))
    assert one.is_due(read)
