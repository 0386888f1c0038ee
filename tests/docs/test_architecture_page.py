"""docs/architecture.md shows the layers there are, and names functions that exist."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
CORE = ROOT / "core" / "duetrail"

_CODE_LINK = re.compile(r"\[`([\w.]+)`\]\((\.\./core/[\w/]+\.py)\)")


def _layers() -> list[list[str]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (found,) = [one["layers"] for one in contracts if one.get("containers") == ["duetrail"]]
    return [[part.strip() for part in layer.split("|")] for layer in found]


def _names(file: Path) -> set[str]:
    """The functions, classes and methods of a module."""
    found = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            inner = [one.name for one in node.body if isinstance(one, ast.FunctionDef)]
            found |= {f"{node.name}.{name}" for name in inner}
    return found


def test_the_layers_are_drawn_as_they_are(page) -> None:
    """The drawing has the layers that the linter holds, in their order."""
    drawing = page("architecture.md").section("Layers").fences("text")[0]
    drawn = [line.split() for line in drawing.splitlines() if "↓" not in line]
    assert drawn == _layers()


def test_every_part_of_the_core_has_a_paragraph(page) -> None:
    """Each package and module at the top of the core is described, in the order of the layers."""
    text = page("architecture.md").section("Packages").text
    told = re.findall(r"^- \*\*(\w+)\*\* ", text, re.MULTILINE)
    assert told == [part for layer in _layers() for part in layer]


@pytest.mark.parametrize("name", ["architecture.md", "contributing.md", "glossary.md"])
def test_every_function_that_is_named_exists(page, name) -> None:
    """A name that links to a module of the core is defined in it."""
    links = _CODE_LINK.findall(page(name).text)
    assert links
    assert [label for label, target in links if label not in _names(DOCS / target)] == []


def test_the_diagram_names_what_exists() -> None:
    """Each name in the diagram is a function or class of the core."""
    tree = ElementTree.parse(DOCS / "architecture.svg")
    named = [one.text for one in tree.iter() if one.get("class") == "code"]
    there = set().union(*(_names(file) for file in CORE.rglob("*.py")))
    assert named
    assert [name for name in named if name not in there] == []
