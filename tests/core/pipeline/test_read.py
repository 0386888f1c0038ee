"""`duetrail.read`: typed records straight from the vendor, and nothing written."""

import pytest

from duetrail.api import read
from duetrail.errors import BadItem, ConfigError, FetchError, StoreError, UsageError
from duetrail.model import Invoice, Party

PAGE = {
    "invoices": [
        {
            "id": "i1",
            "number": "1",
            "colour": {"of": ["red"]},
            "customer": {"id": "u1", "name": "Mills", "since": 1999},
            "emails": [{"id": "e1"}],
            "calls": [{"id": "p1", "state": "planned"}],
        }
    ]
}
ANSWERS = {
    "invoices": [PAGE, {"invoices": [{"id": "i2", "number": "2"}]}],
    "customers": [{"customers": [{"id": "u1", "email": "x@y"}]}],
    "calls": {key: [{"calls": [{"id": f"c{key}"}]}] for key in "123"},
    "replies": {"call:p1": [{"replies": [{"id": "r1"}]}]},
}


@pytest.fixture
def reading(project):
    """Reads from a project's connection."""
    project.answer(**ANSWERS)

    def read_(name, *, connection="echo", **how):
        return read(connection, name, config=project.folder / "duetrail.toml", **how)

    return read_


def test_a_record_table_gives_its_records_only(reading):
    """A record table gives its records only, in the vendor's order, typed."""
    assert list(reading("invoices"))[-1] == Invoice(connection="echo", id="i2", number="2")


def test_pages_that_overlap(reading, project):
    """What the next page shows again just so comes once, set aside or not; what changed comes."""
    one, two, bad = ({"id": f"i{n}", "number": "A"} for n in (1, 2, 3))
    bad["number"] = 5
    pages = [[one, bad], [one, bad, two], [{**two, "number": "B"}]]
    project.answer(invoices=[{"invoices": rows} for rows in pages])
    refused = []
    found = list(reading("invoices", on_reject=refused.append))
    assert [(bill.id, bill.number) for bill in found] == [("i1", "A"), ("i2", "A"), ("i2", "B")]
    assert len(refused) == 1


def test_records_of_a_table(reading):
    """A table that several resources show gives the records of all of them."""
    found = list(reading("parties"))
    assert [type(record) for record in found] == [Party, Party]
    assert [(record.name, record.email) for record in found] == [
        ("Mills", None),
        (None, "x@y"),
    ]


def test_nothing_else(reading):
    """A table gives nothing of the other tables its resource fills."""
    assert {type(record) for record in reading("invoices")} == {Invoice}
    assert {type(record) for record in reading("parties")} == {Party}


def test_a_resource_gives_everything_it_yields(reading):
    """A resource whose name is no table gives everything it yields."""
    assert [record.email for record in reading("customers")] == ["x@y"]


def test_what_no_field_claims_is_in_extra(reading):
    """What no field claims is in `extra`; items inside an item are not."""
    invoice, *_ = reading("invoices")
    party, *_ = reading("parties")
    assert invoice.extra == {"colour": {"of": ["red"]}}
    assert party.extra == {"since": 1999}


def test_nothing_is_written(reading, project):
    """No store is made."""
    list(reading("invoices"))
    assert not (project.folder / "duetrail.db").exists()


def test_bad_item(reading, project):
    """An item that cannot be mapped raises, with its whole path."""
    project.answer(invoices=[{"invoices": [{"id": "i1"}, {"id": "i2", "number": 5}]}])
    with pytest.raises(BadItem) as caught:
        list(reading("invoices"))
    assert caught.value.path == "$.invoices[1].number"
    assert caught.value.reason == "expected text, got a whole number"


def test_on_reject(reading, project):
    """Or it is given to `on_reject`, and the others follow."""
    refused = []
    project.answer(invoices=[{"invoices": [{"id": "i1", "number": 5}, {"id": "i2"}]}])
    found = list(reading("invoices", on_reject=refused.append))
    assert [record.id for record in found] == ["i2"]
    assert [(one.item, one.json_path) for one in refused] == [("i1", "$.number")]


def test_bad_items_are_met_in_order(reading, project):
    """What stands before a bad item on earlier pages is given first."""
    project.answer(invoices=[{"invoices": [{"id": "i1"}]}, {"invoices": [{"number": 5}]}])
    going = reading("invoices")
    assert next(going).id == "i1"
    with pytest.raises(BadItem):
        next(going)


# --- keys ----------------------------------------------------------------------------------------


def test_given_keys(reading):
    """Keys given here take the place of the configured ones, and need no store."""
    assert [record.id for record in reading("calls", keys=["3", "1"])] == ["c3", "c1"]


def test_stored_keys(reading, project):
    """Otherwise the keys are those of the store."""
    project.sync(select=["invoices"])
    assert [record.id for record in reading("calls")] == ["c1", "c2"]


def test_another_store(reading, project, tmp_path):
    """Which may be another than the configured one."""
    other = f"sqlite:///{tmp_path / 'other.db'}"
    project.sync(select=["invoices"], store=other)
    assert [record.id for record in reading("calls", store=other)] == ["c1", "c2"]


def test_no_store(reading):
    """Where there is no store there are no stored keys, and that is said."""
    with pytest.raises(StoreError, match="no store"):
        list(reading("calls"))


def test_an_error_of_a_request_is_raised_as_it_is(reading):
    """An error of a request is raised as it is."""
    with pytest.raises(FetchError, match="Echo knows no calls of 9"):
        list(reading("calls", keys=["9"]))


# --- what is not there ---------------------------------------------------------------------------


def test_unknown_connection(reading):
    """A connection that is not configured is named, with the nearest one."""
    with pytest.raises(ConfigError, match="'eco'") as caught:
        list(reading("invoices", connection="eco"))
    assert caught.value.hint == "Did you mean 'echo'?"


def test_unknown_name(reading):
    """So is a name that is no resource and no table, with those there are."""
    with pytest.raises(UsageError, match="Echo has no 'bills'") as caught:
        list(reading("bills"))
    assert caught.value.hint == (
        "It has callouts, calls, customers, emails, invoices, parties, replies."
    )
