"""Start a command from a small process, and print what it took, as JSON.

    python started.py SECONDS WORD...

Linux counts what the starting process held as the command's own peak: it is kept over `exec`. So
nothing large is imported here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time

longest, *words = sys.argv[1:]
begin = time.perf_counter()
with open("stdout.txt", "wb") as out, open("stderr.txt", "wb") as err:
    process = subprocess.Popen(words, stdout=out, stderr=err)
    watch = threading.Timer(float(longest), process.kill)
    watch.start()
    _, status, used = os.wait4(process.pid, 0)
    watch.cancel()
process.returncode = os.waitstatus_to_exitcode(status)
took = {
    "wall": time.perf_counter() - begin,
    "cpu": used.ru_utime + used.ru_stime,
    "memory": used.ru_maxrss / 1024,
    "code": process.returncode,
}
sys.stdout.write(json.dumps(took))
