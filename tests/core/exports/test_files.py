"""JSON lines and CSV: what is read back is what was stored, to the last digit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from duetrail.errors import StoreError, UsageError
from duetrail.exports import Target, export, folders
from duetrail.pipeline.digest import digest
from duetrail.pipeline.steps import Steps
from duetrail.stores import Store, open_store
from support.export_samples import FORMULAS, change, fill, odd_store
from support.read_exports import apply, read_csv, read_folder, read_json_lines, store_of, stored

READ = {"jsonl": read_json_lines, "csv": read_csv}


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[Store]:
    """A store with what exports may stumble over."""
    with closing(odd_store(tmp_path)) as store:
        yield store


@pytest.fixture(params=READ)
def form(request: pytest.FixtureRequest) -> str:
    return request.param


def _read(form: str, folder: Path) -> dict[str, Any]:
    return read_folder(folder, READ[form], f".{form}")


def test_everything_is_there(odd: Store, form: str, tmp_path: Path) -> None:
    """Every value of every table is as it was stored, and the digest of it all is the store's."""
    done = export(odd, Target(form, tmp_path / "out"))
    found = _read(form, tmp_path / "out")
    assert found == stored(odd)
    assert done.rows == {name: len(rows) for name, rows in found.items()}
    with closing(store_of(found, tmp_path)) as again:
        assert digest(again) == digest(odd)


def test_what_changed_makes_the_same(odd: Store, form: str, tmp_path: Path) -> None:
    """A whole export, with what changed afterwards brought into it, is a later whole export."""
    out = tmp_path / "out"
    first = export(odd, Target(form, out))
    change(odd)
    assert export(odd, Target(form, out), first.cursor).cursor == 2
    tables = _read(form, out)
    changes = _read(form, out / "since-1")
    assert len(changes["invoices"]) == 5
    apply(tables, changes)
    for name, rows in stored(odd).items():
        assert sorted(map(str, tables[name])) == sorted(map(str, rows)), name
    with closing(store_of(tables, tmp_path)) as again:
        assert digest(again) == digest(odd)


def test_nothing_changed(odd: Store, form: str, tmp_path: Path) -> None:
    """Without changes there are empty files, so that nobody has to ask whether they are there."""
    done = export(odd, Target(form, tmp_path), 1)
    assert set(done.rows.values()) == {0}
    assert set(_read(form, tmp_path / "since-1")) == {*done.rows, "removals"}


def test_the_manifest(odd: Store, form: str, tmp_path: Path) -> None:
    """Beside the files stands what they hold, and what the next export asks from."""
    done = export(odd, Target(form, tmp_path), tables=["calls", "links"])
    facts = json.loads((tmp_path / "export.json").read_text())
    assert facts.pop("export")
    assert facts == {"since": 0, "cursor": 1, "rows": {"calls": 2, "links": 4}}
    assert facts["rows"] == done.rows
    names = {f"calls.{form}", f"links.{form}", "export.json"}
    assert names == {file.name for file in tmp_path.iterdir()} - {
        "odd.db",
        "odd.db-wal",
        "odd.db-shm",
        "odd.db.lock",
    }


def test_only_some_connections(odd: Store, form: str, tmp_path: Path) -> None:
    """Only what belongs to them is exported."""
    export(odd, Target(form, tmp_path / "out"), connections=["other"])
    rows = [row for found in _read(form, tmp_path / "out").values() for row in found]
    assert [row["connection"] for row in rows] == ["other"] * 3


def test_csv_is_inert(odd: Store, tmp_path: Path) -> None:
    """No cell of a text begins as a formula does; numbers stay numbers."""
    export(odd, Target("csv", tmp_path / "out"), tables=["invoices"])
    text = (tmp_path / "out" / "invoices.csv").read_text(encoding="utf-8")
    for formula in FORMULAS:
        assert f',"{formula.replace(chr(34), chr(34) * 2)}",' not in text or formula == '"'
    assert ',"\'=1+1",' in text
    assert ",-0.000000000000000001," in text


def test_a_failure_leaves_what_was_there(
    odd: Store, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever an export fails, what stood there stays, and nothing of the new one is left."""
    out = tmp_path / "out"
    export(odd, Target(form, out))
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    change(odd)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folders, "_sync", full)
    with pytest.raises(StoreError, match="No space left on device"):
        export(odd, Target(form, out))
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before


_KILLED = """
import os, signal, sys
from pathlib import Path
from duetrail.exports import Target, export, run
from duetrail.stores import open_store

whole, count = run.chunks, [0]

def chunks(*args):
    for chunk in whole(*args):
        count[0] += 1
        if count[0] == int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)
        yield chunk

run.chunks = chunks
store = open_store("sqlite:///odd.db", folder=Path(sys.argv[1]))
export(store, Target(sys.argv[2], Path(sys.argv[1]) / "out"))
"""


@pytest.mark.parametrize("chunk", [1, 4, 7])
def test_a_killed_export_leaves_what_was_there(
    odd: Store, form: str, tmp_path: Path, chunk: int
) -> None:
    """Killed in mid-way, the files are the old ones, and the next export is whole."""
    out = tmp_path / "out"
    export(odd, Target(form, out))
    before = stored(odd)
    change(odd)
    command = [sys.executable, "-c", _KILLED, str(tmp_path), form, str(chunk)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert _read(form, out) == before
    export(odd, Target(form, out))
    assert _read(form, out) == stored(odd)


_KILLED_AT_A_CHANGE = """
import os, signal, sys
from pathlib import Path
from duetrail.exports import Target, export
from duetrail.stores import open_store

count = [0]

def counted(change):
    def run(*args, **named):
        count[0] += 1
        if count[0] == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        return change(*args, **named)
    return run

store = open_store("sqlite:///odd.db", folder=Path(sys.argv[1]))
for name in ("rename", "replace", "rmdir", "unlink"):
    setattr(os, name, counted(getattr(os, name)))
export(store, Target("jsonl", Path(sys.argv[1]) / "out"), tables=["invoices", "calls"])
print(count[0])
"""


def test_no_folder_shows_tables_of_two_exports(odd: Store, tmp_path: Path) -> None:
    """Killed at any change of a name, it has one export, or no manifest and the next one mends it.

    The next one, which is of another table, puts in place what was left.
    """
    out, tables = tmp_path / "out", ["invoices", "calls"]
    command = [sys.executable, "-c", _KILLED_AT_A_CHANGE, str(tmp_path)]
    export(odd, Target("jsonl", out), tables=tables)
    changes = int(subprocess.run([*command, "0"], check=True, capture_output=True).stdout)
    assert changes > 2 * len(tables)
    seen = []
    for number in range(1, changes + 1):
        before = _read("jsonl", out)
        change(odd)
        after = {name: stored(odd)[name] for name in before}
        killed = subprocess.run([*command, str(number)], check=False, capture_output=True)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        found = _read("jsonl", out) if (out / "export.json").exists() else None
        export(odd, Target("jsonl", out), tables=["payments"])
        mended = _read("jsonl", out)
        for name in ("payments", "payment_applications"):
            mended.pop(name)
            (out / f"{name}.jsonl").unlink()
        assert mended in (before, after)
        assert found in (None, before, after)
        assert not (out / ".export-whole").exists()
        seen.append((found is None, found == after, mended == after))
        export(odd, Target("jsonl", out), tables=tables)
    kept, decided, incomplete, done = (0, 0, 0), (0, 0, 1), (1, 0, 1), (0, 1, 1)
    assert set(seen) == {kept, decided, incomplete, done}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("parquet", "'parquet' is no target of an export"),
        ("csv:", "'csv:' is no target of an export"),
        ("excel:x", "'excel:x' is no target of an export"),
        ("csv:-", "'csv:-': only jsonl goes to stdout"),
    ],
)
def test_what_is_no_target(text: str, message: str) -> None:
    """A target that there is none of is refused before anything is read."""
    with pytest.raises(UsageError, match=message):
        Target.parse(text)


def test_a_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`~` is the user's home, as no shell says it behind a colon; who has none is told."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Target.parse("csv:~/out").path == tmp_path / "out"
    with pytest.raises(UsageError, match="no home folder"):
        Target.parse("csv:~nobody-of-this-name/out")


def test_a_table_there_is_none_of(odd: Store, tmp_path: Path) -> None:
    """A table that cannot be exported is named, and nothing is made."""
    with pytest.raises(UsageError, match="there is no table 'invoice' to export"):
        export(odd, Target("csv", tmp_path / "out"), tables=["invoice"])
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(not os.geteuid() or os.name == "nt", reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(odd: Store, tmp_path: Path) -> None:
    """It is told with what to do."""
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="Permission denied"):
            export(odd, Target("csv", tmp_path / "out"))
    finally:
        tmp_path.chmod(0o700)


def test_a_file_where_a_folder_belongs(odd: Store, tmp_path: Path) -> None:
    """A file of that name is left alone."""
    (tmp_path / "out").write_text("mine")
    with pytest.raises(StoreError, match="the export to"):
        export(odd, Target("csv", tmp_path / "out"))
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.parametrize(("kind", "library"), [("parquet", "pyarrow"), ("duckdb", "pyarrow")])
def test_a_library_that_is_missing(
    odd: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, library: str
) -> None:
    """The extra that brings it is named, and nothing is made."""
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(UsageError, match=f"an export to {kind} needs {library}") as found:
        export(odd, Target(kind, tmp_path / "out"))
    assert "pip install 'duetrail[export]'" in found.value.hint
    assert not (tmp_path / "out").exists()


def test_memory_does_not_grow_with_rows(tmp_path: Path) -> None:
    """At no time are more rows in memory than a few portions, whatever the table holds."""
    from duetrail.exports.tables import TableSet, chunks

    with closing(open_store("sqlite:///many.db", folder=tmp_path, create=True)) as store:
        fill(store)
        found = chunks(store, TableSet.of(), 0, (), Steps(None, 0), {})
        sizes = [len(chunk.rows) for chunk in found]
    assert max(sizes) <= 500


def test_a_dash_writes_to_stdout(odd: Store) -> None:
    """On stdout each line names its table, and the last one is the cursor."""
    lines: list[str] = []
    export(odd, Target.parse("jsonl:-"), tables=["payments"], write_line=lines.append)
    row, child, end = map(json.loads, lines)
    assert (row["table"], row["row"]["connection"], row["row"]["id"]) == ("payments", "other", "p1")
    assert (child["table"], child["row"]["invoice_id"]) == ("payment_applications", "=whole")
    assert end == {"cursor": 1}


Run = Callable[..., Any]


def test_the_command(synced: Path, run: Run, tmp_path: Path) -> None:
    """`duetrail export` says what it wrote, and what to ask from the next time."""
    config = synced / "duetrail.toml"
    done = run("--config", config, "export", "--to", f"csv:{tmp_path}", "--table", "invoices")
    assert (done.code, done.err) == (0, "")
    assert "The next time: --since 1" in done.out
    found = _read("csv", tmp_path)
    assert len(found["invoices"]) == 12
    as_json = run("--config", config, "export", "--to", f"jsonl:{tmp_path}/j", "--json")
    assert json.loads(as_json.out)["rows"]["invoices"] >= 12


def test_the_command_to_stdout(synced: Path, run: Run) -> None:
    """Lines can be piped on: stdout has nothing else."""
    done = run("--config", synced / "duetrail.toml", "export", "--to", "jsonl:-")
    *rows, end = map(json.loads, done.out.splitlines())
    assert end == {"cursor": 1}
    assert {row["table"] for row in rows} >= {"invoices", "links"}
