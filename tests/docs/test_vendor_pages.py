"""Each vendor's page says what its plugin declares."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import pytest

from duetrail import installed, plugins
from duetrail.model import RECORDS
from duetrail.source import Source

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(folder.name for folder in ROOT.glob("plugins/*/") if folder.name != "sandbox")
VENDORS = [
    name for name in FOLDERS if name in installed.names() and plugins.load(name).source is not None
]


@pytest.fixture(params=VENDORS)
def vendor(request) -> Source:
    """What one of the installed vendor plugins declares."""
    source = plugins.load(request.param).source
    assert source is not None
    return source


@pytest.fixture
def text(vendor, page):
    """That vendor's page."""
    return page(f"vendors/{vendor.name}.md")


def _coverage(text: str) -> dict[str, str]:
    return dict(re.findall(r"^\| (\w+) \| (native|derived|unsupported) \|", text, re.MULTILINE))


def test_there_are_vendors() -> None:
    """The tests of this file test something."""
    assert VENDORS


def test_every_setting_is_on_the_page(vendor, text) -> None:
    """The settings of the plugin and of its page are the same, in order."""
    listed = [cells[0] for cells in text.section("Settings").rows()]
    assert listed == [f"`{field.name}`" for field in attrs.fields(vendor.options)]


def test_required_settings_are_called_so(vendor, text) -> None:
    """A setting without a default is `required`, and no other is."""
    told = {cells[0].strip("`"): cells[2] for cells in text.section("Settings").rows()}
    for field in attrs.fields(vendor.options):
        assert (told[field.name] == "required") == (field.default is attrs.NOTHING), field.name


def test_the_base_url_is_on_the_page(vendor, text) -> None:
    """Where requests go unless the user says otherwise stands among the settings."""
    assert "`base_url`" in text.section("Settings").text
    assert (vendor.base_url or "") in text.section("Settings").text


def test_what_is_native_derived_or_unsupported(vendor, text) -> None:
    """The coverage a plugin declares is the coverage its page tells."""
    names = {record.table: record.__name__ for record in RECORDS}
    told = _coverage(text.section("What it reads").text)
    assert {names[table]: state for table, state in vendor.coverage().items()}.items() <= (
        told.items()
    )


def test_nothing_is_told_that_is_not_read(vendor, text) -> None:
    """A record on the page as native or derived is one that the plugin yields."""
    yielded = {record.__name__ for one in vendor.resources for record in one.yields}
    told = _coverage(text.section("What it reads").text)
    assert {name for name, state in told.items() if state != "unsupported"} == yielded


def test_what_is_never_stored_is_named(vendor, text) -> None:
    """Every key that is cut is named."""
    keys = {key for resource in vendor.resources for key in resource.never_stored}
    assert [k for k in sorted(keys) if f"`{k}`" not in text.section("Never stored").text] == []


def test_the_page_says_how_to_install_it(vendor, text) -> None:
    """The first lines name the distribution."""
    assert f"pip install duetrail-{vendor.name}" in text.text.partition("\n## ")[0]


def test_vendor_pages_have_the_same_headings(page) -> None:
    """Who has read one vendor's page finds their way in the next."""
    pages = [page(f"vendors/{name}.md").text for name in VENDORS]
    assert len({tuple(re.findall(r"^## .*", text, re.MULTILINE)) for text in pages}) == 1
