"""The module graph, read from import statements: no circle, and no arrow upwards.

`python tests/core/test_module_graph.py` draws it; with the name of a package, that package alone.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = ROOT / "core" / "duetrail"

Graph = Mapping[str, set[str]]
"""The modules that a module imports from its own project, by their dotted names."""


# --- reading it ----------------------------------------------------------------------------------


def modules(folder: Path) -> dict[str, ast.Module]:
    """Every module of a package, by its dotted name, parsed."""
    found = {}
    for file in sorted(folder.rglob("*.py")):
        parts = [folder.name, *file.relative_to(folder).with_suffix("").parts]
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(file.read_text(encoding="utf-8"))
    return found


def graph(trees: Mapping[str, ast.Module]) -> dict[str, set[str]]:
    """Who imports whom, late imports within functions and those for types alone included."""
    return {name: set(_imports(tree, trees)) - {name} for name, tree in trees.items()}


def _imports(tree: ast.Module, names: Mapping[str, object]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in names)
        elif isinstance(node, ast.ImportFrom) and node.module in names:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in names else node.module


def circle(found: Graph) -> list[str]:
    """The modules of a circle, the first of them again at the end; none where there is none."""
    try:
        TopologicalSorter(found).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def layers() -> list[set[str]]:
    """The parts of the core, highest first; those of one layer know nothing of each other."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (found,) = [one["layers"] for one in contracts if one.get("containers") == ["duetrail"]]
    return [{part.strip() for part in layer.split("|")} for layer in found]


def upwards(found: Graph, order: Sequence[set[str]]) -> list[tuple[str, str]]:
    """The imports of a part that does not stand below."""
    height = {part: place for place, parts in enumerate(order) for part in parts}
    return [
        (importer, imported)
        for importer, every in sorted(found.items())
        for imported in sorted(every)
        if (above := _part(importer)) != (below := _part(imported))
        and above
        and below
        and height[above] >= height[below]
    ]


def _part(name: str) -> str:
    """The part of the core that a module belongs to; empty for the core itself."""
    return name.partition(".")[2].partition(".")[0]


# --- what is claimed -----------------------------------------------------------------------------


@pytest.mark.parametrize("folder", [CORE, *ROOT.glob("plugins/*/duetrail_*")], ids=lambda f: f.name)
def test_there_is_no_circle_of_modules(folder: Path) -> None:
    """No module imports itself, by whatever way round."""
    assert circle(graph(modules(folder))) == []


def test_no_arrow_goes_upwards() -> None:
    """A module imports only from its own part of the core and from parts below it."""
    assert upwards(graph(modules(CORE)), layers()) == []


def test_every_part_has_a_layer() -> None:
    """The layers name every module and package at the top of the core, and nothing else."""
    there = {_part(name) for name in modules(CORE)} - {""}
    assert there == set().union(*layers())


def test_every_module_says_what_it_is_for() -> None:
    """The first line of a docstring is one sentence, and no two modules say the same."""
    every = {name: _purpose(tree) for name, tree in modules(CORE).items()}
    said = {name: text for name, text in every.items() if not text.startswith("Moved to ")}
    assert [name for name, text in said.items() if not text.endswith((".", "?"))] == []
    assert len(set(said.values())) == len(said)


def test_what_would_be_wrong_is_found() -> None:
    """A circle is found through a late import, and an arrow upwards in a module of a package."""
    trees = {
        "core": ast.parse(""),
        "core.low": ast.parse("def late():\n    from core import high"),
        "core.high": ast.parse("from core.middle import deep"),
        "core.middle.deep": ast.parse("import core.low"),
        "core.middle": ast.parse(""),
    }
    found = graph(trees)
    assert set(circle(found)) == {"core.low", "core.high", "core.middle.deep"}
    assert upwards(found, [{"high"}, {"middle"}, {"low"}]) == [("core.low", "core.high")]


# --- drawing it ----------------------------------------------------------------------------------


def _purpose(tree: ast.Module) -> str:
    return (ast.get_docstring(tree) or "").partition("\n")[0]


def drawn(trees: Mapping[str, ast.Module], only: str = "") -> Iterator[str]:
    """Line by line: each part of the core, its modules, and what each of them imports."""
    found = graph(trees)
    for layer in layers():
        for part in sorted(layer):
            if only in ("", part):
                members = [name for name in trees if _part(name) == part]
                below = sorted({_part(to) for name in members for to in found[name]} - {part, ""})
                yield f"{part} -> {', '.join(below) or 'nothing'}"
                yield from (line for name in members for line in _drawn(name, trees, found))
                yield ""


def _drawn(name: str, trees: Mapping[str, ast.Module], found: Graph) -> Iterator[str]:
    beside = sorted(to.split(".", 2)[2] for to in found[name] if _is_beside(to, name))
    yield f"  {name}: {_purpose(trees[name])}"
    if beside:
        yield f"    -> {', '.join(beside)}"


def _is_beside(one: str, other: str) -> bool:
    return _part(one) == _part(other) and one.count(".") > 1


if __name__ == "__main__":
    sys.stdout.write("\n".join(drawn(modules(CORE), *sys.argv[1:])) + "\n")
