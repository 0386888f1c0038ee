"""A sync that kills itself around a commit, in a project's folder.

    python killed_in_sqlite.py WHEN NUMBER

WHEN is `before` (the NUMBERth COMMIT is about to begin) or `after` (it has returned, and whatever
comes next has not begun). `count` kills nothing and prints how many commits there were.

Nothing of Duetrail is patched, and SQLite does what it always does: connections are only of a
class that has SQLite tell of each statement before it runs.
"""

import functools
import os
import signal
import sqlite3
import sys

from duetrail.cli import main

when, number = sys.argv[1], int(sys.argv[2])
commits = 0
last = ""


class Traced(sqlite3.Connection):
    def __init__(self, *given, **named) -> None:
        super().__init__(*given, **named)
        self.set_trace_callback(statement)


def statement(sql: str) -> None:
    global commits, last
    die_after()
    last = sql
    commits += sql == "COMMIT"
    if when == "before" and sql == "COMMIT" and commits == number:
        die()


def die_after() -> None:
    if when == "after" and last == "COMMIT" and commits == number:
        die()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


sqlite3.connect = functools.partial(sqlite3.connect, factory=Traced)
try:
    main(["sync", "--workers", "1"], prog_name="duetrail")
finally:
    die_after()  # the last commit of all, which no statement follows
    if when == "count":
        sys.stdout.write(f"{commits}\n")
