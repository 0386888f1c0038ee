"""The schedule: which task is next, of the resources whose feeders were read.

A resource begins when what feeds it is there, whatever else still goes on; a slow or paused
connection keeps no other from its share of the workers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from graphlib import TopologicalSorter

from duetrail.pipeline.plan import Node
from duetrail.pipeline.read import Task


class Schedule:
    """Hands out tasks in the thread that handles their events.

    Args:
        feeders: Every node with those that have to end before it begins.
        workers: How many tasks are worked on at once.
        begin: Makes the tasks of a node, when it may begin.
        finish: Is told when every task of a node has ended, and of those of its connection that
            are read at the same time and show the same kinds of records: what one of them lacks,
            another may show.
    """

    def __init__(
        self,
        feeders: Mapping[Node, Sequence[Node]],
        workers: int,
        begin: Callable[[Node], Iterator[Task]],
        finish: Callable[[Node], None],
    ) -> None:
        self._workers = workers
        self._begin = begin
        self._finish = finish
        self._sorter = TopologicalSorter(feeders)
        self._sorter.prepare()
        self._tasks: dict[Node, Iterator[Task]] = {}  # of nodes that may have more, in turn
        self._at_work: Counter[Node] = Counter()  # tasks that a worker has, or soon will
        self._busy: Counter[str] = Counter()  # the same, by connection
        self._running: Counter[Node] = Counter()  # tasks that have not ended
        self._read: list[Node] = []  # to their end, but not finished
        self._unfinished = Counter(node.connection.name for node in feeders)

    def take(self) -> Task | None:
        """The next task; None where there is none before another has ended."""
        while self._sorter.is_active():
            for ready in self._sorter.get_ready():
                self._tasks[ready] = self._begin(ready)
            if (node := self._next()) is None:
                return None
            tasks = self._tasks.pop(node)
            task = next(tasks, None)
            if task is not None:
                self._tasks[node] = tasks  # behind those that wait for their turn
                self._at_work[node] += 1
                self._busy[node.connection.name] += 1
                self._running[node] += 1
                return task
            self._end(node)
        return None

    def read(self, task: Task) -> None:
        """Note that a worker is done with a task; its events may still wait to be handled."""
        self._at_work[task.node] -= 1
        self._busy[task.node.connection.name] -= 1

    def is_due(self) -> bool:
        """Whether some node was read to its end, and waits for its events to be handled."""
        return any(
            count and not self._at_work[node] and node not in self._tasks
            for node, count in self._running.items()
        )

    def ended(self, task: Task) -> None:
        """Note that a task has ended, and that its events were handled."""
        self._running[task.node] -= 1
        self._end(task.node)

    def _end(self, node: Node) -> None:
        if self._is_going_on(node):
            return
        self._read.append(node)
        for one in [one for one in self._read if not self._waits(one)]:
            self._read.remove(one)
            self._finish(one)
            self._sorter.done(one)
            self._unfinished[one.connection.name] -= 1

    def _is_going_on(self, node: Node) -> bool:
        return node in self._tasks or self._running[node] > 0

    def _waits(self, node: Node) -> bool:
        going_on = [one for one in {*self._tasks, *self._running} if self._is_going_on(one)]
        return any(
            one.connection.name == node.connection.name and _kinds(one) & _kinds(node)
            for one in going_on
        )

    def _next(self) -> Node | None:
        """Of the connections that may have another worker, the one with the fewest."""
        waiting = [node for node in self._tasks if self._has_room(node.connection.name)]
        if len(waiting) < 2:
            return waiting[0] if waiting else None
        return min(waiting, key=lambda node: self._busy[node.connection.name])

    def _has_room(self, connection: str) -> bool:
        """Whether a connection may have another worker.

        Where it is the only one left, tasks may wait for workers. Where there are others, a worker
        is kept for each that has none: it may begin any moment.
        """
        others = [name for name, left in self._unfinished.items() if left and name != connection]
        if not others:
            return True
        free = self._workers - self._busy.total()
        idle = sum(not self._busy[name] for name in others)
        return free > (idle if self._busy[connection] else 0)


def _kinds(node: Node) -> set[type]:
    return set(node.resource.yields)
