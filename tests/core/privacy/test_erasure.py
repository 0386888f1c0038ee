"""Erasure: nothing of a person is left in any file, and the next sync brings nothing back."""

import json
import re
import sqlite3
from contextlib import closing

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duetrail import api
from duetrail.errors import StoreError, UsageError
from duetrail.privacy import erasure
from duetrail.privacy.erasure import changes_of, erase
from duetrail.privacy.forms import ERASED
from duetrail.privacy.suppression import Suppression
from duetrail.stores import Changes, Checkpoint, StateChanges
from duetrail.stores.packing import unpack
from duetrail.stores.removals import is_removed
from duetrail.stores.sqlite import SqliteStore
from support.nightly import examples

PAT = "pat@acme.example"
NOW = "2026-01-01T00:00:00.000000Z"
ANSWERS = {
    "invoices": [
        {
            "invoices": [
                {
                    "id": "i1",
                    "number": "1",
                    "cents": 2025550101,
                    "currency": "USD",
                    "note": "Ask Pat Doe, +1 (202) 555-0101",
                    "customer": {"id": "u1", "name": "Pat Doe"},
                    "emails": [{"id": "e1", "from": PAT, "subject": "To PAT@ACME.example"}],
                },
                {"id": "i2", "number": 7, "note": PAT},
            ]
        }
    ],
    "customers": [{"customers": [{"id": "u1", "name": "Pat Doe", "email": PAT}]}],
    "calls": {"1": [{"calls": [{"id": "c1", "state": "done", "who": "12025550101"}]}]},
}
EVERYBODY = (PAT, "+12025550101", "Pat Doe")


def content(folder):
    """Every byte of the store's files, and of what is compressed in them, in lower case."""
    raw = b"".join(file.read_bytes() for file in sorted(folder.glob("duetrail.db*")))
    with closing(sqlite3.connect(folder / "duetrail.db")) as db, db:
        for (body,) in db.execute("SELECT body FROM pages UNION ALL SELECT extras FROM extras"):
            raw += unpack(body)
    db.close()
    return raw.lower()


def is_anywhere(folder):
    found = content(folder)
    return [word for word in (b"pat@", b"pat doe", b"555-0101", b"12025550101") if word in found]


def erased(project, *contacts, **how):
    return api.erase(*contacts, config=project.folder / "duetrail.toml", **how)


@pytest.fixture
def filled(project):
    """A project of which the first run is over."""
    project.answer(**ANSWERS).sync()
    assert is_anywhere(project.folder)
    return project


def test_nothing_is_left(filled):
    """No file of the store holds the person in any spelling, compressed or not."""
    found = erased(filled, *EVERYBODY)
    assert is_anywhere(filled.folder) == []
    assert found.changed == {"emails": 1, "parties": 1, "variants": 2, "pages": 3, "rejects": 1}
    assert (found.contacts, found.listed, found.removed) == (3, 3, {})


def test_whoever_keeps_a_copy_hears_of_it(filled):
    """Everything that changed is told again, to whoever asks from the last run, until the next."""
    config = filled.folder / "duetrail.toml"
    cursor = api.changes(config=config).cursor
    erased(filled, *EVERYBODY)
    told = list(api.changes(cursor, config=config))
    assert {one.table: one.kind for one in told} == {"emails": "upsert", "parties": "upsert"}
    assert not any("pat" in str(one.row).lower() for one in told)
    filled.sync()
    feed = api.changes(cursor, config=config)
    assert [one.id for one in feed] == [one.id for one in told]
    assert list(api.changes(feed.cursor, config=config)) == []


def test_the_id_of_what_was_removed_before(filled):
    """A person whose id was left by a removed record stands there no more, but can be found."""
    with closing(sqlite3.connect(filled.folder / "duetrail.db")) as db, db:
        for id in ("i7", EVERYBODY[0]):
            db.execute("INSERT INTO removals VALUES ('a', 'parties', ?, 1)", [id])
    erased(filled, *EVERYBODY)
    assert is_anywhere(filled.folder) == []
    first, second = sorted(id for (id,) in filled.rows("SELECT id FROM removals"))
    assert second == "i7"
    assert is_removed(first, EVERYBODY[0])


def test_free_pages(filled):
    """Nor does anything that was dropped before, in the free pages of the file."""
    with closing(sqlite3.connect(filled.folder / "duetrail.db")) as db, db:
        db.execute("PRAGMA secure_delete = OFF")  # not every SQLite is built to do it by default
        for table in ("pages", "variants", "rejects", "emails", "parties"):
            db.execute(f"DELETE FROM {table}")
    db.close()
    assert is_anywhere(filled.folder)
    erased(filled, *EVERYBODY)
    assert is_anywhere(filled.folder) == []


def test_amounts_and_links_stay(filled):
    """Amounts, ids and links are as they were, even with the digits of the number."""
    before = filled.rows("SELECT id, total FROM invoices"), filled.rows("SELECT * FROM links")
    erased(filled, *EVERYBODY)
    after = filled.rows("SELECT id, total FROM invoices"), filled.rows("SELECT * FROM links")
    assert before == after
    assert before[0] == [("i1", "20255501.01")]
    assert filled.rows("SELECT subject, from_address FROM emails") == [(f"To {ERASED}", ERASED)]


def test_the_next_sync(filled):
    """A second run after an erasure writes nothing, and the person does not come back."""
    erased(filled, *EVERYBODY)
    digest = filled.digest
    summary = filled.sync()
    assert (summary.written, [r.pages for r in summary.resources]) == (0, [0] * 4)
    assert filled.digest == digest
    assert is_anywhere(filled.folder) == []


def test_a_remap(filled):
    """Mapping the kept pages again writes nothing either, nor does the run after that."""
    erased(filled, *EVERYBODY)
    digest = filled.digest
    assert api.remap(config=filled.folder / "duetrail.toml").records == {}
    assert sum(r.pages for r in filled.sync().resources) == 0
    assert filled.digest == digest


def test_a_replay(filled):
    """A reject that is replayed and still bad stays the one it was; the next run opens none."""
    erased(filled, *EVERYBODY)
    digest, before = filled.digest, filled.rows("SELECT key, raw, page FROM rejects")
    assert len(before) == 1
    assert api.replay(config=filled.folder / "duetrail.toml").written == 0
    assert filled.rows("SELECT key, raw, page FROM rejects") == before
    assert (filled.sync().written, filled.digest) == (0, digest)
    assert is_anywhere(filled.folder) == []


def test_a_store_that_never_knew(filled, projects):
    """A store that was erased says the same as a fresh one with the same list."""
    erased(filled, *EVERYBODY)
    other = projects("other").answer(**ANSWERS)
    _copy_list(filled, other)
    other.sync()
    assert other.digest == filled.digest
    assert is_anywhere(other.folder) == []


def test_new_data(filled):
    """Whatever a later run brings of the person is struck out before it is written."""
    erased(filled, *EVERYBODY)
    later = {"id": "e9", "from": "Pat Doe <PAT@acme.example>", "subject": "202.555.0101"}
    page = {"invoices": [{"id": "i9", "emails": [later]}, {"id": "i8", "number": 1, "x": PAT}]}
    filled.answer(invoices=[page]).sync()
    assert filled.rows("SELECT from_address, subject FROM emails WHERE id = 'e9'") == [
        (f"{ERASED} <{ERASED}>", ERASED)
    ]
    assert is_anywhere(filled.folder) == []


def test_what_the_run_says_of_itself(filled):
    """The record of a run does not name the person either."""
    erased(filled, PAT)
    filled.answer(invoices=[{"invoices": []}], calls={PAT: []})
    filled.configure(echo={"invoices": ["pat@acme.example"]})
    filled.answer(calls={})
    filled.sync()
    assert b"pat@" not in content(filled.folder)


def test_erasing_again_changes_nothing(filled):
    """Erasing again changes nothing, and says so."""
    erased(filled, *EVERYBODY)
    digest = filled.digest
    again = erased(filled, *EVERYBODY)
    assert (again.listed, again.changed, again.removed) == (0, {}, {})
    assert filled.digest == digest


def test_one_after_the_other(filled, projects):
    """Erased one by one or at once: the same."""
    other = projects("other").answer(**ANSWERS)
    other.sync()
    for one in reversed(EVERYBODY):
        erased(filled, one)
    erased(other, *EVERYBODY)
    assert filled.digest == other.digest


def test_nobody_we_know(filled):
    """Who is nowhere is listed all the same."""
    digest = filled.digest
    found = erased(filled, "nobody@acme.example")
    assert (found.listed, found.changed) == (1, {})
    assert filled.digest == digest
    assert filled.rows("SELECT kind, size FROM suppressed") == [("address", 0)]


def test_dry_run(filled):
    """A dry run counts the same and changes no byte of what is stored."""
    before = filled.digest, filled.rows("SELECT * FROM pages"), filled.rows("SELECT * FROM runs")
    dry = erased(filled, *EVERYBODY, dry_run=True)
    after = filled.digest, filled.rows("SELECT * FROM pages"), filled.rows("SELECT * FROM runs")
    assert before == after
    assert filled.rows("SELECT * FROM suppressed") == []
    wet = erased(filled, *EVERYBODY)
    assert (dry.changed, dry.removed, dry.listed) == (wet.changed, wet.removed, wet.listed)


def test_the_list_names_nobody(filled):
    """The list holds hashes that are of no use without the salt of this very store."""
    erased(filled, *EVERYBODY)
    rows = filled.rows("SELECT salt, hash FROM suppressed")
    assert len({salt for salt, _ in rows}) == 1
    assert all(len(salt) == 32 and len(hash) == 16 for salt, hash in rows)


def test_no_contact(filled):
    """Of several contacts of which one is none, no one is erased."""
    digest = filled.digest
    with pytest.raises(UsageError):
        erased(filled, PAT, "Pat")
    assert filled.digest == digest


def test_during_a_sync(filled):
    """While a sync holds the store it is refused."""
    store = filled.store()
    with store.exclusive(), pytest.raises(StoreError, match="another command is writing"):
        erased(filled, PAT)
    store.close()


def test_while_somebody_reads(filled, monkeypatch):
    """Where a reader keeps old pages alive it says what to do, and to do it again is enough."""
    monkeypatch.setattr("duetrail.stores.opening._WAIT_SECONDS", 0.1)
    reader = sqlite3.connect(filled.folder / "duetrail.db")
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM emails").fetchall()
    with pytest.raises(StoreError, match="another program is reading") as told:
        erased(filled, *EVERYBODY)
    assert "run the same command again" in told.value.hint
    reader.close()
    erased(filled, *EVERYBODY)
    assert is_anywhere(filled.folder) == []


@pytest.mark.parametrize("step", ["remove", "rewrite", "drop_superseded", "compact"])
def test_a_killed_erasure_is_finished_by_the_next_command(filled, monkeypatch, step):
    """An erasure that was killed anywhere is finished by the next command, whichever it is."""
    with monkeypatch.context() as killing:
        killing.setattr(SqliteStore, step, _killed)
        with pytest.raises(KeyboardInterrupt):
            erased(filled, *EVERYBODY)
    assert filled.rows("SELECT * FROM erasures") == [(1,)]
    api.drift(config=filled.folder / "duetrail.toml")
    assert is_anywhere(filled.folder) == []
    assert filled.rows("SELECT * FROM erasures") == []


def _killed(*_, **__):
    raise KeyboardInterrupt


def test_who_is_left_is_told(filled, monkeypatch):
    """Success is said only where nobody is left: else where they stand is, and who is not."""
    with monkeypatch.context() as failing:
        failing.setattr(erasure, "_strike", lambda *_, **__: [])
        with pytest.raises(StoreError, match=r"emails\.subject \(1\).*pages\.body \(3\)") as told:
            erased(filled, *EVERYBODY)
    assert "pat" not in str(told.value).lower()
    erased(filled, *EVERYBODY)
    assert is_anywhere(filled.folder) == []


@pytest.mark.parametrize(
    ("subject", "after"),
    [
        (f"Regards,\nPat Doe, {PAT}\n", f"Regards,\n{ERASED}, {ERASED}\n"),
        ("Item: +49\n202-555-0101", f"Item: +49\n{ERASED}"),
    ],
)
def test_a_text_of_several_lines(project, subject, after):
    """What is struck out of a text is what is looked for afterwards, line by line or as a whole."""
    email = {"id": "e1", "from": "x@y.example", "subject": subject}
    project.answer(invoices=[{"invoices": [{"id": "i1", "number": "1", "emails": [email]}]}]).sync()
    erased(project, *EVERYBODY)
    assert project.rows("SELECT subject FROM emails") == [(after,)]


def test_ids_and_amounts_in_what_was(project):
    """With the digits of a number they stay, in history and in observations that differ, too."""
    digits = "2025550101"
    invoice = {"id": digits, "number": digits, "cents": int(digits), "currency": "USD"}
    customers = [{"id": digits, "name": "Pat Doe"}, {"id": digits, "name": "Acme"}]
    answers = [{"invoices": [{**invoice, "customer": one} for one in customers]}]
    project.answer(invoices=answers, customers=[{"customers": customers[1:]}]).sync()
    project.answer(invoices=[{"invoices": [{**invoice, "state": "paid"}]}]).sync()
    whole = "SELECT content FROM history WHERE record = 'invoices'", "SELECT content FROM variants"
    (was,), *others = (project.rows(statement) for statement in whole)
    assert all(others)
    assert "20255501.01" in was[0]
    erased(project, *EVERYBODY)
    assert project.rows(whole[0]) == [was]
    assert all(digits in content for (content,) in project.rows(whole[1]))


JURGEN = ("J\u00fcrgen M\u00fcller", "j.jurgen@m\u00fcller.example", "+49 30 1234567")
SPELLINGS = [
    "<p>J&uuml;rgen M&uuml;ller</p>",
    "J&#252;rgen M&#xfc;ller",
    "J\u00fcrgen <b>M\u00fcller</b>",
    "J&amp;uuml;rgen&nbsp;M\u00fcller",
    "M\u00dcLLER, J\u00dcRGEN",
    "Mueller, Juergen",
    "Ju\u0308rgen Mu\u0308ller",
    "J\u00fcr\u00adgen\u200b M\u00fcller",
    "https://x.example/?q=J%C3%BCrgen%20M%C3%BCller",
    "https://x.example/?last_name=M%FCller&page=1&first_name=J%FCrgen",
    "Vorname: J\u00fcrgen\nNachname: M\u00fcller",
    "=?utf-8?B?SsO8cmdlbiBNw7xsbGVy?=",
    "=?iso-8859-1?Q?J=FCrgen_M=FCller?= <info@x.example>",
    "Sehr geehrter J=C3=BCrgen M=C3=\r\n=BCller",
    "J.JURGEN+rechnung@m\u00fcller.example",
    "mailto:j.jurgen%40m%C3%BCller.example",
    "J.Jurgen@XN--mller-kva.example",
    "+49&nbsp;30&nbsp;1234567",
    "+49\u00a030\u202f1234567",
    "0049 (0)30 / 123-4567",
    "%2B49301234567",
    "\uff0b49 30 1234567",
]
FIELDS = [
    {"first_name": "J\u00fcrgen", "last_name": "M\u00fcller"},
    {"vorname": ["J\u00fcrgen"], "name": "M\u00fcller"},
    [{"key": "first_name", "value": "J\u00fcrgen"}, {"key": "last_name", "value": "M\u00fcller"}],
    ["Herr", "J\u00fcrgen", "M\u00fcller"],
    {"phone": 49301234567},
    {"fax": [49301234567.0]},
    {"type": "mobile", "number": 49301234567},
]


def test_every_spelling(project):
    """After success no spelling is left: in records, pages, their URLs, rejects, runs, cursors."""
    notes = [
        {
            "id": f"i{n}",
            "number": str(n),
            "note": text,
            "emails": [{"id": f"e{n}", "subject": text}],
        }
        for n, text in enumerate(SPELLINGS)
    ]
    notes += [{"id": f"x{n}", "number": "1", "more": part} for n, part in enumerate(FIELDS)]
    bad = [{**one, "id": f"r{one['id']}", "number": 7} for one in notes]
    project.answer(invoices=[{"invoices": [*notes, *bad]}]).sync()
    with closing(sqlite3.connect(project.folder / "duetrail.db")) as db, db:
        db.execute("UPDATE pages SET url = ?", (f"echo:/{SPELLINGS[9]}",))
        db.execute("UPDATE checkpoints SET cursor = ?", (json.dumps(SPELLINGS[8]),))
        db.execute("UPDATE runs SET summary = json_object('a', ?)", (SPELLINGS[11],))
    db.close()
    assert len(re.findall(MARKS, content(project.folder))) > 3 * len(notes)
    erased(project, *JURGEN)
    assert re.findall(MARKS, content(project.folder)) == []


# What every spelling has: the end of the first name, or the number.
MARKS = rb"(?:rgen|cmdlbi|49301234567|4.{0,6}30.{1,6}123-?4567|4\.9301234567e).{0,30}"


def test_an_id_that_is_a_person(project):
    """An object whose id is the person goes, with all that hangs on it, and stays away."""
    project.answer(
        invoices=[{"invoices": [{"id": "i1", "customer": {"id": PAT, "name": "P"}}]}],
        customers=[{"customers": [{"id": PAT, "name": "P", "email": "p@x.example"}]}],
    ).sync()
    found = erased(project, PAT)
    assert found.removed == {"parties": 1, "observations": 2}
    digest = project.digest
    summary = project.sync()
    assert summary.written == 0
    assert [dict(r.skipped) for r in summary.resources[:2]] == [{"a person who was erased": 1}] * 2
    assert (project.digest, b"pat@" in content(project.folder)) == (digest, False)


def test_a_cursor(filled):
    """A cursor that names the person is given up: the listing is read in full."""
    store = filled.store()
    with store.transaction():
        point = Checkpoint("echo", "invoices", "all", 1, NOW, "done", f'"{PAT}"')
        store.apply(Changes(checkpoints=[point]))
    store.close()
    erased(filled, PAT)
    assert set(filled.rows("SELECT cursor FROM checkpoints")) == {(None,)}


def test_every_column(filled):
    """Each column of text is either looked into or known to hold no word of a vendor's."""
    known = {
        "rejects": {"connection", "resource", "shape", "key", "path", "plugin"},
        "pages": {"connection", "resource", "received_at"},
        "observations": {"connection", "record", "resource", "shape", "id", "version", "path"},
        "checkpoints": {"connection", "resource", "shard", "at", "state"},
        "runs": {"started_at", "ended_at", "state"},
    }
    store = filled.store()
    for table, changes in changes_of(Suppression([])):
        columns = store.select(f"SELECT name FROM pragma_table_info('{table}') WHERE type = 'TEXT'")
        names = {row["name"] for row in columns}
        if table in known:
            assert names - set(changes) == known[table], table
    store.close()


def test_the_pages_that_are_kept(filled):
    """What is left of a page is the page, but for the person."""
    erased(filled, *EVERYBODY)
    store = filled.store()
    ((number,),) = filled.rows("SELECT number FROM pages WHERE resource = 'invoices'")
    page = store.page(number).body.decode()
    store.close()
    expected = msgspec.json.encode(ANSWERS["invoices"][0]).decode()
    for word in (PAT, "PAT@ACME.example", "Pat Doe", "+1 (202) 555-0101"):
        expected = expected.replace(word, ERASED)
    assert page == expected


# --- whatever the vendor sends -------------------------------------------------------------------

WORDS = st.sampled_from([*EVERYBODY, PAT.upper(), "202-555-0101", "doe, pat", "Hello", "é", "12"])
TEXTS = st.lists(WORDS | st.just("\n"), max_size=4).map(" ".join) | st.none()
EMAILS = st.fixed_dictionaries({"id": st.sampled_from("abc"), "from": TEXTS, "subject": TEXTS})
INVOICES = st.fixed_dictionaries(
    {
        "id": st.sampled_from("123"),
        "number": st.sampled_from(["n1", "n2", 3]),  # a number is a reject
        "cents": st.integers(0, 2 * 12025550101),
        "revision": st.integers(1, 2),
        "more": TEXTS,
        "customer": st.none() | st.fixed_dictionaries({"id": st.just("u"), "name": TEXTS}),
        "emails": st.lists(EMAILS, max_size=2),
    }
)
PAGES = st.lists(st.lists(INVOICES, max_size=3), min_size=1, max_size=3)


@settings(
    max_examples=examples(12, 60), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(pages=PAGES)
def test_any_data(toy, ledgers, pages):
    """Erased afterwards or kept out from the start: the same digest, and nobody in any row."""
    late, early = ledgers(), ledgers()
    _commit(toy, late, pages)
    erase(late.store, EVERYBODY)
    with early.store.transaction():
        listed = late.store.sync_state().suppressed
        early.store.put_sync_state(StateChanges(suppressed=listed))
    _commit(toy, early, pages)
    assert late.digest == early.digest
    for ledger in (late, early):
        assert erase(ledger.store, EVERYBODY, dry_run=True).changed == {}


@settings(
    max_examples=examples(10, 30), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(page=PAGES.map(lambda pages: pages[0]))
def test_any_data_again(toy, ledgers, page):
    """What comes again after an erasure is known to be what is stored."""
    ledger = ledgers()
    _commit(toy, ledger, [page])
    erase(ledger.store, EVERYBODY)
    digest = ledger.digest
    (outcome,) = _commit(toy, ledger.run(), [page])
    assert (outcome.mapped, outcome.pages, outcome.links, outcome.rejects) == (0, 0, 0, 0)
    assert ledger.digest == digest


def _commit(toy, ledger, pages):
    return [ledger.commit(toy.batch({"invoices": invoices})) for invoices in pages]


def _copy_list(source, target):
    store, other = source.store(), target.store(create=True)
    with other.transaction():
        other.put_sync_state(StateChanges(suppressed=store.sync_state().suppressed))
    store.close()
    other.close()
