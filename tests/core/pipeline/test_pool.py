"""The pool: everything arrives, little waits, and it ends whatever happens."""

import threading
import weakref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duetrail.pipeline.pool import Pool


def nothing():
    pass


def echo(task):
    """A task is its own list of events."""
    yield from task


class Given:
    """Tasks that wait for nothing."""

    def __init__(self, tasks):
        self._tasks = iter(tasks)

    def take(self):
        return next(self._tasks, None)

    def read(self, task):
        pass

    def ended(self, task):
        pass

    def is_due(self):
        return False


def flat(groups):
    """The events of groups, one after the other."""
    for group in groups:
        yield from group


def mine():
    """The pool's threads that are alive."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("worker-")]


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), max_size=30), st.integers(1, 8))
def test_everything_arrives(counts, workers):
    """Every event of every task arrives once, each task's own in order."""
    tasks = [[(task, n) for n in range(count)] for task, count in enumerate(counts)]
    events = list(flat(Pool(workers, echo, nothing).groups(Given(tasks))))
    assert sorted(events) == [event for task in tasks for event in task]
    for number, task in enumerate(tasks):
        assert [event for event in events if event[0] == number] == task
    assert not mine()


@pytest.mark.parametrize("workers", [1, 3])
def test_tasks_are_made_when_needed(workers):
    """No more than twice as many tasks as workers are begun and not finished."""
    made, done, most = [], [], 0

    def tasks():
        nonlocal most
        for number in range(200):
            made.append(number)
            most = max(most, len(made) - len(done))
            yield [number]

    for event in flat(Pool(workers, echo, nothing).groups(Given(tasks()))):
        done.append(event)
    # One more than outstanding is being made at the moment of counting, and a worker's end of a
    # task may be on its way although its event has arrived.
    assert most <= 2 * workers + 1
    assert len(done) == 200


@pytest.mark.parametrize("workers", [1, 3])
def test_few_events_wait(workers):
    """However many events a task has, few wait for the caller, and however small they are."""
    made, taken, most = 0, 0, 0
    lock = threading.Lock()

    def work(task):
        nonlocal made
        for number in range(1000):
            with lock:
                made += 1
            yield number

    for _ in flat(Pool(workers, work, nothing).groups(Given(range(workers)))):
        taken += 1
        with lock:
            most = max(most, made - taken)
    assert taken == 1000 * workers
    assert most <= 128 + 2 * workers


def test_no_more_threads_than_tasks():
    """One task takes one thread."""
    seen = set()

    def work(task):
        seen.add(threading.current_thread().name)
        yield task

    list(flat(Pool(16, work, nothing).groups(Given([1]))))
    assert len(seen) == 1


def test_error_in_work():
    """An error in a worker reaches the caller as it is, and the threads end."""

    def work(task):
        yield task
        if task == 3:
            raise ZeroDivisionError("three")

    with pytest.raises(ZeroDivisionError, match="three"):
        list(flat(Pool(2, work, nothing).groups(Given(range(100)))))
    assert not mine()


def test_error_in_tasks():
    """An error in making the tasks reaches the caller, and the threads end."""

    def tasks():
        yield from ([n] for n in range(5))
        raise KeyError("six")

    with pytest.raises(KeyError, match="six"):
        list(flat(Pool(2, echo, nothing).groups(Given(tasks()))))
    assert not mine()


def test_error_in_the_caller():
    """An error of the caller's ends the threads, even those that wait for room."""

    def endless(task):
        while True:
            yield task

    events = Pool(4, endless, nothing).groups(Given(range(100)))
    for _ in range(10):
        next(events)
    events.close()
    assert not mine()


def test_close_in_each_thread():
    """Every thread releases what it holds, after an error too."""
    worked, closed = set(), []

    def work(task):
        worked.add(threading.current_thread().name)
        yield task
        if task == 9:
            raise ValueError

    def close():
        closed.append(threading.current_thread().name)

    with pytest.raises(ValueError):  # noqa: PT011
        list(flat(Pool(3, work, close).groups(Given(range(10)))))
    assert sorted(closed) == sorted(set(closed))
    assert worked <= set(closed)


def test_tasks_are_made_and_events_handled_in_one_thread():
    """The caller's thread makes the tasks, so they may read the store it writes to."""
    makers = set()

    def tasks():
        for number in range(20):
            makers.add(threading.current_thread())
            yield [number]

    list(flat(Pool(4, echo, nothing).groups(Given(tasks()))))
    assert makers == {threading.current_thread()}


def test_no_tasks():
    """No tasks, no threads."""
    assert list(flat(Pool(4, echo, nothing).groups(Given([])))) == []


# --- heavy events --------------------------------------------------------------------------------

HEAVY = 3 * 2**20


@pytest.mark.parametrize(("weight", "most"), [(HEAVY, 2), (2**20, 3)])
def test_little_waits_by_weight(weight, most):
    """Of heavy events fewer are made ahead: what is on its way, and one that waits for room."""
    made, far = [], threading.Event()

    def work(task):
        for number in range(task):
            made.append(number)
            if len(made) > most:
                far.set()
            yield number

    pool = Pool(1, work, nothing, weigh=lambda event: weight)
    events = flat(pool.groups(Given([20])))
    assert next(events) == 0
    assert not far.wait(0.1)
    assert list(events) == list(range(1, 20))


@settings(deadline=None)
@given(
    st.lists(st.lists(st.sampled_from([0, 1, 2**20, HEAVY]), max_size=5), max_size=8),
    st.integers(1, 4),
)
def test_heavy_ones_arrive(tasks, workers):
    """Whatever they weigh, all events arrive."""
    events = list(
        flat(Pool(workers, echo, nothing, weigh=lambda event: event).groups(Given(tasks)))
    )
    assert sorted(events) == sorted(weight for task in tasks for weight in task)
    assert not mine()


def test_end_while_one_waits_for_room():
    """Leaving early ends workers that wait for room, too."""
    events = Pool(3, echo, nothing, weigh=lambda event: HEAVY).groups(Given([range(9)] * 9))
    next(events)
    events.close()
    assert not mine()


def test_nothing_is_kept_between_events():
    """An event that was handled is let go of before the next one is waited for."""

    class Thing:
        pass

    things, gone = [], threading.Event()

    def work(task):
        thing = Thing()
        things.append(weakref.ref(thing, lambda ref: gone.set()))
        yield thing
        del thing
        assert gone.wait(5)
        yield None

    events = Pool(1, work, nothing).groups(Given([0]))
    for event in events:
        del event
    assert things[0]() is None
