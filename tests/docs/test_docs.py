"""The documentation says what the code does."""

import re
import sqlite3
from pathlib import Path

import attrs
import click
import pytest
from duetrail import hookspecs, plugins
from duetrail.cli.group import BUILT_IN, _import
from duetrail.errors import DuetrailError
from duetrail.model import RECORDS, How
from duetrail.source import Connection
from duetrail.stores import open_store, table_of

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
VENDORS = ["credira", "stuut"]
PAGES = sorted([ROOT / "README.md", *DOCS.rglob("*.md")])


def _page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link in the documentation names a file that is there."""
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendors_page_has_every_setting(vendor: str) -> None:
    """The settings of a plugin and of its page are the same."""
    source = plugins.load(vendor).source
    assert source is not None
    settings = _page(f"vendors/{vendor}.md").partition("## Settings")[2].partition("\n## ")[0]
    listed = set(re.findall(r"^\| `(\w+)` \|", settings, re.MULTILINE))
    assert listed == {field.name for field in attrs.fields(source.options)}
    assert source.base_url is not None
    assert source.base_url in settings


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendors_page_tells_what_is_native_derived_or_unsupported(vendor: str) -> None:
    """The coverage a plugin declares is the coverage its page tells."""
    source = plugins.load(vendor).source
    assert source is not None
    told = dict(
        re.findall(
            r"^\| (\w+) \| (native|derived|unsupported) \|", _page(f"vendors/{vendor}.md"), re.M
        )
    )
    names = {record.table: record.__name__ for record in RECORDS}
    for table, state in source.coverage().items():
        assert told[names[table]] == state


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendors_page_names_what_is_never_stored(vendor: str) -> None:
    """Every key that is cut is named."""
    source = plugins.load(vendor).source
    assert source is not None
    for resource in source.resources:
        for key in resource.never_stored:
            assert f"`{key}`" in _page(f"vendors/{vendor}.md")


def test_vendor_pages_have_the_same_headings() -> None:
    """Who has read one vendor's page finds their way in the next."""
    headings = {tuple(re.findall(r"^## .*", _page(f"vendors/{v}.md"), re.M)) for v in VENDORS}
    assert len(headings) == 1


def test_the_tables_are_described_column_by_column() -> None:
    """docs/store.md lists exactly the columns of every record table."""
    page = _page("store.md")
    for record in RECORDS:
        table = table_of(record.table)
        for one in (table, *table.children.values()):
            section = page.partition(f"### {one.name}\n")[2].partition("\n#")[0]
            columns = [column.name for column in (*one.identity, *one.columns)]
            assert re.findall(r"`(\w+)`", section) == columns


def test_the_other_tables_and_links_are_described(tmp_path: Path) -> None:
    """Every table and view of the store has a place on its page, and so has every kind of link."""
    store = open_store("sqlite:///s.db", folder=tmp_path, create=True)
    store.close()
    with sqlite3.connect(tmp_path / "s.db") as db:
        names = [n for (n,) in db.execute("SELECT name FROM sqlite_schema WHERE type <> 'index'")]
    db.close()
    page = _page("store.md")
    assert [name for name in names if f"`{name}`" not in page and f"### {name}\n" not in page] == []
    assert [how for how in How if f"`{how}`" not in page] == []


def test_the_queries_of_the_page_run(tmp_path: Path) -> None:
    """Whoever pastes SQL from docs/store.md gets an answer."""
    store = open_store("sqlite:///s.db", folder=tmp_path, create=True)
    queries = re.findall(r"```sql\n(.*?)```", _page("store.md"), re.DOTALL)
    assert queries
    for query in queries:
        assert list(store.select(query.strip().rstrip(";"))) == []
    store.close()


def test_every_hook_is_described_with_its_arguments() -> None:
    """docs/plugins.md shows each hook as it is called."""
    page = _page("plugins.md")
    for name, value in vars(hookspecs).items():
        if hasattr(value, "duetrail_spec"):
            arguments = ", ".join(value.__code__.co_varnames[: value.__code__.co_argcount])
            assert f"`{name}({arguments})`" in page


def test_every_error_a_plugin_may_raise_exists() -> None:
    """The errors named on the page are classes of duetrail.errors."""
    from duetrail import errors

    table = _page("plugins.md").partition("## Errors to raise")[2].partition("\n## ")[0]
    named = re.findall(r"^\| `(\w+)", table, re.MULTILINE)
    assert named
    assert all(issubclass(getattr(errors, name), DuetrailError) for name in named)


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_every_command_and_option_is_described(name: str) -> None:
    """docs/using.md has a row for each command, with all its options."""
    row = next(
        line for line in _page("using.md").splitlines() if line.startswith(f"| `duetrail {name}")
    )
    for parameter in _import(BUILT_IN[name]).params:
        if isinstance(parameter, click.Option) and parameter.name != "as_json":
            assert parameter.opts[0] in row


def test_every_common_setting_is_described() -> None:
    """The settings of all connections stand in the table of docs/using.md."""
    page = _page("using.md")
    settings = {field.name for field in attrs.fields(Connection)} - {"name", "source", "options"}
    assert [name for name in settings | {"plugin"} if f"| `{name}` |" not in page] == []


def test_the_house_is_drawn_with_all_its_rooms() -> None:
    """Every module and package of the core stands in the drawing."""
    rooms = {path.stem for path in (ROOT / "core/duetrail").iterdir() if path.suffix in {"", ".py"}}
    drawing = _page("house.md").partition("```")[2].partition("```")[0]
    assert [room for room in rooms if not room.startswith("_") and room not in drawing] == []
