"""One shard of a sync as a process: `python shard.py SHARD URL SECONDS KILL_AT [ARGUMENT...]`.

It runs in a project's folder, waits SECONDS for shards that are not at work, and kills itself
before its KILL_ATth commit; 0 kills nothing. Nothing else of Duetrail is changed.
"""

import os
import signal
import sys

import psycopg

from duetrail.cli import main
from duetrail.pipeline import sharded

shard, url, seconds, kill_at, *more = sys.argv[1:]
sharded.PATIENCE = float(seconds)
commits = 0
execute = psycopg.Cursor.execute


def counted(cursor, query, *given, **named):
    global commits
    commits += query == "COMMIT"
    if commits == int(kill_at) and query == "COMMIT":
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(cursor, query, *given, **named)


psycopg.Cursor.execute = counted
main(["--store", url, "sync", "--workers", "2", "--shard", shard, *more], prog_name="duetrail")
