"""A sync that kills itself: `python killed.py NUMBER URL`, in a project's folder.

It dies before the NUMBERth statement that it sends; 0 kills nothing and prints how many there were.
Nothing of Duetrail is patched.
"""

import os
import signal
import sys

import psycopg

from duetrail.cli import main

number, url = int(sys.argv[1]), sys.argv[2]
statements = 0
execute = psycopg.Cursor.execute
copy = psycopg.Cursor.copy


def counted(method):
    def run(*given, **named):
        global statements
        statements += 1
        if statements == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return method(*given, **named)

    return run


psycopg.Cursor.execute = counted(execute)
psycopg.Cursor.copy = counted(copy)
try:
    main(["--store", url, "sync", "--workers", "1"], prog_name="duetrail")
finally:
    if not number:
        sys.stdout.write(f"{statements}\n")
