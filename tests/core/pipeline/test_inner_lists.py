"""What should stand inside objects, and stands in none of them, is told."""

import pytest

from duetrail.errors import Incomplete
from duetrail.pipeline.checking import check
from duetrail.pipeline.inner_lists import inner_lists
from duetrail.source import Resource
from duetrail.streams import BoundSource

TOLD = "nothing was looked at for 'in.email': no object that this reading showed has what leads to"


@pytest.fixture
def desk(toy, project):
    """Syncs pages of invoices with emails inside; gives what is told of that."""

    def show(*pages, path="$.invoices[*].emails[*]", read=False, **changes):
        changes = {"may_be_absent": False, **changes}
        shapes = (toy.shape("invoice"), toy.shape("in.email", path=path, **changes))
        connection = toy.connect(source=toy.declaring(Resource(name="invoices", shapes=shapes)))
        given = [toy.page({"invoices": rows}) for rows in pages]
        assert not read or [page.data for page in given]
        plugin = toy.hooked(fetch=lambda shard, **_: given)
        (entry,) = project.run(plugin, connection).resources
        return entry.notices

    return show


@pytest.mark.parametrize("read", [False, True], ids=["bytes", "tree"])
@pytest.mark.parametrize("state", ["open", "test", "5"])
def test_a_key_that_no_object_around_has_is_told(desk, read, state):
    """With shape and path, whether those around become records or are left out."""
    rows = [{"id": "i1", "state": state}, {"id": "i2", "state": state, "email": []}]
    (notice,) = desk(rows, [{"id": "i3", "state": state}], read=read)
    assert notice.startswith(f"{TOLD} $.invoices[*].emails[*]")
    assert "may_be_absent=True" in notice


@pytest.mark.parametrize("emails", [[], None, False, [{"id": "e1"}], [7], "none"])
@pytest.mark.parametrize("read", [False, True], ids=["bytes", "tree"])
def test_one_object_that_has_the_key_is_enough(desk, emails, read):
    """Also on another page, and if its list is empty, or is none."""
    rows = [{"id": "i1"}], [{"id": "i2"}, {"id": "i3", "emails": emails}]
    assert desk(*rows, read=read) == []


def test_where_the_shape_says_so_it_is_normal(desk):
    """As at the top of a page."""
    assert desk([{"id": "i1"}], may_be_absent=True) == []


def test_what_is_known_may_have_it(desk):
    """Nobody looks into it again."""
    desk([{"id": "i1", "emails": []}])
    assert desk([{"id": "i1", "emails": []}, {"id": "i2"}]) == []


@pytest.mark.parametrize(
    ("row", "is_told"),
    [
        ({}, True),
        ({"_embedded": {}}, True),
        ({"_embedded": {"mails": []}}, True),
        ({"_embedded": {"groups": [{}, {"mail": 1}]}}, True),
        ({"_embedded": None}, False),
        ({"_embedded": {"groups": []}}, False),
        ({"_embedded": {"groups": [{}, {"mails": []}]}}, False),
    ],
)
def test_a_path_of_several_steps(desk, row, is_told):
    """Each key on the way counts; a list without an element says nothing of what is in one."""
    path = "$.invoices[*]._embedded.groups[*].mails[*]"
    assert bool(desk([{"id": "i1", **row}], path=path)) == is_told


def test_without_shapes_inside_others_nothing_is_looked_at(toy):
    """And where something was found, nothing else is."""
    assert inner_lists([], ["mail"]) == {}
    names = ("in.email", "in.call", "in.customer")
    shapes = [toy.shape(name, may_be_absent=False) for name in names]
    resource = Resource(name="invoices", shapes=(toy.shape("invoice"), *shapes))
    rows = [{"id": "i1", "emails": [{"id": "e1"}], "calls": []}]
    found = toy.batch({"invoices": rows}, resource).inner_lists
    assert found == {"in.email": True, "in.call": True, "in.customer": False}


THREADS = "$._embedded.conversations[*]._embedded.threads[*]"
NO_THREADS = f"{TOLD} {THREADS}".replace("in.email", "thread")


@pytest.fixture
def talks(toy, project):
    """Syncs, or checks, pages of objects that have no shape themselves, with threads inside."""

    def bound(pages, shapes, fetch):
        shapes = shapes or [toy.shape("in.email", name="thread", path=THREADS, may_be_absent=True)]
        resource = Resource(name="talks", shapes=tuple(shapes))
        connection = toy.connect(source=toy.declaring(resource))
        given = [toy.page(page) for page in pages]
        return toy.hooked(fetch=fetch or (lambda shard, **_: given)), connection

    def show(*pages, shapes=(), fetch=None, **how):
        (entry,) = project.run(*bound(pages, shapes, fetch), **how).resources
        return entry

    def checked(*pages, shapes=()):
        plugin, connection = bound(pages, shapes, None)
        (finding,) = check(BoundSource(connection, plugin), None)
        return finding

    show.check = checked
    return show


def talk(*rows):
    """A page of conversations as HAL has it."""
    return {"_embedded": {"conversations": list(rows)}}


def thread(id, **more):
    """A conversation with a thread in it."""
    return {"id": id, "_embedded": {"threads": [{"id": f"{id}-1", **more}]}}


def test_rows_that_give_nothing_are_told(talks):
    """Also where a page may lack the list: with HAL one without a row has no `_embedded`."""
    entry = talks(talk({"id": "k1", "_links": {}}), talk({"id": "k2"}), {})
    assert (entry.state, entry.items, len(entry.notices)) == ("complete", 0, 1)
    assert entry.notices[0].startswith(NO_THREADS)
    assert "may_be_absent" not in entry.notices[0]  # it is said already


@pytest.mark.parametrize(
    "pages",
    [
        [{}],
        [{"_embedded": {}}],
        [{"_embedded": None}],
        [talk()],
        [talk({"id": "k1"}), talk({"id": "k2", "_embedded": {"threads": []}})],
        [talk({"id": "k1"}, {"id": "k2", "_embedded": {"threads": None}})],
        [talk({"id": "k1", "_embedded": None})],
        [talk({"id": "k1"}), talk({"id": "k2"}, thread("k3"))],
        [talk({"id": "k1"}, thread("k3", state="test"))],
        [talk({"id": "k1"}, thread("k3", sent="no time"))],
    ],
)
def test_without_a_row_or_where_one_leads_there_nothing_is_told(talks, pages):
    """Nor does it take a record: an empty list says that there is nothing."""
    assert talks(*pages).notices == []
    assert talks(*pages).notices == []  # where all of it is known


def test_where_a_shape_does_not_say_that_it_is_normal_each_path_counts(talks, toy):
    """Whatever else stood in the rows; where it says so, anything is enough."""
    rows = [{"id": "r1", "calls": [{"id": "c1"}]}, {"id": "r2"}]

    def shapes(**changes):
        calls = toy.shape("in.call", path="$.rows[*].calls[*]", may_be_absent=True)
        return calls, toy.shape("in.email", path="$.rows[*].emails[*]", **changes)

    (notice,) = talks({"rows": rows}, shapes=shapes(may_be_absent=False)).notices
    assert notice.startswith(f"{TOLD} $.rows[*].emails[*]")
    assert "may_be_absent=True" in notice
    assert talks({"rows": rows}, shapes=shapes(may_be_absent=True)).notices == []


def test_where_something_else_was_read_what_may_be_absent_is_not_told(talks, toy):
    """Invoices without a payment are no mistake."""
    shapes = (
        toy.shape("invoice", path="$.bills[*]"),
        toy.shape("in.email", path="$.rows[*].emails[*]", may_be_absent=True),
    )
    page = {"bills": [{"id": "i1"}], "rows": [{"id": "r1"}]}
    assert talks(page, shapes=shapes).notices == []
    assert talks(page, shapes=shapes).notices == []


def test_what_was_not_read_to_its_end_says_nothing_of_rows(talks, toy):
    """What may be absent may stand where nobody looked."""

    def fetch(shard, **_):
        yield toy.page(talk({"id": "k1"}))
        raise Incomplete("it moved")

    assert talks(fetch=fetch).notices == []


@pytest.mark.parametrize(
    ("path", "row", "is_told"),
    [
        ("$.rows[*].customer", {}, True),
        ("$.rows[*].customer", {"customer": None}, False),
        ("$.rows[*].groups[*].mails[*]", {"groups": [{}]}, True),
        ("$.rows[*].groups[*].mails[*]", {"groups": []}, False),
        ("$.rows[*].groups[*].mails[*]", {"groups": [{}, {"mails": []}]}, False),
        ("$.rows[*]", None, False),
    ],
)
@pytest.mark.parametrize("read", [False, True], ids=["bytes", "tree"])
def test_what_leads_there_begins_in_the_first_list(talks, toy, path, row, is_told, read):
    """Each key on the way counts, as inside an object with a shape."""
    page = toy.page({"rows": [] if row is None else [{"id": "r1", **row}]})
    assert not read or page.data
    shape = toy.shape("in.email", path=path, may_be_absent=True)
    assert bool(talks(shapes=[shape], fetch=lambda shard, **_: [page]).notices) == is_told


def test_a_check_tells_it_of_the_first_page(talks):
    """As soon as anybody asks."""
    finding = talks.check(talk({"id": "k1"}))
    assert (finding.state, finding.message) == ("allowed", "0 items on the first page")
    assert finding.hint.startswith(NO_THREADS.replace("reading", "page"))
    assert talks.check({}).hint == talks.check(talk(thread("k1"))).hint == ""


def test_a_check_tells_it_of_objects_with_a_shape(talks, toy):
    """As a sync does: what may be absent is normal there."""
    page = {"invoices": [{"id": "i1"}]}

    def hint(**changes):
        shapes = toy.shape("invoice"), toy.shape("in.email", **changes)
        return talks.check(page, shapes=shapes).hint

    assert hint(may_be_absent=False).startswith(TOLD.replace("reading", "page"))
    assert hint(may_be_absent=True) == ""
