"""One shard of a sync as a process: `python shard.py SHARD URL SECONDS KILL_AT [ARGUMENT...]`.

It runs in a project's folder, waits SECONDS for shards that are not at work, and kills itself
before its KILL_ATth commit; 0 kills nothing. `closing:3` counts what it commits in closing alone,
and `closing:0` kills nothing and prints how much that is. Nothing else of Duetrail is changed.
"""

import os
import signal
import sys

import psycopg

from duetrail.cli import main
from duetrail.pipeline import sharded

shard, url, seconds, kill_at, *more = sys.argv[1:]
of, _, number = kill_at.rpartition(":")
sharded.PATIENCE = float(seconds)
commits = 0
is_closing = False
execute = psycopg.Cursor.execute


def counted(cursor, query, *given, **named):
    global commits, is_closing
    if "duetrail: closing" in query:
        is_closing = "unlock" not in query
    is_counted = commits_something(cursor, query) and (is_closing or not of)
    commits += is_counted
    if is_counted and commits == int(number):
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(cursor, query, *given, **named)


def commits_something(cursor, query):
    is_alone = cursor.connection.info.transaction_status.name == "IDLE"
    return query == "COMMIT" or (is_alone and query.startswith("INSERT INTO duetrail_shards"))


psycopg.Cursor.execute = counted
try:
    main(["--store", url, "sync", "--workers", "2", "--shard", shard, *more], prog_name="duetrail")
finally:
    if of:
        sys.stdout.write(f"{commits}\n")
