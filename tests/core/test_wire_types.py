"""A wire class that nothing can be decoded as is refused with its plugin, and not with an item."""

from __future__ import annotations

import importlib.util
import sys

import pytest

from duetrail import plugins
from duetrail.errors import PluginError

PLUGIN = """
from __future__ import annotations
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, Optional, Union
from attrs import field, frozen
from duetrail import hookimpl
from duetrail.http import NoAuth
from duetrail.model import Call, Callout, Email, Invoice
from duetrail.source import Resource, Shape, Source, option

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID as Clock

@frozen
class Options:
    page_size: {option} = option("Bills a page.", default=2)

@frozen
class Line:
    text: str | None = None
    part: {part} = None

@frozen
class Bill:
    id: str
    first: Line | None = None
    lines: tuple[Line, ...] = ()
    value: {value} = None

class Kind(StrEnum):
    A = "a"

@hookimpl
def source():
    bill = Shape(name="bill", record=Invoice, wire={wire}, path="$.bills[*]")
    return Source(
        name="acme", title="Acme", options=Options, base_url="https://acme.example",
        resources=(Resource(name="bills", shapes=(bill,)),),
        unsupported=(Call, Callout, Email), auth=lambda options: NoAuth(),
    )

@hookimpl
def fetch(shard, session, connection):
    yield session.get("/bills")

@hookimpl
def map_item(item, connection):
    yield Invoice(connection=connection.name, id=item.id)
"""


@pytest.fixture
def bound(tmp_path, request):
    """Loads the plugin with these types."""

    def one(*, value="str | None", part="str | None", option="int", wire="Bill"):
        file = tmp_path / "acme_with_types.py"
        text = PLUGIN.format(value=value, part=part, option=option, wire=wire)
        file.write_text(text, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(file.stem, file)
        module = sys.modules[file.stem] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return plugins.bind("acme", module)

    yield one
    sys.modules.pop("acme_with_types", None)


@pytest.mark.parametrize(
    "value",
    [
        "bool | int | None",
        "int | str",
        "Union[int, str, None]",
        "Optional[Union[str, Decimal]]",
        "tuple[int | str, ...]",
        "tuple[int, str]",
        "Line | str | None",
        "tuple[Line, ...] | Line",
        "datetime | date | None",
    ],
)
def test_a_field_of_two_types_is_refused_at_once(bound, value):
    """What can be this or that is Any: the plugin says which field, and what to write."""
    with pytest.raises(PluginError) as caught:
        bound(value=value)
    assert "plugin 'acme': field 'value' of wire class Bill is declared as" in caught.value.message
    assert "Any" in caught.value.hint


@pytest.mark.parametrize("value", ["object", "complex", "None", "float", "float | None"])
def test_what_json_never_gives_is_refused_at_once(bound, value):
    """A type that no value of JSON has is refused before there is one."""
    with pytest.raises(PluginError, match="field 'value' of wire class Bill is declared as"):
        bound(value=value)


@pytest.mark.parametrize("value", ["Clock", "Sequence[str]", "Clock | None", "Nowhere", "'Clock'"])
def test_types_for_the_type_checker_alone_are_refused_at_once(bound, value):
    """What is imported under TYPE_CHECKING is not there when the plugin runs, and it is said."""
    with pytest.raises(PluginError) as caught:
        bound(value=value)
    assert "the types of wire class Bill cannot be resolved" in caught.value.message
    assert "TYPE_CHECKING" in caught.value.hint


def test_options_for_the_type_checker_alone_are_refused_at_once(bound):
    """So are those of the settings."""
    with pytest.raises(PluginError) as caught:
        bound(option="Clock")
    assert "the types of its options Options cannot be resolved" in caught.value.message
    assert "TYPE_CHECKING" in caught.value.hint


def test_a_class_inside_is_looked_at_too(bound):
    """The class of a part is named, not the one it stands in."""
    with pytest.raises(PluginError, match="field 'part' of wire class Line is declared as"):
        bound(part="int | str")


@pytest.mark.parametrize("part", ["Line | None", "tuple[Bill, ...]"])
def test_a_class_inside_itself_is_refused_at_once(bound, part):
    """An object that holds objects like it has no end that a class could name."""
    with pytest.raises(PluginError, match="has itself inside it"):
        bound(part=part)


@pytest.mark.parametrize("wire", ["dict", "Kind", "int"])
def test_a_wire_class_is_an_attrs_class(bound, wire):
    """Anything else is refused."""
    with pytest.raises(PluginError, match="is no attrs class"):
        bound(wire=wire)


@pytest.mark.parametrize(
    "value",
    [
        "str", "int | None", "bool", "Decimal", "Optional[datetime]", "date | None", "Any", "Line",
        "tuple[str | None, ...]", "tuple[Line, ...]", "Kind | None", "dict[str, Any]",
        "list[str]", "Literal['a', 'b'] | None",
    ],
)  # fmt: skip
def test_what_can_be_decoded_is_loaded(bound, value):
    """Every type a wire field may have, and what has always worked, is let in."""
    assert bound(value=value).source.name == "acme"
