"""What should stand inside objects, and stands in none of them, is told."""

import pytest

from duetrail.pipeline.inner_lists import inner_lists
from duetrail.source import Resource

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
