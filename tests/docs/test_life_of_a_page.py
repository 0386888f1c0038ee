"""The life of one page in docs/architecture.md is what happens: its functions are called so."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

import duetrail
from duetrail import api
from duetrail.config import read_config
from duetrail.project import Project
from duetrail.stores import RecordQuery, open_store
from duetrail_sandbox.server import Sandbox

DOCS = Path(__file__).parents[2] / "docs"
CORE = Path(duetrail.__file__).parent

# What a page goes through, in order; of the steps between these the order is not fixed.
WAY = (
    "feeders",
    "Reader.read",
    "Session.get",
    "Network.send",
    "map_page",
    "Hasher.of_bytes",
    "Committer.commit",
    "question",
    "Store.situation",
    "Decider.batch",
    "Store.apply",
    "Committer.end_listing",
    "Store.drop_superseded",
    "timeline",
)


@contextmanager
def _heard() -> Iterator[list[str]]:
    """The functions of the core that are called meanwhile, in any thread, by their first call.

    A method of any store stands as one of `Store`.
    """
    calls: dict[str, None] = {}

    def hear(frame: FrameType, event: str, _: object) -> None:
        file = frame.f_code.co_filename
        if event == "call" and file.startswith(str(CORE)):
            name = frame.f_code.co_qualname
            in_store = Path(file).parent.name == "stores" and "." in name
            calls.setdefault(f"Store.{name.rpartition('.')[2]}" if in_store else name)

    heard: list[str] = []
    threading.setprofile(hear)
    sys.setprofile(hear)
    try:
        yield heard
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        heard += calls


@pytest.fixture(scope="module")
def called(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What is called by three syncs, with days between them, and a look at one invoice."""
    file = tmp_path_factory.mktemp("life") / "duetrail.toml"
    with Sandbox(invoices=12, vendors=("stuut", "credira")) as sandbox, _heard() as heard:
        file.write_text(sandbox.config, encoding="utf-8")
        config = read_config(file)
        api.sync(config=config)
        sandbox.pass_days(3)
        api.sync(config=config, full=True, keep_pages="none")
        api.sync(config=config, full=True, limit=1)
        store = open_store("sqlite:///duetrail.db", folder=file.parent)
        invoice = next(iter(store.records(RecordQuery("invoices"))))
        store.close()
        with Project(config) as project:
            project.timeline(invoice.id)
    return heard


def _named() -> list[str]:
    """The functions that the page names in its walk; names of classes are left out."""
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    life = text.partition("## The life of one page\n")[2].partition("\n## ")[0]
    names = re.findall(r"\[`([\w.]+)`\]\(\.\./core/", life)
    return [name for name in names if not name[0].isupper() or "." in name]


def test_every_function_of_the_walk_is_called(called: list[str]) -> None:
    """What the page names takes part in a sync."""
    assert len(_named()) > 20
    assert [name for name in _named() if name not in called] == []


def test_a_page_goes_one_way(called: list[str]) -> None:
    """Read, map, decide, write: the steps begin in the order in which the page tells them."""
    assert [name for name in _named() if name in WAY] == list(WAY)
    assert sorted(WAY, key=called.index) == list(WAY)
