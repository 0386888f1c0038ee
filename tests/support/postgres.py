"""A PostgreSQL server on loopback for tests: real, private, and gone when the tests are.

Debian's binaries are used as they are. `initdb` refuses to run as root, so the server belongs to an
unprivileged user then. A shell beside it waits for the end of this process, however it ends, and
takes the server and its folder along.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shlex
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from itertools import count
from pathlib import Path

from support.engines import missing
from support.mock_server import free_port

PASSWORD = "a-throw-away-pass-word"
_PATIENCE = 60.0
_numbers = count(1)

# Keeps data until the pipe of the test process is closed. Every redirection is given: a shell would
# open /dev/null for what is none, and some machines let nobody but root write it.
_SERVE = """
trap '' INT TERM HUP
"$B/initdb" -D "$D/data" -A scram-sha-256 -U duetrail --pwfile="$D/password" --no-sync -E UTF8 \
  --locale=C.UTF-8 <"$D/empty" >"$D/log" 2>&1 || exit 1
serve() {
  "$B/postgres" -D "$D/data" -h 127.0.0.1 -p "$P" -k "$D" -c fsync=off -c synchronous_commit=off \
    -c full_page_writes=off -c max_connections=40 <"$D/empty" >>"$D/log" 2>&1 &
  server=$!
}
serve
while read -r word; do
  kill -QUIT "$server" 2>>"$D/log"; wait "$server"
  if [ "$word" = restart ]; then serve; fi
done
kill -QUIT "$server" 2>>"$D/log"; wait "$server"
rm -rf "$D"
"""


def lacking() -> str | None:
    """Why no server can be started here; None where one can."""
    if not _binaries():
        return "PostgreSQL is not installed: no /usr/lib/postgresql/*/bin/initdb"
    if find_spec("psycopg") is None:
        return "psycopg is not installed: pip install 'duetrail[postgres]'"
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        return "initdb refuses root, and there is no setpriv to become somebody else"
    return None


def skip_without_server() -> None:
    """Skip the test where there can be no server; under `.ci/engines` that is a failure."""
    reason = lacking()
    if reason is not None:
        missing(reason)


@cache
def server() -> PostgresServer:
    """The server of this process, started when a test first asks for one."""
    skip_without_server()
    one = PostgresServer()
    atexit.register(one.close)
    return one


@contextmanager
def own_server() -> Iterator[PostgresServer]:
    """A server that nobody else uses."""
    skip_without_server()
    one = PostgresServer()
    yield one
    one.close()


class PostgresServer:
    """A server with an empty database, `duetrail`, on a free port of loopback.

    Raises:
        RuntimeError: It does not start; with its log.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="duetrail-pg-"))
        self.port = free_port()
        (self.folder / "password").write_text(PASSWORD)
        (self.folder / "empty").touch()
        user = _user()
        if user is not None:
            for path in (self.folder, *self.folder.iterdir()):
                os.chown(path, user.pw_uid, user.pw_gid)
        self._keeper = subprocess.Popen(
            _as(user, self.folder, "sh", "-c", _SERVE),
            cwd="/",
            stdin=subprocess.PIPE,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder)}
            | {"B": str(_binaries()), "D": str(self.folder), "P": str(self.port)},
            start_new_session=True,  # an interrupt at the keyboard is not for it
        )
        self._wait()
        self.run("CREATE DATABASE duetrail")

    def url(self, schema: str = "", *, user: str = "duetrail", password: str = PASSWORD) -> str:
        """The URL of a store in its database."""
        url = f"postgresql://{user}:{password}@127.0.0.1:{self.port}/duetrail"
        return f"{url}?schema={schema}" if schema else url

    def new_url(self) -> str:
        """The URL of a store that is not made yet, in a schema of its own."""
        return self.url(f"store_{next(_numbers)}")

    def run(self, *statements: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run statements as the server's owner, each by itself; the rows of the last."""
        import psycopg

        with psycopg.connect(self._dsn(database), autocommit=True) as db:
            for statement in statements:
                cursor = db.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def restart(self) -> None:
        """Kill it as a crash would, and start it again."""
        self._tell("restart")
        self._wait()

    def stop(self) -> None:
        """End it for a while: nobody listens; `restart` starts it again."""
        self._tell("stop")
        while self._listens():
            time.sleep(0.02)

    def close(self) -> None:
        """End it for good, and remove its folder."""
        assert self._keeper.stdin is not None
        self._keeper.stdin.close()
        self._keeper.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _tell(self, word: str) -> None:
        assert self._keeper.stdin is not None
        self._keeper.stdin.write(f"{word}\n".encode())
        self._keeper.stdin.flush()
        time.sleep(0.1)

    def _dsn(self, database: str) -> str:
        return f"postgresql://duetrail:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def _listens(self) -> bool:
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", self.port)) == 0

    def _wait(self) -> None:
        """Until it takes connections."""
        import psycopg

        end = time.monotonic() + _PATIENCE
        while True:
            try:
                psycopg.connect(self._dsn("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if self._keeper.poll() is not None or time.monotonic() > end:
                    log = self.folder / "log"
                    text = log.read_text() if log.exists() else ""
                    raise RuntimeError(f"PostgreSQL does not start: {error}\n{text}") from error
                time.sleep(0.05)
            else:
                return


def _binaries() -> Path | None:
    """The folder of the newest server's programs."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(found, key=lambda path: float(path.parts[-3]), default=None)
    return newest and newest.parent


def _user() -> pwd.struct_passwd | None:
    """Whom the server belongs to; None for whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    names = {one.pw_name: one for one in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _as(user: pwd.struct_passwd | None, folder: Path, *command: str) -> list[str]:
    """A command as this user, who can write to /dev/null."""
    if user is None:
        return [*command]
    ids = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    dropped = ["setpriv", *ids, *command]
    if Path("/dev/null").stat().st_mode & stat.S_IWOTH:
        return dropped
    # initdb writes there: in a mount namespace of its own it gets one that everybody may write.
    null = shlex.quote(str(folder / "null"))
    mend = f"mknod -m 666 {null} c 1 3 && mount --bind {null} /dev/null && exec {{}}"
    return ["unshare", "--mount", "sh", "-c", mend.format(shlex.join(dropped))]
