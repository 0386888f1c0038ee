"""A sync that kills itself around a commit: see `killed_in_sqlite.py`, for a store in PostgreSQL.

Nothing of Duetrail is patched: what psycopg sends is counted.
"""

import os
import signal
import sys

import psycopg

from duetrail.cli import main

when, number = sys.argv[1], int(sys.argv[2])
commits = 0
execute = psycopg.Cursor.execute


def counted(cursor, query, *given, **named):
    global commits
    commits += query == "COMMIT"
    is_due = query == "COMMIT" and commits == number
    if is_due and when == "before":
        die()
    answer = execute(cursor, query, *given, **named)
    if is_due and when == "after":
        die()
    return answer


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


psycopg.Cursor.execute = counted
try:
    main(["sync", "--workers", "1"], prog_name="duetrail")
finally:
    if when == "count":
        sys.stdout.write(f"{commits}\n")
