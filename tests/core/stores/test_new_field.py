"""A field that is added to a record class is a column, and stands in every schema and on the page.

Shown with a copy of the package in which one line of the record class is new, and nothing else.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import duetrail
from duetrail.model import Invoice
from duetrail.stores import Changes, open_store, to_row
from support.measuring import unmeasured

ROOT = Path(__file__).parents[3]

AFTER = "class Invoice(Record):"
NEW = """
    colour: str | None = personal("the colour of the paper")
    deposit: Money | None = plain("what was paid before")
"""

SCRIPT = """
import json, runpy, sqlite3, sys
from decimal import Decimal
from duetrail.model import Invoice, Money
from duetrail.stores import Changes, RecordQuery, from_row, open_store, table_of, to_row
from duetrail.stores.schema import complete, ddl
from duetrail.stores.schema.arrow import arrow_schemas
from duetrail.stores.schema.json_schema import json_schema

db = sqlite3.connect("old.db")
added = complete(db)
db.close()
new = Invoice(
    connection="a", id="new", currency="EUR", colour="red", deposit=Money(Decimal("0.10"), "EUR")
)
store = open_store("sqlite:///old.db")
with store.transaction():
    row = to_row(new)
    store.apply(Changes(rows={row.ref: row}))
asked = RecordQuery("invoices", "a", ["old", "new"])
found = {row.id: row for row in store.records(asked)}
store.close()
page = runpy.run_path(sys.argv[1])
print(json.dumps({
    "added": added,
    "ddl": ddl()[0],
    "postgresql": ddl("postgresql")[0],
    "json": json_schema()["$defs"]["Invoice"]["properties"],
    "arrow": arrow_schemas()["invoices"]["fields"],
    "page": page["field_table"](Invoice),
    "words": table_of("invoices").words["colour"],
    "came_back": from_row(found["new"]) == new,
    "old": [from_row(found["old"]).number, from_row(found["old"]).colour],
}))
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What a package with two more fields says and does, with a store from before."""
    folder = tmp_path_factory.mktemp("new_field")
    store = open_store("sqlite:///old.db", folder=folder, create=True)
    with store.transaction():
        row = to_row(Invoice(connection="a", id="old", number="INV-1"))
        store.apply(Changes(rows={row.ref: row}))
    store.close()
    package = folder / "core" / "duetrail"
    shutil.copytree(Path(duetrail.__file__).parent, package)
    records = package / "model" / "records.py"
    before, found, rest = records.read_text(encoding="utf-8").partition(AFTER)
    line = '    table: ClassVar[str] = "invoices"\n'
    records.write_text(before + found + rest.replace(line, line + NEW, 1), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(ROOT / "tests" / "docs" / "test_model_page.py")],
        cwd=folder,
        # The copy is not what is measured.
        env=unmeasured() | {"PYTHONPATH": str(package.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_it_is_in_the_sql(seen: Any) -> None:
    """Text is a column, money is two, in each kind of SQL."""
    assert "\n  colour TEXT,\n  deposit TEXT,\n  deposit_minor TEXT,\n" in seen["ddl"]
    assert (
        '\n  colour text COLLATE "C",\n  deposit numeric,\n  deposit_minor numeric,\n'
        in seen["postgresql"]
    )


def test_it_is_in_json_schema(seen: Any) -> None:
    """With its type and its meaning."""
    assert seen["json"]["colour"] == {
        "anyOf": [{"type": "string"}, {"type": "null"}],
        "description": "the colour of the paper",
    }


def test_it_is_in_the_arrow_schema(seen: Any) -> None:
    """With its type and its meaning."""
    fields = {field["name"]: field for field in seen["arrow"]}
    assert fields["deposit"]["type"]["name"] == "decimal"
    assert fields["colour"]["metadata"] == [
        {"key": "description", "value": "the colour of the paper"}
    ]


def test_it_is_on_the_page(seen: Any) -> None:
    """The generated table of the model's page has it."""
    assert "| `colour` | text | the colour of the paper |\n" in seen["page"]
    assert "| `deposit` | money | what was paid before |\n" in seen["page"]


def test_it_is_personal_where_it_says_so(seen: Any) -> None:
    """What is erased and suppressed follows the field, too."""
    assert seen["words"] == "personal"


def test_a_store_from_before_gets_it(seen: Any) -> None:
    """The older rows are there, without it; a new row comes back with it."""
    assert [statement.split(" ADD ")[1] for statement in seen["added"] if "ADD" in statement] == [
        "COLUMN colour TEXT",
        "COLUMN deposit TEXT",
        "COLUMN deposit_minor TEXT",
    ]
    assert seen["old"] == ["INV-1", None]
    assert seen["came_back"]
