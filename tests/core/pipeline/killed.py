"""A sync that kills itself: `python killed.py CONFIG WHERE NUMBER`.

WHERE is `after` (the NUMBERth commit) or `in` (it, with its rows written and not yet durable).
"""

import os
import signal
import sys

import duetrail
from duetrail.stores.sqlite import SqliteStore

config, where, number = sys.argv[1:]
left = int(number)


def count(*_: object) -> None:
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)


apply = SqliteStore.apply
if where == "in":
    SqliteStore.apply = lambda self, changes: (apply(self, changes), count())[0]
duetrail.sync(config=config, observer=count if where == "after" else None)
