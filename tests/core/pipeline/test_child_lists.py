"""A list that children are made of, and that no object has, is told: nothing is lost in silence."""

from functools import partial

import pytest

from duetrail.declared import FieldMapping, each
from duetrail.model import Invoice, InvoiceLine
from duetrail.pipeline.stream_report import StreamReport, together
from duetrail.pipeline.summary import ResourceSummary
from duetrail.plugins import MapDeclared
from duetrail.source import Resource, Shape

LINE = FieldMapping(InvoiceLine, name="label")
MAP = MapDeclared(None, lambda: None)
LINES = [{"label": "a"}, {"label": "b"}]
MISSING = "no 'bill' that this reading showed has 'lines', of which the lines of invoices are made"


def bills(count, first=1, **more):
    return [{"id": f"i{at}", "number": f"{at}", **more} for at in range(first, first + count)]


@pytest.fixture
def desk(toy, project):
    """Syncs pages of invoices; gives what is told."""

    def show(*pages, key="lines", read=False, **changes):
        mapping = FieldMapping(Invoice, id="id", number="number", lines=each(key, LINE, **changes))
        shape = Shape(name="bill", path="$.bills[*]", mapping=mapping)
        connection = toy.connect(source=toy.declaring(Resource(name="bills", shapes=(shape,))))
        given = [toy.page({"bills": rows}) for rows in pages]
        assert not read or [page.data for page in given]
        plugin = toy.hooked(fetch=lambda shard, **_: given, map_item=MAP)
        (entry,) = project.run(plugin, connection).resources
        assert entry.state == "complete"
        return entry.notices

    return show


@pytest.mark.parametrize("read", [False, True], ids=["bytes", "tree"])
def test_children_that_are_lost_since_no_object_has_the_key_are_told(desk, read):
    """With how many records lost them; before, this was said by nobody."""
    assert desk(bills(6, lines=LINES), read=read) == []
    (notice,) = desk(bills(3), bills(3, first=4), read=read)
    assert notice.startswith(f"6 of invoices lost their lines: {MISSING}")
    assert "may_be_absent=True" in notice


def test_a_loss_is_told_where_others_are_unchanged(desk):
    """As in an incremental run, which shows some as they are stored."""
    before = bills(2, lines=LINES), bills(2, first=3)
    assert desk(*before) == []
    (notice,) = desk(bills(1), before[1])
    assert notice.startswith(f"1 of invoices lost their lines: {MISSING}")


@pytest.mark.parametrize("read", [False, True], ids=["bytes", "tree"])
def test_a_key_that_no_object_of_the_first_reading_has_is_told(desk, read):
    """A key may be misspelt, or have to be asked for."""
    (notice,) = desk(bills(2, line=LINES), bills(1, first=3), read=read)
    assert notice.startswith(MISSING)


@pytest.mark.parametrize("lines", [[], None, LINES])
@pytest.mark.parametrize("read", [False, True], ids=["bytes", "tree"])
def test_one_object_that_has_the_key_is_enough(desk, lines, read):
    """Also on another page, and if its list is empty; that an invoice lost its lines is normal."""
    desk(bills(4, lines=LINES))
    assert desk(bills(2), bills(2, first=3, lines=lines), read=read) == []


def test_new_objects_without_the_key_are_normal_beside_known_ones(desk):
    """A vendor may leave out an empty list: nothing is lost, so nothing is told."""
    desk(bills(2, lines=LINES))
    assert desk(bills(2, lines=LINES), bills(1, first=3)) == []


def test_a_known_object_that_has_the_key_is_enough(desk):
    """Also on a page of its own, which nobody decodes again: that others lost theirs is normal."""
    desk(bills(2, lines=LINES), bills(2, first=3, lines=LINES))
    assert desk(bills(2, lines=LINES), bills(2, first=3)) == []


def test_where_the_rule_says_so_it_is_normal(desk):
    """On the first reading, and when children go."""
    normal = partial(desk, may_be_absent=True)
    assert normal(bills(2)) == normal(bills(2, lines=LINES)) == normal(bills(2)) == []


@pytest.mark.parametrize(
    ("rows", "is_told"),
    [({}, True), ({"data": {}}, True), ({"data": None}, False), ({"data": {"rows": []}}, False)],
)
def test_a_key_of_several_steps(desk, rows, is_told):
    """Each step counts."""
    assert bool(desk(bills(1, **rows), key="data.rows")) == is_told


def test_what_several_processes_lost_is_counted_together():
    """As their other numbers are."""
    parts = []
    for count in (1, 2):
        entry = ResourceSummary("acme", "bills")
        entry.emptied["invoice_lines"] = count
        parts.append(StreamReport(entry))
    assert together(parts).entry.emptied == {"invoice_lines": 3}
