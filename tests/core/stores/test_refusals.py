"""A store that cannot be used says so in words, and nothing is changed."""

import os
import resource
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from duetrail.errors import ConfigError, StoreError
from duetrail.model import Email
from duetrail.stores import Changes, CountQuery, RecordQuery, open_store, opening, to_row

LOCKER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""


def refusal(folder, name="store.db", *, create=True):
    with pytest.raises(StoreError) as caught:
        open_store(f"sqlite:///{name}", folder=folder, create=create).close()
    return str(caught.value)


def schema(file):
    with closing(sqlite3.connect(file)) as db, db:
        found = db.execute("SELECT name FROM sqlite_master ORDER BY name").fetchall()
        mode = db.execute("PRAGMA journal_mode").fetchone()
    db.close()
    return found, mode


def test_no_store(tmp_path):
    """A store is not made by looking at it."""
    assert refusal(tmp_path, create=False) == (
        f"there is no store at {tmp_path}/store.db\n  Run `duetrail sync` first, or check --store."
    )
    assert list(tmp_path.iterdir()) == []


def test_other_file(tmp_path):
    """A file that is no database is left as it is."""
    file = tmp_path / "store.db"
    file.write_bytes(b"%PDF-1.7, an annual report\n" * 100)
    before = file.read_bytes()
    assert "file is not a database\n  It is some other file: give another" in refusal(tmp_path)
    assert file.read_bytes() == before


@pytest.mark.parametrize("create", [True, False])
def test_database_of_another_program(tmp_path, create):
    """A database of another program is left as it is, too."""
    with closing(sqlite3.connect(tmp_path / "places.db")) as db, db:
        db.execute("CREATE TABLE bookmarks (url TEXT)")
    db.close()
    before = schema(tmp_path / "places.db")
    assert "another program" in refusal(tmp_path, "places.db", create=create)
    assert schema(tmp_path / "places.db") == before


def test_a_newer_store_is_left_alone(store, tmp_path):
    """A store of a newer Duetrail is left alone, with the way to catch up."""
    store.close()
    with closing(sqlite3.connect(tmp_path / "store.db")) as db, db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    found = refusal(tmp_path)
    assert "written by a newer Duetrail (schema 99, this one knows " in found
    assert "pip install --upgrade duetrail" in found


def test_no_folder(tmp_path):
    """Folders are not made: a missing one is more often a slip than a wish."""
    assert "Check that the folder exists" in refusal(tmp_path, "nowhere/store.db")
    assert not (tmp_path / "nowhere").exists()


def test_file_for_a_folder(tmp_path):
    """A file is no folder."""
    (tmp_path / "report.pdf").touch()
    assert "Not a directory" in refusal(tmp_path, "report.pdf/store.db")


def test_folder_for_a_file(tmp_path):
    """And a folder no file."""
    (tmp_path / "store.db").mkdir()
    assert "it is no ordinary file" in refusal(tmp_path)


def test_two_names_of_one_file(store, tmp_path):
    """A file with two names of its own would have two logs and two locks: neither is taken."""
    store.close()
    (tmp_path / "other.db").hardlink_to(tmp_path / "store.db")
    for name in ("store.db", "other.db"):
        found = refusal(tmp_path, name, create=False)
        assert f"{name} has 2 names (hard links)" in found
        assert "with `cp`" in found
    (tmp_path / "other.db").unlink()
    open_store("sqlite:///store.db", folder=tmp_path).close()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (":memory:", "keeps nothing"),
        ("/:memory:", "keeps nothing"),
        ("file:a.db?mode=memory", "keeps nothing"),
        ("a.db?mode=memory&cache=shared", "keeps nothing"),
        ("file:a.db", "written plainly"),
        ("a.db?mode=ro", "written plainly"),
    ],
)
def test_no_file(tmp_path, monkeypatch, name, words):
    """What is no file, or SQLite would not take for the name of one, is refused."""
    monkeypatch.chdir(tmp_path)
    for folder in (None, tmp_path):
        with pytest.raises(ConfigError, match=words):
            open_store(f"sqlite:///{name}", folder=folder, create=True)
    assert list(tmp_path.iterdir()) == []


def test_a_device(tmp_path):
    """What is there and no file is left alone: a pipe, a device such as /dev/null."""
    os.mkfifo(tmp_path / "pipe")
    before = (tmp_path / "pipe").stat().st_mode
    for create in (True, False):
        assert "it is no ordinary file" in refusal(tmp_path, "pipe", create=create)
    assert "it is no ordinary file" in refusal(Path("/dev"), "null")
    assert (tmp_path / "pipe").stat().st_mode == before


@pytest.mark.parametrize("name", ["round.db", "a\0b.db"])
def test_a_name_of_nothing(tmp_path, name):
    """Links that lead round in a circle, and what can be no name of a file, are refused."""
    (tmp_path / "round.db").symlink_to("round.db")
    assert "cannot be used" in refusal(tmp_path, name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_that_is_read_only(tmp_path):
    """A folder where one may not write is named."""
    tmp_path.chmod(0o500)
    try:
        assert "Permission denied" in refusal(tmp_path)
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a file system none may write")
def test_place_that_is_read_only():
    """So is one where nobody may."""
    assert "Check that the folder exists and that you may write there" in refusal(Path("/proc"))


def test_name_that_is_too_long(tmp_path):
    """A name no file can have is refused like any other."""
    assert "cannot be used" in refusal(tmp_path, "x" * 300, create=False)


def test_old_sqlite(tmp_path, monkeypatch):
    """A SQLite without strict tables is refused before anything is written."""
    monkeypatch.setattr(opening, "_OLDEST", (99, 0, 0))
    assert "too old for the store" in refusal(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def lock(tmp_path):
    """Another process that has begun to write to the store, and does not end."""
    command = [sys.executable, "-c", LOCKER, str(tmp_path / "store.db")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"locked\n"
        yield
        process.stdin.close()


def test_a_writer_says_whom_it_waited_for(tmp_path, monkeypatch, request):
    """While another process writes, readers go on, and a writer says whom it waited for."""
    monkeypatch.setattr(opening, "_WAIT_SECONDS", 0.05)
    store = open_store("sqlite:///store.db", folder=tmp_path, create=True)
    request.getfixturevalue("lock")
    assert store.counts(CountQuery("invoices")) == {}
    with pytest.raises(StoreError, match=r"is locked\n.*Another process is writing"):
        store.begin_run("now")
    store.close()


def test_made_twice_at_once(tmp_path):
    """Several processes may make the same store at the same moment, forty times over."""
    code = (
        "import sys, pathlib; from duetrail.stores import open_store\n"
        "for name in sys.stdin:\n"
        "    url = f'sqlite:///{name.strip()}.db'\n"
        "    open_store(url, folder=pathlib.Path(sys.argv[1]), create=True).close()\n"
        "    print('made', flush=True)\n"
    )
    makers = [
        subprocess.Popen(
            [sys.executable, "-uc", code, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        for _ in range(4)
    ]
    for n in range(40):
        for maker in makers:
            assert maker.stdin is not None
            maker.stdin.write(f"store{n}\n")
        said = [maker.stdout.readline() for maker in makers if maker.stdout is not None]
        if said != ["made\n"] * 4:
            break
    assert [maker.communicate()[1] for maker in makers] == [""] * 4


def test_a_full_disk_is_told(store):
    """When the disk is full the message says so, and what was committed before is kept."""
    list(store.select("PRAGMA max_page_count = 70"))
    emails = [Email(connection="acme", id=str(n), text="x" * 2000) for n in range(500)]
    with pytest.raises(StoreError, match=r"is full\n.*Free some space"), store.transaction():
        store.apply(Changes(rows={email.ref: to_row(email) for email in emails}))


def test_a_limit_of_the_system_is_told(store):
    """Where no file may grow any more, the message names what sets such limits."""
    emails = [Email(connection="acme", id=str(n), text="x" * 2000) for n in range(500)]
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        with pytest.raises(StoreError, match=r"I/O error\n.*ulimit -f"), store.transaction():
            store.apply(Changes(rows={email.ref: to_row(email) for email in emails}))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_damaged_file_is_an_error_of_the_store(store, keep, tmp_path):
    """A damaged file is an error of the store, also where it is only read."""
    keep(*(Email(connection="acme", id=str(n), text="x" * 1000) for n in range(500)))
    store.close()
    file = tmp_path / "store.db"
    whole = file.read_bytes()
    damaged = open_store("sqlite:///store.db", folder=tmp_path)
    file.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    try:
        with pytest.raises(StoreError, match="malformed"):
            list(damaged.records(RecordQuery("emails")))
    finally:
        damaged.close()
