"""Keeping pages: a page goes when it is old, and nothing that only it held is lost."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from duetrail import api
from duetrail.errors import ConfigError, UsageError

ANSWERS = {
    "invoices": [
        {
            "invoices": [
                {
                    "id": f"i{n}",
                    "number": f"n{n}",
                    "note": f"only here {n}",
                    "rate": 3,
                    "customer": {"id": "u1", "name": "Acme", "tier": {"a": "gold", "b": "invoice"}},
                    "calls": [{"id": f"c{n}", "state": "planned", "mood": "fine"}],
                }
                for n in range(40)
            ]
        }
    ],
    "customers": [
        {"customers": [{"id": "u1", "name": "A", "tier": {"b": "own"}, "since": "2019"}]}
    ],
}
RECORDS = ["invoices:i0", "invoices:i39", "parties:u1", "calls:c7", "callouts:call:c7"]


def extras(project):
    config = project.folder / "duetrail.toml"
    return {record: api.extra_of(f"echo:{record}", config=config) for record in RECORDS}


@pytest.fixture
def filled(project):
    project.answer(**ANSWERS).sync()
    return project


def test_extra_is_read_from_the_page_of_the_highest_rank(filled):
    """What no field has a home for is read from the page; a higher rank has the first word."""
    found = extras(filled)
    assert found["invoices:i0"] == {"note": "only here 0", "rate": 3}
    assert found["parties:u1"] == {"tier": {"a": "gold", "b": "own"}, "since": "2019"}
    assert found["calls:c7"] == {"mood": "fine"}
    assert found["callouts:call:c7"] == {}


def test_nothing_is_lost(filled):
    """Without the pages everything is as before: extra, exactly, and the digest."""
    before, digest = extras(filled), filled.digest
    summary = filled.sync(keep_pages="none")
    assert (summary.dropped_pages, summary.written) == (2, 0)
    assert filled.rows("SELECT count(*) FROM pages") == [(0,)]
    after = extras(filled)
    assert (after, filled.digest) == (before, digest)


def test_the_pages_of_the_run_itself(project):
    """With `none` no page outlives the run that brought it."""
    assert project.answer(**ANSWERS).sync(keep_pages="none").dropped_pages == 2
    assert extras(project)["calls:c7"] == {"mood": "fine"}


def test_the_run_after_that(filled):
    """A run after the pages went writes nothing, as ever."""
    filled.sync(keep_pages="none")
    summary = filled.sync()
    assert (summary.written, [r.pages for r in summary.resources]) == (0, [0, 0, 0, 0])


def test_what_changes_later(filled):
    """A copy that changes has a page again, and its number is nobody else's."""
    filled.sync(keep_pages="none")
    invoice = {**ANSWERS["invoices"][0]["invoices"][0], "note": "new"}
    filled.answer(**{**ANSWERS, "invoices": [{"invoices": [invoice]}]}).sync()
    assert extras(filled)["invoices:i0"]["note"] == "new"
    assert extras(filled)["invoices:i39"]["note"] == "only here 39"
    assert filled.rows("SELECT number FROM pages WHERE number IN (SELECT page FROM extras)") == []


def test_what_nothing_refers_to(filled):
    """What was kept of a page goes when nothing refers to the page any more."""
    filled.sync(keep_pages="none")
    assert filled.rows("SELECT count(*) FROM extras") == [(2,)]
    changed = [{**one, "number": "x"} for one in ANSWERS["invoices"][0]["invoices"]]
    for one in changed:
        one["customer"] = {**one["customer"], "name": "B"}
        one["calls"] = [{**call, "mood": "bad"} for call in one["calls"]]
    filled.answer(**{**ANSWERS, "invoices": [{"invoices": changed}]}).sync()
    assert filled.rows("SELECT count(*) FROM extras") == [(1,)]


def test_young_pages(filled):
    """Pages stay for as many days as were asked for."""
    now = datetime.now(UTC)
    assert filled.sync(keep_pages=30, now=now + timedelta(days=29)).dropped_pages == 0
    assert filled.sync(keep_pages=30, now=now + timedelta(days=31)).dropped_pages == 2


def test_pages_from_a_clock_that_was_ahead(filled):
    """Pages dated years ahead are as old as the first run after them, and go in their turn."""
    with closing(sqlite3.connect(filled.folder / "duetrail.db")) as db, db:
        db.execute("UPDATE pages SET received_at = '2262-01-01T00:00:00.000000Z'")
    now = datetime.now(UTC)
    assert filled.sync(keep_pages=30, now=now).dropped_pages == 0
    assert filled.sync(keep_pages=30, now=now + timedelta(days=29)).dropped_pages == 0
    assert filled.sync(keep_pages=30, now=now + timedelta(days=31)).dropped_pages == 2


def test_pages_of_rejects(project):
    """A page with an open reject stays: there is more on it than its extra."""
    project.answer(invoices=[{"invoices": [{"id": "i0", "number": 1}, {"id": "i1"}]}])
    assert project.sync(keep_pages="none").dropped_pages == 0
    assert project.rows("SELECT count(*) FROM pages") == [(1,)]


def test_a_page_nobody_can_read(filled, toy):
    """A page that its plugin cannot read any more stays."""
    customers = toy.source.resource("customers")
    source = toy.declaring(evolve(customers, name="clients"))
    connection = toy.connect(source=source, answers=str(filled.folder / "answers.json"))
    assert filled.run(toy.plugin, connection, keep_pages=0).dropped_pages == 0


def test_the_file_shrinks(filled):
    """The space of the pages is given back."""
    file = filled.folder / "duetrail.db"
    bulk = [
        {"invoices": [{"id": f"i{n}"}], "more": [str(hash((n, k))) for k in range(500)]}
        for n in range(40)
    ]
    filled.answer(invoices=bulk).sync()
    store = filled.store()
    store.close()
    before = file.stat().st_size
    filled.sync(keep_pages="none")
    store = filled.store()
    ((free,),) = [tuple(row.values()) for row in store.select("PRAGMA freelist_count")]
    store.close()
    assert file.stat().st_size <= before
    assert free * 10 < before / 4096


def test_the_configuration(filled):
    """`keep_pages` may stand in the configuration; what is asked for overrides it."""
    path = filled.folder / "duetrail.toml"
    path.write_text('[store]\nkeep_pages = "none"\n' + path.read_text())
    assert filled.sync(keep_pages="all").dropped_pages == 0
    assert filled.sync().dropped_pages == 2


@pytest.mark.parametrize("value", ['"often"', "-1", "true", "1.5"])
def test_a_wrong_setting(filled, value):
    """Anything else than days, all or none is refused, with what to write."""
    path = filled.folder / "duetrail.toml"
    path.write_text(f"[store]\nkeep_pages = {value}\n" + path.read_text())
    with pytest.raises(ConfigError, match=r"\[store\] keep_pages: pages are kept for a number"):
        filled.sync()


def test_a_wrong_argument(filled):
    """So is it from Python."""
    with pytest.raises(UsageError, match="number of days, all or none"):
        filled.sync(keep_pages="often")


def test_no_record(filled):
    """What names no record is refused."""
    with pytest.raises(UsageError, match="names no record"):
        api.extra_of("echo:i1", config=filled.folder / "duetrail.toml")


def test_erasing_after_the_pages_went(filled):
    """A person is struck out of what was kept of dropped pages, too."""
    later = {"id": "i0", "number": "n0", "note": "ask pat@acme.example"}
    filled.answer(invoices=[{"invoices": [later]}]).sync(keep_pages="none")
    found = api.erase("pat@acme.example", config=filled.folder / "duetrail.toml")
    assert found.changed == {"extras": 1}
    assert extras(filled)["invoices:i0"]["note"] == "ask [erased]"


# --- pages that are dropped at once --------------------------------------------------------------


def test_no_page_is_mapped_twice(project, monkeypatch):
    """With `none` a page is mapped when it comes, and not again when it goes."""
    monkeypatch.setattr("duetrail.pipeline.extras.map_page", lambda *_: pytest.fail("mapped again"))
    assert project.answer(**ANSWERS).sync(keep_pages="none").dropped_pages == 2


def test_the_same_extra(projects):
    """Extra is the same whether a page is dropped at once or later."""
    at_once, later = projects("at_once"), projects("later")
    at_once.answer(**ANSWERS).sync(keep_pages="none")
    later.answer(**ANSWERS).sync()
    later.sync(keep_pages="none")
    assert (extras(at_once), at_once.digest) == (extras(later), later.digest)


def test_pages_of_rejects_later(project):
    """What was noted of a page that stayed after all is no word against the page."""
    project.answer(invoices=[{"invoices": [{"id": "i0", "number": 1}, {"id": "i1", "note": "x"}]}])
    assert project.sync(keep_pages="none").dropped_pages == 0
    config = project.folder / "duetrail.toml"
    assert api.extra_of("echo:invoices:i1", config=config) == {"note": "x"}
    store = project.store()
    assert store.extras(1) is None
    store.close()
    project.answer(invoices=[{"invoices": [{"id": "i0"}, {"id": "i1", "note": "x"}]}])
    assert project.sync(keep_pages="none").dropped_pages == 2
    assert api.extra_of("echo:invoices:i1", config=config) == {"note": "x"}
