"""Absence: what a complete listing does not show any more is marked, and nothing else is."""

import pytest

from duetrail.model import Call, Callout, Invoice, Ref
from duetrail.pipeline.explain import explain
from duetrail.source import Keys, Resource
from duetrail.streams import BoundSource


def invoice(id, *, emails=(), calls=()):
    return {
        "id": id,
        "number": id,
        "customer": {"id": f"u-{id}", "name": id},
        "emails": [{"id": one} for one in emails],
        "calls": [{"id": one, "state": "planned"} for one in calls],
    }


def answers(*rows, **keyed):
    return {
        "invoices": [{"invoices": [row]} for row in rows] or [{"invoices": []}],
        "customers": [{"customers": []}],
        "replies": keyed.get("replies", {}),
        "calls": keyed.get("calls", {}),
    }


@pytest.fixture
def absent(project):
    """The records that are marked absent, as `table:id`."""

    def read():
        return sorted(
            f"{record}:{id}" for record, id in project.rows("SELECT record, id FROM absent")
        )

    return read


ONE = invoice("i1", emails=["e1"], calls=["c1"])
TWO = invoice("i2")


def test_gone_with_all_that_stood_in_it(project, absent):
    """An invoice that is no longer listed, what stood inside it, and what was derived from that."""
    project.answer(**answers(ONE, TWO)).sync()
    summary = project.answer(**answers(TWO)).sync()
    assert absent() == ["callouts:call:c1", "calls:c1", "emails:e1", "invoices:i1", "parties:u-i1"]
    assert summary.resources[0].absent == 4  # derived records go unsaid
    assert project.rows("SELECT count(*) FROM invoices") == [(2,)]


def test_the_mark_is_the_time_of_the_run_that_first_missed_it(project):
    """The mark is the time of the run that first missed it, and later runs leave it so."""
    project.answer(**answers(ONE, TWO)).sync()
    project.answer(**answers(TWO)).sync()
    ((since, begun),) = project.rows(
        "SELECT absent_since, started_at FROM invoices, runs WHERE id = 'i1' AND run = 2"
    )
    assert since == begun
    assert project.sync().written == 0
    assert project.rows("SELECT absent_since FROM invoices WHERE id = 'i1'") == [(since,)]


def test_back_again(project, absent):
    """What is listed again is present again, with everything that belongs to it."""
    project.answer(**answers(ONE, TWO)).sync()
    project.answer(**answers(TWO)).sync()
    summary = project.answer(**answers(ONE, TWO)).sync()
    assert absent() == []
    assert summary.resources[0].present == 4
    assert project.sync().written == 0


def test_left_out_on_purpose(project, absent):
    """What the mapping leaves out on purpose now is a record no more, as in a fresh store."""
    project.answer(**answers(ONE, TWO)).sync()
    project.answer(**answers({**ONE, "state": "test"}, TWO)).sync()
    assert "invoices:i1" in absent()
    assert "invoices:i2" not in absent()


@pytest.mark.parametrize("end", ["Incomplete", "Unavailable", "Forbidden"])
def test_never_from_a_partial_reading(project, absent, end):
    """A listing that was not read to its end proves nothing."""
    project.answer(**answers(ONE, TWO)).sync()
    partial = answers(TWO)
    partial["invoices"].append(end)
    project.answer(**partial).sync()
    assert absent() == []


def test_never_from_a_limited_reading(project, absent):
    """Nor does one that stopped where it was told to."""
    project.answer(**answers(ONE, TWO)).sync()
    project.answer(**answers(TWO, invoice("i3"))).sync(limit=1)
    assert absent() == []


def test_never_from_a_filtered_reading(toy, project, absent):
    """Nor does one that leaves some out because the connection's options say so."""
    from duetrail.source import Resource

    shape = toy.shape("invoice")
    resource = Resource(name="invoices", shapes=(shape,), filtered=lambda options: True)
    shown = [{"id": "i1"}]
    plugin = toy.hooked(fetch=lambda shard, **_: [toy.page({"invoices": shown})])
    connection = toy.connect(source=toy.declaring(resource))
    project.run(plugin, connection)
    shown.clear()
    project.run(plugin, connection)
    assert absent() == []


def test_one_place_is_enough(project, absent):
    """An object inside one invoice of two is still there when the other is gone."""
    both = [invoice("i1", emails=["e1"]), invoice("i2", emails=["e1"])]
    project.answer(**answers(*both)).sync()
    project.answer(**answers(both[1])).sync()
    assert absent() == ["invoices:i1", "parties:u-i1"]


def test_lists_inside_an_object_prove_nothing(project, absent):
    """No vendor promises that what stands inside an invoice is everything."""
    project.answer(**answers(invoice("i1", emails=["e1", "e2"]))).sync()
    project.answer(**answers(invoice("i1", emails=["e2"]))).sync()
    assert absent() == []


def test_the_answer_to_a_key(project, absent):
    """What the answer to a key no longer shows is gone, though other keys fail."""
    calls = {
        "i1": [{"calls": [{"id": "c1"}, {"id": "c2"}]}],
        "i2": [{"calls": [{"id": "c3"}]}],
    }
    project.answer(**answers(invoice("i1"), invoice("i2"), calls=calls)).sync()
    later = {"i1": [{"calls": [{"id": "c2"}]}], "i2": ["Unavailable"]}
    project.answer(**answers(invoice("i1"), invoice("i2"), calls=later)).sync()
    assert absent() == ["calls:c1"]


def test_the_link_of_a_key_goes_with_its_answer(project):
    """A call that the answer to another key shows now belongs to that key's invoice alone."""
    both = [invoice("i1"), invoice("i2")]
    one = {"i1": [{"calls": [{"id": "c1"}]}], "i2": [{"calls": [{"id": "c1"}]}]}
    project.answer(**answers(*both, calls=one)).sync()
    links = "SELECT invoice_id FROM links WHERE id = 'c1' AND how = 'keyed' ORDER BY 1"
    assert project.rows(links) == [("i1",), ("i2",)]
    project.answer(**answers(*both, calls={**one, "i1": [{"calls": []}]})).sync()
    assert project.rows(links) == [("i2",)]
    assert project.sync().written == 0


def test_the_link_of_a_key_moves_with_it(project, projects):
    """Where a key stands for another invoice now, its calls are that one's, as in a fresh store."""
    calls = {"N1": [{"calls": [{"id": "c1"}]}], "N2": [{"calls": []}]}
    before = [{**invoice("i1"), "number": "N1"}, {**invoice("i2"), "number": "N2"}]
    after = [{**invoice("i1"), "number": "N2"}, {**invoice("i2"), "number": "N1"}]
    project.answer(**answers(*before, calls=calls)).sync()
    project.answer(**answers(*after, calls=calls)).sync()
    assert project.rows("SELECT id, invoice_id FROM links") == [("c1", "i2")]
    assert project.sync().written == 0
    fresh = projects("fresh").answer(**answers(*after, calls=calls))
    fresh.sync()
    assert project.digest == fresh.digest


def test_the_detail_of_a_touch_links_nothing(toy, project):
    """A call that is asked for by its own id has its links from where it was listed, and no more.

    What its list said of invoices, and its detail says otherwise, leaves no link behind.
    """
    calls = Keys(record=Invoice)
    source = toy.declaring(
        Resource(name="invoices", shapes=(toy.shape("invoice"),)),
        Resource(name="calls", shapes=(toy.shape("call", rank=0),), keys=calls),
        Resource(name="details", shapes=(toy.shape("call", rank=1),), keys=Keys(record=Call)),
    )
    connection = toy.connect(source=source, answers=str(project.folder / "answers.json"))
    shown = {"i1": [{"calls": [{"id": "c1", "about": ["i2"]}]}], "i2": [{"calls": []}]}
    detail = {"c1": [{"calls": [{"id": "c1", "about": ["i3"]}]}]}
    pages = answers(*(invoice(id) for id in ("i1", "i2", "i3")), calls=shown)
    project.answer(**pages, details=detail).run(toy.plugin, connection)
    links = "SELECT invoice_id, how FROM links WHERE id = 'c1' ORDER BY 1"
    assert project.rows(links) == [("i1", "keyed"), ("i3", "native")]
    shown |= {"i1": [{"calls": []}], "i2": shown["i1"]}
    project.answer(**pages, details=detail).run(toy.plugin, connection)
    assert project.rows(links) == [("i2", "keyed"), ("i3", "native")]


def test_what_is_derived_moves_along(toy, project):
    """So is what was read off them."""
    keys = Keys(record=Invoice, column="number")
    source = toy.declaring(
        Resource(name="invoices", shapes=(toy.shape("invoice"),)),
        Resource(name="calls", shapes=(toy.shape("call", derives=(Callout,)),), keys=keys),
    )
    connection = toy.connect(source=source, answers=str(project.folder / "answers.json"))
    calls = {"N1": [{"calls": [{"id": "c1", "state": "planned"}]}]}

    def run(**numbers):
        rows = [{**invoice(id), "number": number} for id, number in numbers.items()]
        project.answer(**answers(*rows, calls=calls)).run(toy.plugin, connection)
        return project.rows("SELECT record, invoice_id FROM links ORDER BY 1, 2")

    assert run(i1="N1", i2=None) == [("callouts", "i1"), ("calls", "i1")]
    assert run(i1=None, i2="N1") == [("callouts", "i2"), ("calls", "i2")]


def test_another_key_keeps_its_link(project):
    """When one of two keys moves, the call stays with the invoice of the other."""
    calls = {number: [{"calls": [{"id": "c1"}]}] for number in ("N1", "N2")}

    def sync(**numbers):
        rows = [{**invoice(id), "number": number} for id, number in numbers.items()]
        project.answer(**answers(*rows, calls=calls)).sync()
        return project.rows("SELECT invoice_id FROM links WHERE how = 'keyed' ORDER BY 1")

    assert sync(i1="N1", i2="N2", i3=None) == [("i1",), ("i2",)]
    assert sync(i1="N1", i2=None, i3="N2") == [("i1",), ("i3",)]


def test_a_key_of_any_name(project, absent):
    """No id is mistaken for a word of our own, not even an asterisk."""
    calls = {"*": [{"calls": [{"id": "c1"}]}]}
    project.answer(**answers(invoice("*"), calls=calls)).sync()
    project.answer(**answers(invoice("*"), calls={"*": ["Unavailable"]})).sync()
    assert absent() == []


def test_an_unknown_key_proves_nothing(project, absent):
    """That a vendor does not know a key any more says nothing of what it showed before."""
    calls = {"i1": [{"calls": [{"id": "c1"}]}]}
    project.answer(**answers(invoice("i1"), calls=calls)).sync()
    project.answer(**answers(invoice("i1"))).sync()
    assert absent() == []


def test_keys_of_what_is_gone_are_not_asked(project, absent):
    """A callout that is gone is not asked for, and what it alone led to is gone with it."""
    replies = {"call:c1": [{"replies": [{"id": "r1"}]}]}
    project.answer(**answers(ONE, replies=replies)).sync()
    assert absent() == []
    summary = project.answer(**answers()).sync()
    entries = {entry.name: entry for entry in summary.resources}
    assert (entries["echo.replies"].shards, entries["echo.replies"].unknown_keys) == (0, 0)
    assert "callouts:call:c1" in absent()


def test_what_nobody_knows_any_more_is_asked_once(project):
    """A key whose invoice is gone elsewhere, and that its own vendor knows no more, is at rest."""
    other = project.folder / "other.json"
    other.write_text('{"calls": {"i1": [{"calls": [{"id": "c1"}]}]}}')
    project.answer(**answers(ONE)).configure(
        echo={}, calls={"answers": str(other), "invoices": "echo:number"}
    )

    def keys():
        entries = {entry.name: entry for entry in project.sync().resources}
        return entries["calls.calls"].shards, entries["calls.calls"].unknown_keys

    assert keys() == (1, 0)
    project.answer(**answers())
    assert keys() == (1, 0)  # the other vendor may know it still
    other.write_text("{}")
    assert keys() == (0, 1)
    assert keys() == (0, 0)


def test_the_digest_knows_what_is_there(project, projects):
    """A store that met what is gone, and one that never did, say the same."""
    project.answer(**answers(ONE, TWO)).sync()
    project.answer(**answers(TWO)).sync()
    fresh = projects("fresh").answer(**answers(TWO))
    fresh.sync()
    assert project.digest == fresh.digest


def test_a_details_page_has_no_say(toy, project, absent):
    """A record's own details, asked for by its id, do not keep it when it is no longer listed."""
    from attrs import evolve

    from duetrail.model import Invoice
    from duetrail.source import Keys, Resource

    listed = Resource(name="invoices", shapes=(toy.shape("invoice"),))
    shape = evolve(toy.shape("invoice"), name="detail", path="$.invoice", rank=1)
    details = Resource(name="details", shapes=(shape,), keys=Keys(record=Invoice))
    connection = toy.connect(source=toy.declaring(listed, details))
    ids = ["i1", "i2"]

    def fetch(shard, session, connection):
        if shard.key is None:
            yield toy.page({"invoices": [{"id": id} for id in ids]})
        else:
            yield toy.page({"invoice": {"id": shard.key.value, "number": "1"}})

    plugin = toy.hooked(fetch=fetch)
    project.run(plugin, connection)
    ids.remove("i1")
    summary = project.run(plugin, connection)
    assert absent() == ["invoices:i1"]
    assert summary.resources[1].shards == 1


def test_a_place_it_has_left_has_no_word(toy, project, absent):
    """What another listing said of an object that it shows no more is not said any more."""
    from attrs import evolve

    from duetrail.source import Resource

    shapes = {name: toy.shape("customer", name=name, path="$.customers[*]") for name in "ab"}
    resources = [Resource(name=n, shapes=(evolve(s, rank=n == "b"),)) for n, s in shapes.items()]
    connection = toy.connect(source=toy.declaring(*resources))
    shown = {"a": [{"id": "u1", "name": "list"}], "b": [{"id": "u1", "name": "draft"}]}
    plugin = toy.hooked(fetch=lambda shard, **_: [toy.page({"customers": shown[shard.resource]})])

    def name():
        project.run(plugin, connection)
        return project.rows("SELECT name, absent_since FROM parties")

    assert name() == [("draft", None)]
    draft, shown["b"] = shown["b"], []
    assert name() == [("list", None)]
    shown["b"] = draft
    assert name() == [("draft", None)]
    assert project.run(plugin, connection).written == 0


def test_derived_records_follow(project, absent):
    """A callout that is derived from a call is absent and present together with it."""
    project.answer(**answers(ONE)).sync()
    project.answer(**answers()).sync()
    assert f"{Callout.table}:call:c1" in absent()
    project.answer(**answers(ONE)).sync()
    assert absent() == []


def test_a_run_that_goes_on(project, absent):
    """After an interrupted run, what that run has met counts as met."""
    project.answer(**answers(ONE, TWO)).sync()

    def interrupt(progress):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        project.sync(observer=interrupt, workers=1)
    project.answer(**answers(TWO)).sync()
    assert absent() == []
    project.sync()
    assert "invoices:i1" in absent()


def test_what_is_set_aside_is_not_gone(project, absent):
    """An invoice that is shown and cannot be mapped, or in an older version, is still there."""
    first = {**invoice("i1"), "revision": 2}
    project.answer(**answers(first, TWO)).sync()
    project.answer(**answers({**first, "number": 7}, TWO)).sync()
    assert absent() == []
    project.answer(**answers({**first, "revision": 1}, TWO)).sync()
    assert absent() == []


@pytest.fixture
def partners(toy, project):
    """Echo, whose calls have a partner; invoice i1 names him "Old", i2, an older version, "New"."""
    shapes = (
        toy.shape("invoice"),
        toy.shape("in.customer"),
        toy.shape("in.call"),
        toy.shape("in.customer", name="partner", path="$.invoices[*].calls[*].partner"),
    )
    connection = toy.connect(source=toy.declaring(Resource(name="invoices", shapes=shapes)))
    new = {"id": "i2", "calls": [{"id": "c1"}], "customer": {"id": "u1", "name": "New"}}

    def show(*calls):
        old = {"id": "i1", "calls": list(calls)}
        shown = {"invoices": [old, new] if calls else [new]}
        plugin = toy.hooked(fetch=lambda shard, **_: [toy.page(shown)])
        project.run(plugin, connection)
        return {connection.name: BoundSource(connection, plugin)}

    return show


OLD = {"id": "c1", "partner": {"id": "u1", "name": "Old", "revision": 9}}


def test_what_stands_deeper_goes_with_the_outermost(partners, project):
    """A partner inside a call inside an invoice that is gone has no word in what it is now."""
    partners(OLD)
    assert project.rows("SELECT name FROM parties") == [("Old",)]
    partners()
    assert project.rows("SELECT name, absent_since FROM parties") == [("New", None)]


def test_a_place_that_was_left_explains_nothing(partners, project):
    """Nor does the page it stood on explain what the partner is called."""
    partners(OLD)
    connections = partners()
    store = project.store()
    found = explain(store, connections, Ref("echo", "parties", "u1"), "name")
    store.close()
    assert [(origin.path, origin.value) for origin in found.origins] == [
        ("$.invoices[1].customer.name", "New")
    ]


def test_what_is_derived_again_has_the_links_again(project):
    """A callout that a call gives rise to once more, when a newer copy is gone, has its links."""
    planned = {"id": "c1", "state": "planned", "revision": 1}
    rows = [{"id": "i1", "calls": [planned]}, {"id": "i2", "calls": [planned]}]
    made = {"id": "i3", "calls": [{"id": "c1", "state": "made", "revision": 2}]}
    project.answer(**answers(*rows, made)).sync()
    assert project.rows("SELECT id FROM callouts") == []
    project.answer(**answers(*rows)).sync()
    links = project.rows("SELECT invoice_id, how FROM links WHERE id = 'call:c1'")
    assert links == project.rows("SELECT invoice_id, how FROM links WHERE id = 'c1'")
    assert len(links) == 3


def test_a_list_that_is_left_out_shows_that_all_are_gone(toy, project, absent):
    """`{}` in place of an empty list is a page like any other, where its shape says so."""
    resource = Resource(name="invoices", shapes=(toy.shape("invoice", may_be_absent=True),))
    shown = {"invoices": [{"id": "i1"}]}
    plugin = toy.hooked(fetch=lambda shard, **_: [toy.page(shown)])
    connection = toy.connect(source=toy.declaring(resource))
    project.run(plugin, connection)
    shown.clear()
    summary = project.run(plugin, connection)
    assert (absent(), summary.resources[0].notices) == (["invoices:i1"], [])


# --- what stands inside an object that is no record ----------------------------------------------


@pytest.fixture
def desk(toy, project):
    """Syncs pages of invoices, of which those in `state: test` are left out on purpose."""
    call = toy.shape("call", path="$.invoices[*].emails[*].calls[*]")
    shapes = (toy.shape("invoice"), toy.shape("in.email"), call)

    def show(*rows, shapes=shapes, **how):
        connection = toy.connect(source=toy.declaring(Resource(name="invoices", shapes=shapes)))
        plugin = toy.hooked(fetch=lambda shard, **_: [toy.page({"invoices": list(rows)})])
        (entry,) = project.run(plugin, connection, **how).resources
        return entry

    return show


def left_out(id, *emails, **more):
    inside = [{"id": one, "calls": [{"id": f"c-{one}"}]} for one in emails]
    return {"id": id, "state": "test", "emails": inside, **more}


def test_what_stands_in_no_record_goes_with_it(desk, absent):
    """Where the object around is not listed any more, however deep; and comes back with it."""
    desk(left_out("i1", "e1"), left_out("i2", "e2"))
    assert desk(left_out("i2", "e2")).absent == 2
    assert absent() == ["calls:c-e1", "emails:e1"]
    assert desk(left_out("i2", "e2")).written == 0
    assert desk(left_out("i1", "e1"), left_out("i2", "e2")).present == 2
    assert absent() == []
    desk()
    assert absent() == ["calls:c-e1", "calls:c-e2", "emails:e1", "emails:e2"]


@pytest.mark.parametrize("left", [["e2"], []], ids=["some", "none"])
def test_as_long_as_the_object_around_is_listed_nothing_is_gone(desk, absent, left):
    """No vendor promises that what stands inside it is everything, be it a record or none."""
    desk(left_out("i1", "e1", "e2"))
    assert desk(left_out("i1", *left)).absent == 0
    assert absent() == []
    assert desk(left_out("i3")).absent == 4


def test_what_moves_out_of_no_record_is_still_there(desk, absent):
    """One that stands elsewhere is not gone."""
    desk(left_out("i1", "e1"), left_out("i2"))
    desk(left_out("i2", "e1"))
    assert absent() == []


def test_the_object_around_may_become_a_record_and_none_again(desk, absent):
    """What stands inside it is there all the time, shown or not."""
    desk(left_out("i1", "e1", "e2"))
    desk(left_out("i1", "e1", state="open"))
    assert absent() == []
    desk(left_out("i1", "e1"))
    assert absent() == ["invoices:i1"]
    assert desk(left_out("i1", "e1")).written == 0
    desk(left_out("i9"))
    assert absent() == ["calls:c-e1", "calls:c-e2", "emails:e1", "emails:e2", "invoices:i1"]


def test_a_mass_loss_inside_objects_that_are_no_record_is_withheld(desk, absent):
    """As any other, by what was there; the next complete reading confirms it."""
    every = [left_out(f"i{at}", f"e{at}") for at in range(30)]
    desk(*every)
    assert desk(*every[5:]).absent == 10
    entry = desk(left_out("i0"))
    assert (entry.absent, entry.state) == (0, "incomplete")
    assert len(absent()) == 10
    assert desk(left_out("i0")).absent == 50


def test_a_shape_that_makes_records_now_is_filled_from_kept_pages(toy, desk, project):
    """That its objects were none before does not count as records."""
    from datetime import UTC, datetime

    from duetrail.pipeline.remap import remap

    desk(left_out("i1", "e1"))
    connection = toy.connect(
        source=toy.declaring(
            Resource(name="invoices", shapes=(toy.shape("invoice"), toy.shape("in.email")))
        )
    )

    def kept(item, connection):
        from duetrail.model import Email

        kind = Invoice if item.shape.name == "invoice" else Email
        return [kind(connection=connection.name, id=item.id)]

    store = project.store()
    remap(store, {"echo": BoundSource(connection, toy.hooked(map_item=kept))}, datetime.now(UTC))
    store.close()
    assert project.rows("SELECT id FROM invoices") == [("i1",)]
