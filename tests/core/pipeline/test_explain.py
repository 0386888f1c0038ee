"""Where a value came from, and where what is sent is not what was declared."""

import os
import subprocess
import sys

import pytest

from duetrail import api
from duetrail.errors import PluginError, StoreError, UsageError
from duetrail.pipeline.drift import drift as find_drift
from duetrail.source import Resource
from duetrail.streams import BoundSource

ANSWERS = {
    "invoices": [
        {
            "invoices": [
                {
                    "id": "i1",
                    "number": "1042",
                    "state": "open",
                    "currency": "JPY",
                    "cents": 1200,
                    "colour": "red",
                    "customer": {"id": "u1", "name": "Bellwether Mills"},
                    "calls": [{"id": "c1", "state": "planned", "planned": "2026-01-02T03:04:05Z"}],
                },
                {"id": "i2", "state": "simmering", "cents": 10, "colour": {"hue": 7}},
            ]
        }
    ],
    "customers": [{"customers": [{"id": "u1", "email": "ap@bellwether.example"}]}],
}


@pytest.fixture
def synced(project):
    project.answer(**ANSWERS).sync()
    return project.folder / "duetrail.toml"


def paths(synced, record, field):
    found = api.explain(record, field, config=synced)
    return [(origin.path, origin.value) for origin in found.origins]


# --- explain -------------------------------------------------------------------------------------


def test_page_request_path_and_plugin(synced):
    """A value is told with the request, the page, the JSON path and the plugin."""
    found = api.explain("echo:invoices:i1", "number", config=synced)
    assert (found.value, found.resource, found.shape) == ("1042", "invoices", "invoice")
    assert found.url == "echo:/invoices/all/0"
    assert found.item == "$.invoices[0]"
    assert [(o.path, o.value) for o in found.origins] == [("$.invoices[0].number", "1042")]
    assert found.plugin == "echo 0.1.0"


def test_several_parts(synced):
    """A value made of several parts names them all."""
    parts = [("$.invoices[0].currency", "JPY"), ("$.invoices[0].cents", 1200)]
    assert paths(synced, "echo:invoices:i1", "total") == parts
    assert paths(synced, "echo:invoices:i1", "total_minor") == parts


def test_the_shape_that_has_the_word(synced):
    """Where an object came in several shapes, the one that brought the field is told."""
    name = api.explain("echo:parties:u1", "name", config=synced)
    email = api.explain("echo:parties:u1", "email", config=synced)
    assert (name.resource, email.resource) == ("customers", "customers")
    assert [o.path for o in email.origins] == ["$.customers[0].email"]


def test_a_derived_record(synced):
    """What was read off another record is explained by that one's item, as is that it is there."""
    assert paths(synced, "echo:callouts:call:c1", "scheduled_at") == [
        ("$.invoices[0].calls[0].state", "planned"),
        ("$.invoices[0].calls[0].planned", "2026-01-02T03:04:05Z"),
    ]


def test_a_constant(synced):
    """A value that nothing on the page decides has no origin."""
    assert paths(synced, "echo:callouts:call:c1", "status") == []


@pytest.mark.parametrize(
    ("record", "field", "message"),
    [
        ("echo:invoices:nobody", "number", "there is no record echo:invoices:nobody"),
        ("echo:bills:i1", "number", "there is no table 'bills'"),
        ("echo:invoices:i1", "numbr", "invoices have no field 'numbr'"),
    ],
)
def test_no_such_thing(synced, record, field, message):
    """A record, table or field that does not exist is told."""
    with pytest.raises(UsageError, match=message):
        api.explain(record, field, config=synced)


def test_a_page_that_is_gone(synced, project):
    """A page that is no longer kept is told."""
    store = project.store()
    with store.transaction():
        list(store.select("DELETE FROM pages RETURNING number"))
    store.close()
    with pytest.raises((StoreError, PluginError), match="no longer kept"):
        api.explain("echo:invoices:i1", "number", config=synced)


# --- drift ---------------------------------------------------------------------------------------


@pytest.fixture
def drift(synced):
    return {(d.shape, d.kind, d.path): d for d in api.drift(config=synced)}


def test_what_nobody_declared(drift):
    """A field no wire class names is told with how often it came, and its form."""
    found = drift["invoice", "undeclared", "$.colour"]
    assert (found.connection, found.resource, found.count) == ("echo", "invoices", 2)
    assert found.example == "xxx"


def test_what_never_came(drift):
    """So is a field that was declared and never came."""
    assert ("in.call", "never seen", "$.seconds") in drift
    assert ("invoice", "never seen", "$.number") not in drift


@pytest.mark.parametrize(
    ("path", "row", "told"),
    [
        ("$.invoices[*].mails[*]", {"mails": [{"id": "e1"}]}, []),
        ("$.invoices[*].log.mails[*]", {"log": {"mails": [{"id": "e1"}]}}, []),
        ("$.invoices[*].log[*].mails[*]", {"log": [{"mails": [{"id": "e1"}]}]}, []),
        ("$.invoices[*].log.mails[*]", {"log": {"mails": [], "by": "x"}}, ["$.log.by"]),
        ("$.invoices[*].log.mails[*]", {"log": {"mails": None}}, []),
    ],
)
def test_what_another_shape_declares(toy, project, path, row, told):
    """What stands inside an object as a shape of its own is declared; what stands beside is not."""
    shapes = (
        toy.shape("invoice"),
        toy.shape("invoice", name="twin"),
        toy.shape("in.email", path=path),
    )
    source = toy.declaring(Resource(name="invoices", shapes=shapes))
    project.answer(invoices=[{"invoices": [{"id": "i1", **row}]}])
    connection = toy.connect(source=source, answers=str(project.folder / "answers.json"))
    project.run(toy.plugin, connection)
    store = project.store()
    found = list(find_drift(store, {"echo": BoundSource(connection, toy.plugin)}))
    store.close()
    assert [one.path for one in found if one.kind == "undeclared"] == told * 2


def test_new_words(drift):
    """And a word the model does not know, with how many records have it."""
    found = drift["status", "new word", "simmering"]
    assert (found.resource, found.count) == ("invoices", 1)


def test_several_kinds(project):
    """A declared value that comes in several kinds is told."""
    rows = [{"id": "i1", "number": "1"}, {"id": "i2", "number": 2}]
    project.answer(invoices=[{"invoices": rows}]).sync()
    found = api.drift(config=project.folder / "duetrail.toml")
    (one,) = [d for d in found if d.kind == "several kinds"]
    assert (one.path, one.example) == ("$.number", "text and number")


def test_no_value_is_shown(drift):
    """Of no field more than the form of a value is shown."""
    told = "".join(d.example for d in drift.values())
    assert "red" not in told
    assert "Bellwether" not in told


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("ann@debtor.example", "xxx@xxxxxx.xxxxxxx"),
        ("Ann Miller", "xxx xxxxxx"),
        ("ann miller", "xxx xxxxxx"),
        ("Miller", "xxxxxx"),
        ("ann.miller", "xxx.xxxxxx"),
        ("Jürgen", "xxxxxx"),
        ("+49 151 12345678", "+99 999 99999999"),
        ("tel4915112345678", "xxx9999999999999"),
        ("paymentTerms", "paymentTerms"),
        ("PaymentTerm", "PaymentTerm"),
        ("line_2", "line_2"),
        ("@type", "@type"),
    ],
)
def test_keys_that_may_be_people(project, key, shown):
    """A key that is not written like the name of a field is told by its form, like a value."""
    project.answer(invoices=[{"invoices": [{"id": "i1", "number": "1", key: 1}]}]).sync()
    found = api.drift(config=project.folder / "duetrail.toml")
    assert [d.path for d in found if d.kind == "undeclared"] == [f"$.{shown}"]


def test_nothing_is_written(synced, project):
    """To look changes nothing, and no exit code."""
    before = project.digest
    api.drift(config=synced)
    assert project.digest == before


def test_drift_has_one_order():
    """`duetrail drift` lists unknown words in the order of their columns, in every process."""
    code = (
        "from duetrail.model import RECORDS\n"
        "from duetrail.pipeline.drift import _word_columns\n"
        "from duetrail.stores import table_of\n"
        "print([list(_word_columns(table_of(record.table))) for record in RECORDS])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1
