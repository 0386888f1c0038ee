"""A process that renews tokens is killed, for real, at the worst moments."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from duetrail.http.token_store import TokenStore
from duetrail.secrets import WritableSecret
from duetrail.testing.token_server import TokenServer

# A process that renews, and is killed at the moment its last argument names.
RENEW = """
import os, signal, sys
from pathlib import Path

from attrs import frozen

from duetrail.http import OAuth2Auth, RateLimiter, Session, token_store
from duetrail.model import Call, Callout, Email, Invoice
from duetrail.secrets import Secret, WritableSecret
from duetrail.source import Connection, OAuth2, Source

url, client, secret, path, moment = sys.argv[1:]

def die(*args):
    os.kill(os.getpid(), signal.SIGKILL)

write = token_store.TokenStore.write

def dying_write(store, tokens):
    if tokens.asked_at is None:
        die()
    return write(store, tokens)

if moment == "received":
    token_store.TokenStore.write = dying_write
replace = Path.replace

def dying_replace(self, target):
    if b"asked_at" not in self.read_bytes():
        die()
    return replace(self, target)

if moment == "written":
    Path.replace = dying_replace

@frozen
class Options:
    pass

tokens = WritableSecret(f"file:{path}")
auth = OAuth2Auth(Secret(client), Secret(secret), tokens=tokens)
source = Source(
    name="acme", title="Acme", options=Options, resources=(),
    unsupported=(Invoice, Call, Callout, Email), auth=lambda options: auth,
    oauth2=OAuth2(authorize_url="/authorize"),
)
connection = Connection(
    name="acme", source=source, base_url="http://127.0.0.1:9", token_url=url, options=Options()
)
with Session(connection, RateLimiter(), auth=auth) as session:
    auth.token_for(session)
"""


@pytest.fixture
def host():
    with TokenServer() as one:
        yield one


@pytest.fixture
def renew(host, tmp_path):
    """Runs a process that renews; gives how it ended and what it said."""
    path = tmp_path / "acme.token"
    path.write_text(host.refresh_token)

    def run(moment: str = "never") -> subprocess.CompletedProcess[str]:
        words = [host.url, host.client_id, host.client_secret, str(path), moment]
        return subprocess.run(
            [sys.executable, "-c", RENEW, *words], capture_output=True, text=True, timeout=300
        )

    run.tokens = lambda: TokenStore(WritableSecret(f"file:{path}")).read()  # type: ignore[attr-defined]
    return run


def test_a_kill_after_the_first_write_loses_nothing(renew, host):
    """The new tokens stood beside the file: the next process takes them, and asks nobody."""
    assert renew("written").returncode == -signal.SIGKILL
    assert renew().returncode == 0
    assert len(host.asked) == 1
    assert renew.tokens().refresh_token == host.refresh_token


def test_a_kill_before_the_first_write_within_the_grace(renew, host):
    """Where the vendor still takes the old token, the next process gets another new one."""
    host.grace = 1
    assert renew("received").returncode == -signal.SIGKILL
    assert renew().returncode == 0
    assert renew.tokens().refresh_token == host.refresh_token


def test_a_kill_before_the_first_write_without_grace(renew, host):
    """Where it does not, nothing can be done from here but to say so, and what to run."""
    assert renew("received").returncode == -signal.SIGKILL
    done = renew()
    assert done.returncode == 1
    assert "the new token may have been lost" in done.stderr
    assert "Run `duetrail auth acme`." in done.stderr


def test_two_processes_renew_once(renew, host, tmp_path):
    """The second waits for the first, and reads what it wrote."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: renew(), range(2)))
    assert [one.returncode for one in done] == [0, 0]
    assert len(host.asked) == 1
