"""What a run asks no more, decided as results arrive, in the worker that read them.

Refused credentials stop a connection, a refused permission or a vendor that does not answer a
resource. Whoever handles the results may be late by a group of them; until then workers would ask
many times in vain.
"""

from __future__ import annotations

import threading
from collections import Counter

from duetrail.errors import DuetrailError, Forbidden, Unauthorized, Unavailable
from duetrail.pipeline.plan import Node

GIVE_UP_AFTER = 10
"""So many keys in a row without an answer mean the vendor is down, not that the keys are bad."""


class Stops:
    """The connections and nodes that are not asked any more; safe to be used by any thread."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._silent: Counter[str] = Counter()  # keys in a row without an answer, by node
        self._lock = threading.Lock()

    def __contains__(self, node: Node) -> bool:
        return node.name in self._names or node.connection.name in self._names

    def observe(self, node: Node, error: DuetrailError | None) -> bool:
        """Note how a task of a node ended.

        Returns:
            Whether the node is given up with it, since its vendor does not answer.
        """
        if isinstance(error, Unauthorized):
            self._names.add(node.connection.name)
        elif isinstance(error, Forbidden):
            self._names.add(node.name)
        with self._lock:
            self._silent[node.name] += 1
            if not isinstance(error, Unavailable):
                self._silent[node.name] = 0
            if self._silent[node.name] != GIVE_UP_AFTER:
                return False
        self._names.add(node.name)
        return True
