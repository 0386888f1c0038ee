"""The pool: everything arrives, little waits, and it ends whatever happens."""

import sys
import threading
import weakref
from collections import deque
from contextlib import suppress
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duetrail.pipeline import pool as pool_module
from duetrail.pipeline.pool import Limits, Pool


def nothing():
    pass


def echo(task):
    """A task is its own list of events."""
    yield from task


class Given:
    """Tasks that wait for nothing; a few are made ahead."""

    def __init__(self, tasks):
        self._tasks = iter(tasks)
        self._made = deque()

    def prepare(self):
        self._made.extend(islice(self._tasks, max(0, 8 - len(self._made))))

    def waiting(self):
        return len(self._made)

    def take(self):
        return self._made.popleft() if self._made else None

    def read(self, task):
        pass

    def ended(self, task):
        pass

    def is_due(self, read):
        return False


def flat(groups):
    """The events of groups, one after the other."""
    for group in groups:
        yield from group


def mine():
    """The pool's threads that are alive."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("worker-")]


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), max_size=30), st.integers(1, 8), st.booleans())
def test_everything_arrives(counts, workers, tells_end):
    """Every event of every task arrives once, each task's own in order; a last one with its end."""
    tasks = [[(task, n) for n in range(count)] for task, count in enumerate(counts)]
    pool = Pool(
        workers, echo, nothing, is_last=lambda event: tells_end and event[1] == counts[event[0]] - 1
    )
    events = list(flat(pool.groups(Given(tasks))))
    assert sorted(events) == [event for task in tasks for event in task]
    for number, task in enumerate(tasks):
        assert [event for event in events if event[0] == number] == task
    assert not mine()


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
    assert most <= 256 + 2 * workers


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


# --- events that wait for others -----------------------------------------------------------------

LONG = 3600.0


def together(tasks, *, workers=4, can_wait=lambda event: True, given=Given, **limits):
    """The groups in which the events of some tasks come."""
    limits = Limits(**{"seconds": LONG, **limits})
    pool = Pool(workers, echo, nothing, can_wait=can_wait, limits=limits)
    return list(pool.groups(given(tasks)))


@settings(deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 9), max_size=4), max_size=20),
    st.integers(1, 4),
    st.integers(1, 9),
)
def test_every_event_comes_once_in_groups_within_the_limits(tasks, workers, count):
    """Every event comes once; only as many together as may, and fewer only where one cannot wait.

    Nobody waits for more than there is: the last ones come although their time is not over.
    """
    groups = together(tasks, workers=workers, count=count, can_wait=lambda event: event > 2)
    events = [event for group in groups for event in group]
    assert sorted(events) == sorted(event for task in tasks for event in task)
    assert all(1 <= len(group) <= count for group in groups)
    assert all(event > 2 for group in groups for event in group[:-1])
    assert all(len(group) == count or group[-1] <= 2 for group in groups[:-1])


def test_a_group_is_bounded_in_bytes():
    """Large events come in smaller groups."""
    pool = Pool(
        1,
        echo,
        nothing,
        weigh=lambda event: 2**19,
        can_wait=lambda event: True,
        limits=Limits(size=2**20, seconds=LONG),
    )
    assert [len(group) for group in pool.groups(Given([range(5)]))] == [2, 2, 1]


def test_no_time_to_wait():
    """An event waits no longer than it may, although a worker may soon have another."""
    handled = threading.Event()

    def work(task):
        yield 1
        assert handled.wait(30)
        yield 2

    pool = Pool(1, work, nothing, can_wait=lambda event: True, limits=Limits(seconds=0))
    groups = pool.groups(Given([0]))
    assert next(groups) == [1]
    handled.set()
    assert list(groups) == [[2]]


def test_new_tasks_while_events_wait():
    """Workers go on with new tasks while the events of the last ones wait to be handled."""
    assert [len(group) for group in together([[n] for n in range(100)], workers=2)] == [64, 36]


def test_events_wait_for_nothing_that_waits_for_them():
    """Where something can begin only when they are handled, they are handled."""

    class Chain(Given):
        """One task, and another one when the first has ended."""

        def __init__(self, tasks):
            super().__init__(tasks)
            self._is_free = True

        def prepare(self):
            if self._is_free:
                self._made.extend(islice(self._tasks, 1))
                self._is_free = not self._made

        def is_due(self, read):
            return True

        def ended(self, task):
            self._is_free = True

    assert together([[1], [2, 3]], given=Chain) == [[1], [2, 3]]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_what_waits_comes_before_an_error(error):
    """An error or an interrupt loses no result that has arrived."""

    def work(task):
        yield task
        if task == 3:
            raise error

    pool = Pool(1, work, nothing, can_wait=lambda result: True, limits=Limits(seconds=LONG))
    groups = pool.groups(Given([1, 2, 3, 4]))
    assert next(groups) == [1, 2, 3]
    with pytest.raises(error):
        next(groups)
    assert not mine()


def test_workers_go_on_while_a_group_is_handled():
    """What takes long to be handled keeps no worker waiting that has other tasks."""
    third = threading.Event()

    def work(task):
        if task == 3:
            third.set()
        yield task

    groups = Pool(1, work, nothing).groups(Given([1, 2, 3]))
    assert next(groups) == [1]
    assert third.wait(30)  # although nobody asks for more yet
    assert list(groups) == [[2], [3]]


def test_no_interrupt_leaves_a_lock_held():
    """It may come at the first step of any function in Python, such as a condition's `__exit__`."""
    struck, ends = [], (threading.Condition.__enter__, threading.Condition.__exit__)

    def strike(frame, event, arg):
        is_ours = frame.f_back.f_code.co_filename == pool_module.__file__
        if is_ours and frame.f_code in [end.__code__ for end in ends]:
            struck.append(frame.f_code.co_name)
            raise KeyboardInterrupt

    def run():
        sys.settrace(strike)
        with suppress(KeyboardInterrupt):
            list(Pool(2, echo, nothing).groups(Given([[1], [2, 3]])))

    caller = threading.Thread(target=run, daemon=True)
    caller.start()
    caller.join(10)
    assert not caller.is_alive()
    assert struck == []
