"""Exports of any store: the same files from each of them."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

from duetrail.exports import Target, export
from duetrail.pipeline.digest import digest
from duetrail.stores import Store, open_store
from support.export_samples import change, fill
from support.read_exports import apply, read_folder, read_json_lines, store_of, stored


def test_the_same_from_every_store(store: Store, tmp_path: Path) -> None:
    """Files are to the letter what SQLite's are, whole and of what changed.

    Only the name that each export gives itself differs.
    """
    with closing(open_store("sqlite:///other.db", folder=tmp_path, create=True)) as other:
        for name, one in (("a", store), ("b", other)):
            fill(one, has_nul=False)
            export(one, Target("jsonl", tmp_path / name))
            change(one)
            export(one, Target("csv", tmp_path / name), 1, tables=["invoices", "calls"])
        assert digest(store) == digest(other)
    found = [
        {file.relative_to(folder): unnamed(file.read_text()) for file in folder.rglob("*.*")}
        for folder in (tmp_path / "a", tmp_path / "b")
    ]
    assert len(found[0]) > 15
    assert found[0] == found[1]


def unnamed(text: str) -> str:
    return re.sub(r'"export": "\w+"', '"export": ""', text)


def test_what_is_read_back_has_the_digest(store: Store, tmp_path: Path) -> None:
    """A whole export, with what changed afterwards brought into it, is what the store is."""
    out = tmp_path / "out"
    fill(store, has_nul=False)
    cursor = export(store, Target("jsonl", out)).cursor
    change(store)
    export(store, Target("jsonl", out), cursor)
    tables = read_folder(out, read_json_lines, ".jsonl")
    apply(tables, read_folder(out / "since-1", read_json_lines, ".jsonl"))
    for name, rows in stored(store).items():
        assert sorted(map(str, tables[name])) == sorted(map(str, rows)), name
    with closing(store_of(tables, tmp_path)) as again:
        assert digest(again) == digest(store)
