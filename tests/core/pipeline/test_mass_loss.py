"""Sudden mass loss: much that is missing at once is not believed before it is confirmed."""

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from duetrail import errors
from duetrail.model import Invoice
from duetrail.pipeline.commit import Committer
from duetrail.source import Cursor, Keys, Resource
from support.nightly import examples

NOW = "2026-01-01T00:00:00.000000Z"
FOUR, FIVE, SIX, TEN, FIFTEEN = (range(n) for n in (4, 5, 6, 10, 15))


def listing(rows, **keyed):
    return {
        "invoices": [{"invoices": [{"id": f"i{n}", "number": f"i{n}"} for n in rows]}],
        "customers": [{"customers": []}],
        "replies": {},
        "calls": {f"i{n}": [{"calls": []}] for n in rows} | keyed.get("calls", {}),
    }


def calls(*each):
    """Answers to keys: of each invoice, from i0 on, so many calls."""
    answers = {
        f"i{n}": [{"calls": [{"id": f"c{n}-{k}"} for k in range(count)]}]
        for n, count in enumerate(each)
    }
    return listing(range(len(each)), calls=answers)


@pytest.fixture
def absent(project):
    """How many records of each table are marked absent."""

    def read():
        return dict(project.rows("SELECT record, count(*) FROM absent GROUP BY record"))

    return read


def told(summary, resource="invoices"):
    """The troubles of a resource, each by its message."""
    (entry,) = [r for r in summary.resources if r.resource == resource]
    return [problem.message for problem in entry.problems if problem.kind != "unknown key"]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (TEN, (), "10 of 10 live invoices"),
        (TEN, FIVE, "5 of 10 live invoices"),
        (FIFTEEN, TEN, "5 of 15 live invoices"),
        (range(16), range(11), ""),
        (range(12), range(8), ""),
        (FOUR, (), ""),
        (FIVE, (), "5 of 5 live invoices"),
        (TEN, range(20, 30), "10 of 10 live invoices"),
        (TEN, range(20, 90), "10 of 10 live invoices"),
    ],
)
def test_what_is_sudden(project, absent, before, after, said):
    """A third of what was live, and five at least: that is told, ends 3, and marks nothing."""
    project.answer(**listing(before)).sync()
    summary = project.answer(**listing(after)).sync(select=["invoices"])
    gone = len(set(before) - set(after))
    assert [message.partition(" are")[0] for message in told(summary)] == [said] * bool(said)
    assert (summary.exit_code, absent()) == ((3, {}) if said else (0, {"invoices": gone}))


def test_the_next_reading_agrees(project, absent):
    """What is missing a second time is gone, and then all is quiet."""
    project.answer(**listing(TEN)).sync(select=["invoices"])
    project.answer(**listing(FIVE)).sync(select=["invoices"])
    summary = project.sync(select=["invoices"])
    assert (summary.exit_code, absent()) == (0, {"invoices": 5})
    assert project.sync(select=["invoices"]).written == 0
    assert project.rows("SELECT * FROM withheld") == []


def test_the_next_reading_shows_them(project, absent):
    """What is there again was never marked; nothing of the bad reading is left."""
    project.answer(**listing(TEN)).sync(select=["invoices"])
    before = project.digest
    project.answer(**listing(())).sync(select=["invoices"])
    assert project.digest == before
    summary = project.answer(**listing(TEN)).sync(select=["invoices"])
    assert (summary.exit_code, summary.written, absent()) == (0, 0, {})
    assert project.rows("SELECT * FROM withheld") == []


def test_the_next_reading_misses_others(project, absent):
    """Readings that miss now these and now those confirm nothing, however often."""
    project.answer(**listing(TEN)).sync(select=["invoices"])
    for missing in (range(5), range(4, 10), range(6), range(2, 9)):
        project.answer(**listing(set(TEN) - set(missing)))
        assert project.sync(select=["invoices"]).exit_code == 3
        assert absent() == {}
    assert project.sync(select=["invoices"]).exit_code == 0
    assert absent() == {"invoices": 7}


def test_the_next_reading_misses_many_more(project, absent):
    """A second sudden loss on top of the first is not confirmed by it."""
    project.answer(**listing(range(20))).sync(select=["invoices"])
    project.answer(**listing(range(10))).sync(select=["invoices"])
    summary = project.answer(**listing(FOUR)).sync(select=["invoices"])
    assert (len(told(summary)), absent()) == (1, {})
    assert project.sync(select=["invoices"]).exit_code == 0
    assert absent() == {"invoices": 16}


def test_the_next_reading_misses_a_few_more(project, absent):
    """A few that went in between do not hinder it."""
    project.answer(**listing(range(20))).sync(select=["invoices"])
    project.answer(**listing(range(10))).sync(select=["invoices"])
    assert project.answer(**listing(range(8))).sync(select=["invoices"]).exit_code == 0
    assert absent() == {"invoices": 12}


def test_the_user_accepts(project, absent):
    """Who knows that they are gone says so, at once or after the first warning."""
    project.answer(**listing(TEN)).sync(select=["invoices"])
    project.answer(**listing(FIVE)).sync(select=["invoices"])
    summary = project.answer(**listing(())).sync(select=["invoices"], accept_absences=True)
    assert (summary.exit_code, absent()) == (0, {"invoices": 10})
    assert project.rows("SELECT * FROM withheld") == []


@pytest.mark.parametrize("end", ["Incomplete", "Unavailable"])
def test_a_partial_reading_does_not_agree(project, absent, end):
    """Only a reading proven complete is a second one; until then the user is reminded."""
    project.answer(**listing(TEN)).sync(select=["invoices"])
    project.answer(**listing(())).sync(select=["invoices"])
    partial = listing(())
    partial["invoices"].append(end)
    summary = project.answer(**partial).sync(select=["invoices"])
    assert absent() == {}
    assert "10 records were missing" in summary.resources[0].notices[0]
    project.answer(**listing(())).sync(select=["invoices"])
    assert absent() == {"invoices": 10}


def test_the_settings(project, absent):
    """What counts as sudden is the connection's to say."""
    settings = {"mass_loss_share": 0.1, "mass_loss_least": 2}
    project.configure(echo={"invoices": "echo:number", **settings})
    project.answer(**listing(range(20))).sync(select=["invoices"])
    assert project.answer(**listing(range(18))).sync(select=["invoices"]).exit_code == 3
    settings = {"mass_loss_share": 1, "mass_loss_least": 21}
    project.configure(echo={"invoices": "echo:number", **settings})
    assert project.answer(**listing(())).sync(select=["invoices"]).exit_code == 0
    assert absent() == {"invoices": 20}


def test_what_hangs_on_it_stays(project, absent):
    """What stood inside, and the answers to keys, do not go with what is withheld."""
    project.answer(**calls(*[1] * 10)).sync()
    project.answer(**{**calls(*[1] * 10), "invoices": [{"invoices": []}]}).sync()
    assert absent() == {}
    states = project.rows("SELECT count(*) FROM checkpoints WHERE resource = 'calls'")
    assert states == [(10,)]


def test_rejects_stay_open(project):
    """What was set aside is not over because a reading that is not believed does not show it."""
    bad = listing(TEN)
    bad["invoices"][0]["invoices"].append({"number": 5})
    project.answer(**bad).sync(select=["invoices"])
    project.answer(**listing(())).sync(select=["invoices"])
    assert len(project.rows("SELECT * FROM rejects")) == 1
    project.sync(select=["invoices"])
    assert project.rows("SELECT * FROM rejects") == []


def test_rejects_of_keys_stay_open(project):
    """Nor those that stood in the answer to a key."""
    good = calls(*[2] * 5)
    bad = calls(*[2] * 5)
    bad["calls"]["i0"][0]["calls"].append({"number": 5})
    project.answer(**bad).sync()
    project.answer(**calls(*[0] * 5)).sync()
    assert len(project.rows("SELECT * FROM rejects")) == 1
    project.answer(**good).sync()
    assert project.rows("SELECT * FROM rejects") == []


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ([0] * 6, "36 of 36 live calls"),
        ([3] * 6, "18 of 36 live calls"),
        ([0, 6, 6, 6, 6, 6], ""),
        ([0, 0, 6, 6, 6, 6], "12 of 36 live calls"),
    ],
)
def test_answers_to_keys(project, absent, after, said):
    """All keys that were answered are one listing: one of many that loses its own is no alarm."""
    project.answer(**calls(*[6] * 6)).sync()
    summary = project.answer(**calls(*after)).sync()
    assert [one.partition(" are")[0] for one in told(summary, "calls")] == [said] * bool(said)
    assert ("calls" in absent()) == (not said)
    assert project.sync().exit_code == 0
    assert absent()["calls"] == 36 - sum(after)


def test_keys_that_are_not_answered_do_not_count(project, absent):
    """That a hundred keys are silent does not make what the others lost a small share."""
    project.answer(**calls(*[6] * 6)).sync()
    some = calls(0, *[6] * 5)
    some["calls"] |= {f"i{n}": ["Unavailable"] for n in range(1, 6)}
    summary = project.answer(**some).sync()
    assert told(summary, "calls")[-1].startswith("6 of 6 live calls are missing")
    assert absent() == {}
    project.answer(**calls(*[6] * 6)).sync()
    assert (absent(), project.rows("SELECT * FROM withheld")) == ({}, [])


def test_two_tables_in_one_listing(toy, project, absent):
    """Each table by itself; but a reading is believed as a whole or not at all."""
    shapes = (toy.shape("invoice"), toy.shape("customer"))
    resource = Resource(name="both", shapes=shapes)
    rows = {"invoices": [{"id": f"i{n}"} for n in TEN], "customers": [{"id": f"u{n}"} for n in TEN]}
    plugin = toy.hooked(fetch=lambda shard, **_: [toy.page(rows)])
    connection = toy.connect(source=toy.declaring(resource))
    project.run(plugin, connection)
    del rows["invoices"][:5], rows["customers"][0]
    (entry,) = project.run(plugin, connection).resources
    assert entry.problems[0].message.startswith("5 of 10 live invoices are missing")
    assert absent() == {}
    project.run(plugin, connection)
    assert absent() == {"invoices": 5, "parties": 1}


def test_what_another_listing_shows_is_not_missing(toy, project, absent):
    """That all went from the list of what is open to that of what is paid is no loss."""
    shape = toy.shape("invoice")
    names = ("open", "paid")
    resources = [Resource(name=n, shapes=(evolve(shape, name=n),)) for n in names]
    rows = {"open": [{"id": f"i{n}"} for n in TEN], "paid": []}
    plugin = toy.hooked(
        fetch=lambda shard, **_: [toy.page({"invoices": rows[shard.resource]})],
    )
    connection = toy.connect(source=toy.declaring(*resources))
    project.run(plugin, connection)
    rows["paid"], rows["open"] = rows["open"], []
    assert project.run(plugin, connection).exit_code == 0
    assert absent() == {}


@pytest.mark.parametrize(
    ("bad", "how", "code"),
    [("Unavailable", {}, 1), ("Incomplete", {}, 3), ("", {"select": ["open"]}, 0)],
)
def test_what_an_unread_listing_may_show_is_not_missing(toy, project, absent, bad, how, code):
    """What went to a list that was not read to its end is not marked before that list was read."""
    shape = toy.shape("invoice")
    names = ("open", "paid")
    resources = [Resource(name=n, shapes=(evolve(shape, name=n),)) for n in names]
    rows = {"open": [{"id": "i1"}, {"id": "i2"}], "paid": [{"id": "i3"}]}
    error = ""

    def fetch(shard, session, connection):
        if shard.resource == "paid" and error:
            raise getattr(errors, error)("not now")
        yield toy.page({"invoices": rows[shard.resource]})

    plugin, connection = toy.hooked(fetch=fetch), toy.connect(source=toy.declaring(*resources))
    project.run(plugin, connection)
    rows["paid"].append(rows["open"].pop())
    error = bad
    summary = project.run(plugin, connection, **how)
    assert (summary.exit_code, absent()) == (code, {})
    (notice,) = summary.resources[0].notices
    assert "it may stand in paid" in notice
    full = "SELECT run FROM checkpoints WHERE resource = 'open' AND state = 'full'"
    assert project.rows(full) == [(1 if bad else 2,)]  # or it stays due
    error = ""
    rows["paid"].pop()
    assert project.run(plugin, connection).exit_code == 0
    assert absent() == {"invoices": 1}


def test_links_of_what_stands_elsewhere(toy, project, absent):
    """Answers to keys that are all empty take no links away, though a list shows the records."""
    shape, call = toy.shape("invoice"), toy.shape("call")
    keys = Keys(record=Invoice, column="id")
    resources = (
        Resource(name="invoices", shapes=(shape,)),
        Resource(name="every", shapes=(evolve(call, name="every"),)),
        Resource(name="calls", shapes=(call,), keys=keys),
    )
    some = [{"id": f"c{n}"} for n in TEN]
    rows = {"invoices": [{"id": "i1"}, {"id": "i2"}], "every": some, "i1": some, "i2": []}

    def fetch(shard, **_):
        name = "invoices" if shard.resource == "invoices" else "calls"
        yield toy.page({name: rows[shard.key.value if shard.key else shard.resource]})

    plugin, connection = toy.hooked(fetch=fetch), toy.connect(source=toy.declaring(*resources))
    links = "SELECT count(*) FROM links WHERE how = 'keyed'"
    project.run(plugin, connection)
    assert project.rows(links) == [(10,)]
    rows["i1"] = []
    assert project.run(plugin, connection).exit_code == 3
    assert project.rows(links) == [(10,)]
    assert project.run(plugin, connection).exit_code == 0
    assert (project.rows(links), absent()) == ([(0,)], {})
    rows["i1"], rows["i2"] = some, some
    project.run(plugin, connection)
    rows["i1"] = []  # the other key shows them still
    assert project.run(plugin, connection).exit_code == 0
    assert project.rows(links) == [(10,)]


def test_what_another_key_list_shows_is_not_missing(toy, project, absent):
    """That all drafts of all invoices were sent is no loss: they are among what was sent."""
    mail = toy.shape("reply", path="$.emails[*]")
    keys = Keys(record=Invoice, column="id")
    resources = (
        Resource(name="invoices", shapes=(toy.shape("invoice"),)),
        Resource(name="drafts", shapes=(evolve(mail, name="draft"),), keys=keys),
        Resource(name="sent", shapes=(evolve(mail, name="sent"),), keys=keys),
    )
    rows = {"invoices": [{"id": "i1"}], "drafts": [{"id": f"e{n}"} for n in TEN], "sent": []}

    def fetch(shard, **_):
        name = "invoices" if shard.resource == "invoices" else "emails"
        yield toy.page({name: rows[shard.resource]})

    plugin, connection = toy.hooked(fetch=fetch), toy.connect(source=toy.declaring(*resources))
    project.run(plugin, connection)
    for begin in (10, 20):
        rows["sent"] = rows["sent"] + rows["drafts"]
        rows["drafts"] = [{"id": f"e{n}"} for n in range(begin, begin + 10)]
        assert project.run(plugin, connection).exit_code == 0
        assert (absent(), project.rows("SELECT * FROM withheld")) == ({}, [])
    assert project.rows("SELECT count(*) FROM links WHERE how = 'keyed'") == [(30,)]


def test_a_reading_with_rejects_settles_nothing(toy, project, absent):
    """It is no second reading, and the next one is a whole one again."""
    from duetrail.pipeline.scope import Scope

    rows, asked = [{"id": f"i{n}"} for n in TEN], []
    plugin, connection = _with_cursor(toy, rows, asked)
    project.run(plugin, connection)
    rows[:] = rows[:2]
    project.run(plugin, connection, scope=Scope(full=True))
    rows.append({"number": 5})
    (entry,) = project.run(plugin, connection).resources
    assert (entry.rejected, len(entry.notices), absent()) == (1, 1, {})
    rows.pop()
    project.run(plugin, connection)
    assert (asked[1:], absent()) == ([None] * 3, {"invoices": 8})


def _with_cursor(toy, rows, asked):
    """A plugin whose listing is asked for its news only, once it was read in full."""

    def fetch(shard, **_):
        asked.append(shard.cursor)
        yield toy.page({"invoices": [] if shard.cursor else list(rows)})
        yield Cursor("later")

    resource = Resource(name="invoices", shapes=(toy.shape("invoice"),))
    return toy.hooked(fetch=fetch), toy.connect(source=toy.declaring(resource))


def test_the_next_reading_is_a_whole_one(toy, project, absent):
    """A listing of which only the news is read is read in full until the loss is settled."""
    from duetrail.pipeline.scope import Scope

    rows, asked = [{"id": f"i{n}"} for n in TEN], []
    plugin, connection = _with_cursor(toy, rows, asked)
    project.run(plugin, connection)
    rows.clear()
    assert project.run(plugin, connection).exit_code == 0  # only the news
    assert project.run(plugin, connection, scope=Scope(full=True)).exit_code == 3
    assert absent() == {}
    assert project.run(plugin, connection).exit_code == 0
    assert absent() == {"invoices": 10}
    project.run(plugin, connection)
    assert asked == [None, "later", None, None, "later"]


def test_killed_after_withholding(toy, project, absent):
    """A run that is cut off after it withheld is gone on from, and the listing read once more."""
    from duetrail.pipeline.scope import Scope

    rows, asked = [{"id": f"i{n}"} for n in TEN], []
    plugin, connection = _with_cursor(toy, rows, asked)
    project.run(plugin, connection)
    rows.clear()
    project.run(plugin, connection, scope=Scope(full=True))
    store = project.store()
    with store.transaction():
        store._db.execute("UPDATE runs SET state = 'running' WHERE run = 2")
    store.close()
    summary = project.run(plugin, connection)
    assert (summary.resumed_from, asked[-1], summary.exit_code) == (2, None, 0)
    assert absent() == {"invoices": 10}


def _stop(progress):
    raise KeyboardInterrupt


@pytest.mark.parametrize("cuts", [1, 2])
def test_killed_after_what_is_new(project, absent, cuts):
    """What was new before a kill is no part of what was live, once the run is gone on with."""
    project.answer(**listing(TEN)).sync(select=["invoices"])
    pages = [listing(rows)["invoices"][0] for rows in (range(20, 40), range(40, 60), FIVE)]
    project.answer(**listing(()) | {"invoices": pages})
    for at in range(cuts):
        left = iter(range(at))
        with pytest.raises(KeyboardInterrupt):
            project.sync(
                select=["invoices"],
                workers=1,
                observer=lambda progress, left=left: next(left, None) is None and _stop(progress),
            )
    (message,) = told(project.sync(select=["invoices"]))
    assert message.startswith("5 of 10 live invoices are missing")
    assert absent() == {}


def test_each_process_counts_what_is_new_to_itself(toy, ledger):
    """Of several that share a run each goes on with its own number after a kill, and no other."""
    resource = toy.source.resource("invoices")
    run = ledger.run().store.begin_run(NOW)

    def committer(part):
        return Committer(ledger.store, run, ledger.plugins, NOW, part=part)

    for part, rows in (("1/2 ", FOUR), ("2/2 ", range(4, 9))):
        batch = toy.batch({"invoices": [{"id": f"i{n}"} for n in rows]})
        committer(part).commit((batch, None))
    parts = ("1/2 ", "2/2 ", "")
    new = [committer(part).arrivals(toy.connection, resource)["invoice"] for part in parts]
    assert new == [4, 5, 0]


def test_killed_while_withholding(toy, project, absent, monkeypatch):
    """Where the note itself could not be written, nothing was concluded, and the next run is it."""
    from duetrail.pipeline.mass_loss import MassLossCheck
    from duetrail.pipeline.scope import Scope

    rows, asked = [{"id": f"i{n}"} for n in TEN], []
    plugin, connection = _with_cursor(toy, rows, asked)
    project.run(plugin, connection)
    rows.clear()

    def killed(*_):
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(MassLossCheck, "withhold", killed)
        with pytest.raises(RuntimeError):
            project.run(plugin, connection, scope=Scope(full=True))
    assert absent() == {}
    summary = project.run(plugin, connection, scope=Scope(full=True))
    assert (summary.exit_code, absent()) == (3, {})
    project.run(plugin, connection)
    assert absent() == {"invoices": 10}


@settings(max_examples=examples(8, 25), deadline=None)
@given(readings=st.lists(st.sets(st.integers(0, 13)), min_size=2, max_size=6))
def test_any_readings(toy, tmp_path_factory, readings):
    """Whatever is read in whatever order: what is marked, and what is withheld, is as said."""
    from tests.core.pipeline.conftest import Project

    project = Project(tmp_path_factory.mktemp("readings"), toy)
    rows = []
    resource = Resource(name="invoices", shapes=(toy.shape("invoice"),))
    plugin = toy.hooked(fetch=lambda shard, **_: [toy.page({"invoices": rows})])
    connection = toy.connect(source=toy.declaring(resource))
    live, gone, withheld = set(), set(), set()
    for reading in readings:
        rows[:] = [{"id": str(n)} for n in reading]
        code = project.run(plugin, connection).exit_code
        missing = live - reading
        again = set() if withheld & reading else withheld & missing
        first, known = len(missing - again), len(live - again)
        is_sudden = first >= 5 and first * 3 >= known
        gone = (gone - reading) | (set() if is_sudden else missing)
        live = (live | reading) - gone
        withheld = missing if is_sudden else set()
        assert code == (3 if is_sudden else 0)
        assert {int(id) for (id,) in project.rows("SELECT id FROM absent")} == gone
        assert {int(id) for (id,) in project.rows("SELECT id FROM withheld")} == withheld


def test_several_connections(project, absent):
    """One vendor's bad answer holds up no other connection."""
    other = project.folder / "other.json"
    settings = {"invoices": "echo:number"}
    project.configure(echo=settings, two={"invoices": "two:number", "answers": str(other)})
    project.answer(**listing(TEN))
    other.write_bytes((project.folder / "answers.json").read_bytes())
    project.sync(select=["invoices"])
    project.answer(**listing(FIVE))
    other.write_bytes((project.folder / "answers.json").read_bytes())
    project.sync("echo", select=["invoices"])
    summary = project.sync(select=["invoices"])
    assert [r.state for r in summary.resources] == ["complete", "incomplete"]
    assert project.rows("SELECT connection, count(*) FROM absent GROUP BY 1") == [("echo", 5)]


def test_the_order_of_workers(projects):
    """One worker and sixteen come to the same, when it is withheld and when it is believed."""
    found = []
    for workers in (1, 16):
        one = projects(f"of-{workers}")
        digests = []
        for answers in (calls(*[4] * 10), calls(*[4] * 5, *[0] * 5), calls(*[4] * 5, *[0] * 5)):
            one.answer(**answers).sync(workers=workers)
            digests.append(one.digest)
        assert digests[0] == digests[1] != digests[2]
        found.append(digests)
    assert found[0] == found[1]


def test_erasing_a_record_that_is_withheld(project):
    """The note holds ids only, and an id that is a person goes with its record."""
    from duetrail import api

    rows = listing(TEN)
    rows["invoices"][0]["invoices"] += [{"id": "ann.kim@example.com", "number": "x"}]
    project.answer(**rows).sync(select=["invoices"])
    project.answer(**listing(())).sync(select=["invoices"])
    assert ("ann.kim@example.com",) in project.rows("SELECT id FROM withheld")
    api.erase("ann.kim@example.com", config=project.folder / "duetrail.toml")
    assert project.rows("SELECT count(*) FROM withheld") == [(10,)]
    assert project.sync(select=["invoices"]).exit_code == 0


def test_what_the_command_says(project):
    """How many of how many, what to do next, ending with 3, and not that all is as it was."""
    from click.testing import CliRunner

    from duetrail.cli import main

    def sync(*more):
        config = str(project.folder / "duetrail.toml")
        words = ["--config", config, "sync", "--select", "invoices", *more]
        return CliRunner().invoke(main, words)

    project.answer(**listing(TEN)).sync(select=["invoices"])
    project.answer(**listing(FIVE))
    found = sync()
    assert found.exit_code == 3
    assert "echo.invoices: incomplete: 5 of 10 live invoices are missing" in found.stderr
    assert "duetrail sync echo" in found.stderr
    assert "--accept-absences" in found.stderr
    assert "Written: nothing." in found.stdout
    found = sync("--accept-absences")
    assert found.exit_code == 0
    assert "echo.invoices: 5 records are no longer listed." in found.stdout
