"""Erasing a person of the made-up company from a store of all four vendors."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from duetrail import Project, api
from duetrail.stores import StateChanges, open_store
from duetrail.stores.packing import unpack
from duetrail_sandbox.server import Sandbox
from support.nightly import examples
from support.stored import digest_at


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a configuration and a store, the vendors being up."""
    folder = tmp_path_factory.mktemp("erasing")
    with Sandbox(invoices=examples(20, 60), seed=7) as sandbox:
        (folder / "duetrail.toml").write_text(sandbox.config)
        api.sync(config=folder / "duetrail.toml")
        with Project(folder / "duetrail.toml") as project:  # the person stands in history, too
            project.build_history()
        yield folder


@pytest.fixture(scope="module")
def person(folder: Path) -> tuple[str, str, str]:
    """Name, address and number of the contact who is met most often."""
    with closing(sqlite3.connect(folder / "duetrail.db")) as db, db:
        found = db.execute(
            "SELECT name, email, phone FROM contacts WHERE phone IS NOT NULL "
            "GROUP BY 1, 2, 3 ORDER BY count(*) DESC, 1"
        ).fetchone()
    db.close()
    name, email, phone = found
    return str(name), str(email), str(phone)


@pytest.fixture(scope="module")
def erased(folder: Path, person: tuple[str, str, str]) -> str:
    """The digest after the erasure."""
    assert _met(folder, person)
    found = api.erase(*person, config=folder / "duetrail.toml")
    assert {"contacts", "emails", "pages", "history"} <= found.changed.keys()
    return _digest(folder)


def test_nobody_is_left(folder: Path, person: tuple[str, str, str], erased: str) -> None:
    """In no file, compressed or not, in no spelling."""
    assert _met(folder, person) == []


def test_nobody_comes_back(folder: Path, person: tuple[str, str, str], erased: str) -> None:
    """The next sync of all vendors writes nothing, the person least of all."""
    summary = api.sync(config=folder / "duetrail.toml")
    assert (summary.written, sum(one.pages for one in summary.resources)) == (0, 0)
    assert (_digest(folder), _met(folder, person)) == (erased, [])


def test_a_fresh_store_with_the_same_list(
    folder: Path, person: tuple[str, str, str], erased: str
) -> None:
    """It says the same, and has never held the person."""
    old = open_store("sqlite:///duetrail.db", folder=folder)
    new = open_store("sqlite:///fresh.db", folder=folder, create=True)
    with new.transaction():
        new.put_sync_state(StateChanges(suppressed=old.sync_state().suppressed))
    new.close()
    old.close()
    api.sync(config=folder / "duetrail.toml", store=f"sqlite:///{folder}/fresh.db", workers=16)
    assert (_digest(folder, "fresh.db"), _met(folder, person, "fresh.db")) == (erased, [])


def test_without_pages(folder: Path, person: tuple[str, str, str], erased: str) -> None:
    """Every record's extra is the same without its page, and the digest, too."""
    config = folder / "duetrail.toml"
    api.remap(config=config)
    before = _extras(folder)
    assert api.sync(config=config, keep_pages="none").dropped_pages > 0
    assert (_extras(folder), _digest(folder), _met(folder, person)) == (before, erased, [])


def _extras(folder: Path) -> dict[str, dict[str, object]]:
    with closing(sqlite3.connect(folder / "duetrail.db")) as db, db:
        found = db.execute("SELECT DISTINCT connection, record, id FROM observations").fetchall()
    db.close()
    names = [":".join(ref) for ref in found[::15]]
    return {name: api.extra_of(name, config=folder / "duetrail.toml") for name in names}


def _digest(folder: Path, name: str = "duetrail.db") -> str:
    return digest_at(f"sqlite:///{name}", folder=folder)


def _met(folder: Path, person: tuple[str, str, str], name: str = "duetrail.db") -> list[str]:
    """Which of name, address and digits stand anywhere in the files of a store."""
    content = b"".join(file.read_bytes() for file in folder.glob(f"{name}*"))
    with closing(sqlite3.connect(folder / name)) as db, db:
        for (packed,) in db.execute("SELECT body FROM pages UNION ALL SELECT extras FROM extras"):
            content += unpack(packed)
    db.close()
    text = content.decode(errors="replace").casefold()
    full, email, phone = person
    # A longer address that ends in the same letters is somebody else's.
    spellings = {
        full: rf"{re.escape(full.casefold())}|{_halves(full.casefold())}",
        email: rf"(?<![\w.+-]){re.escape(email.casefold())}(?![\w-])",
        phone: r"\D{0,3}".join(re.findall(r"\d", phone)),
    }
    return [word for word, pattern in spellings.items() if re.search(pattern, text)]


def _halves(name: str) -> str:
    """A name as Stuut writes it, each half under a key of its own."""
    given, _, family = name.partition(" ")
    return rf'"family_name": ?"{re.escape(family)}", ?"given_name": ?"{re.escape(given)}"'
