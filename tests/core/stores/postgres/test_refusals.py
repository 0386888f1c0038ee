"""Whatever is wrong with a server or a store: one clear line, no password, nothing lost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from duetrail.errors import ConfigError, NoStore, StoreError
from duetrail.model import Invoice
from duetrail.stores import Store, open_store
from duetrail.stores.opening import latest_schema
from support.postgres import PASSWORD, PostgresServer
from support.stored import INVOICE, count


@pytest.fixture
def made(url: str, keep: Callable[..., None], store: Store) -> str:
    """The URL of a store with an invoice."""
    keep(INVOICE)
    return url


@pytest.fixture
def alter(pg: PostgresServer, url: str) -> Callable[..., None]:
    """Runs statements in the schema of the store."""
    schema = url.partition("schema=")[2]
    return lambda *texts: pg.run(f"SET search_path TO {schema}", *texts, database="duetrail")


def _refused(url: str, *words: str, create: bool = True) -> StoreError:
    with pytest.raises(StoreError) as caught:
        open_store(url, create=create).close()
    text = str(caught.value)
    assert PASSWORD not in text
    for word in words:
        assert word in text
    assert caught.value.hint
    return caught.value


def test_no_store_yet(url):
    """A command that only reads makes none."""
    with pytest.raises(NoStore, match="there is no store at postgresql://127"):
        open_store(url)


def test_nobody_listens(pg):
    """It says whom it tried, and what to check."""
    _refused(
        f"postgresql://duetrail:{PASSWORD}@127.0.0.1:1/duetrail",
        "127.0.0.1:1",
        "Check that the server runs",
    )


def test_a_wrong_password(pg):
    """Neither the wrong one nor the right one is repeated."""
    error = _refused(pg.url(password="not-this-one"), "Check user and password")
    assert "not-this-one" not in str(error)


def test_no_such_database(pg):
    """It says how to make one."""
    url = pg.url().removesuffix("duetrail") + "nowhere"
    _refused(url, "nowhere", "createdb")


@pytest.mark.parametrize(
    "more", ["?sslmode=nonsense", "?no_such_word=1", ":x@y", "?password=canary&x=1"]
)
def test_a_url_that_cannot_be_read(pg, more):
    """What is wrong is said without the URL, which holds a password."""
    with pytest.raises((ConfigError, StoreError)) as caught:
        open_store(pg.url() + more, create=True)
    assert PASSWORD not in str(caught.value)
    assert "canary" not in str(caught.value)


def test_psycopg_is_missing(url):
    """It names the extra to install."""
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from duetrail.cli import main\n"
        f"main(['--store', {url!r}, 'status'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert "pip install 'duetrail[postgres]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_newer_store(made, alter):
    """By its number, or by a column that this version does not know."""
    alter("ALTER TABLE invoices ADD COLUMN colour text")
    _refused(made, "newer Duetrail", "invoices.colour", "pip install --upgrade")
    alter("ALTER TABLE invoices DROP COLUMN colour")
    alter(f"UPDATE duetrail_schema SET version = {latest_schema() + 1}")
    _refused(made, "newer Duetrail", "pip install --upgrade")


def test_an_older_store(made, alter):
    """It gets what it lacks: columns, tables, indexes, views; what is in it stays."""
    alter(
        "DROP VIEW absent, touches",
        "ALTER TABLE invoices DROP COLUMN total",
        "DROP TABLE removals",
        "DROP INDEX invoices_by_number",
        f"UPDATE duetrail_schema SET version = {latest_schema() - 1}",
    )
    one = open_store(made)
    assert count(one, "invoices") == 1
    assert list(one.select("SELECT total FROM invoices")) == [{"total": None}]
    assert list(one.select("SELECT * FROM absent, removals")) == []
    one.close()
    open_store(made).close()


def test_the_past_of_an_older_store(made, alter):
    """It is known from the last run on that changed anything, and is not asked for twice."""
    alter(
        "DROP TABLE history_since",
        "UPDATE invoices SET changed_run = 7",
        f"UPDATE duetrail_schema SET version = {latest_schema() - 1}",
    )
    for _ in range(2):
        one = open_store(made)
        assert list(one.select("SELECT * FROM history_since")) == [{"kept": 1, "run": 7}]
        one.close()


def test_an_outdated_view(made, alter):
    """A view that was made of another query is made anew."""
    alter("DROP VIEW absent", "CREATE VIEW absent AS SELECT 1 AS one")
    one = open_store(made)
    assert list(one.select("SELECT connection FROM absent")) == []
    one.close()


def test_a_lost_table(made, alter):
    """It does not come back empty, as if nothing had ever been in it."""
    alter("DROP TABLE checkpoints")
    _refused(made, "lost its tables checkpoints", "backup")


def test_another_program(pg, url, alter):
    """Its tables are left alone; a schema of one's own is the way out."""
    pg.run(f"CREATE SCHEMA {url.partition('schema=')[2]}", database="duetrail")
    alter("CREATE TABLE invoices (n int)")
    _refused(url, "another program", "?schema=")


def test_a_user_who_may_only_read(pg, made, alter, run, request):
    """Reading works; writing is refused in one line."""
    schema = made.partition("schema=")[2]
    name = f"reader_{schema}"
    alter(
        f"CREATE ROLE {name} LOGIN PASSWORD 'read'",
        f"GRANT USAGE ON SCHEMA {schema} TO {name}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {name}",
    )
    reading = pg.url(schema, user=name, password="read")
    assert "invoices" in run("--store", reading, "status").out
    one = open_store(reading)
    with pytest.raises(StoreError, match="permission denied for table runs"):
        one.begin_run("2026-01-01T00:00:00.000000Z")
    one.close()


def test_a_server_that_takes_no_changes(made, keep):
    """As a standby: reading works, writing is refused in one line."""
    one = open_store(f"{made}&options=-c%20default_transaction_read_only%3Don")
    assert count(one, "invoices") == 1
    with pytest.raises(StoreError, match="read-only") as caught:
        one.begin_run("2026-01-01T00:00:00.000000Z")
    assert "standby" in (caught.value.hint or "")
    one.close()


def test_another_sync(made, store):
    """Whoever is second is told who is first; the lock of one that was killed is free."""
    second = open_store(made)
    with store.exclusive():
        assert second.is_held()
        with pytest.raises(StoreError, match=r"another command .*\(duetrail: process \d+ on "):
            second.exclusive().__enter__()
    assert not second.is_held()
    with second.exclusive():
        pass
    second.close()


def test_a_text_that_is_no_unicode(store, keep):
    """Nothing of its page is written."""
    with pytest.raises(StoreError, match="no Unicode"):
        keep(INVOICE, Invoice(connection="acme", id="2", number="Nr \ud800"))
    keep(Invoice(connection="acme", id="3"))
    assert count(store, "invoices") == 1


def test_a_number_that_nobody_set_aside(store, keep):
    """Nothing of its page is written, and the hint says why."""
    import random

    letters = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=6000))
    with pytest.raises(StoreError, match="index row size") as caught:
        keep(Invoice(connection="acme", id="2", number=letters))
    assert "2,700 bytes" in (caught.value.hint or "")
    keep(Invoice(connection="acme", id="3", number=letters[:2000]))
    assert count(store, "invoices") == 1
