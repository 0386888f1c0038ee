"""Field by field: a page beside each vendor's tells of every leaf what becomes of it.

The tables are found out, not written: by changing every leaf of all there is to look at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from duetrail import plugins
from duetrail.source import Resource, Shape
from duetrail.testing.lineage import LineageStudy, beside
from support import samples as sampling
from support.carrying import is_carried

_INTRODUCTION = """\
Each table lists the leaves of one shape and the record fields that change with them.
Below it stand the leaves that are in `extra` alone.
`[]` is each element of a list.
Where a record is named alone, the leaf decides whether there is one.
`extra` is the record's `extra`, where a leaf stands as it was received.
Fields in brackets are taken from another shape of the same record, where there is one.
"""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("vendor", sampling.VENDORS)
def test_field_by_field(
    samples: Any, vendor: str, generated: Callable[[str, str, str], None]
) -> None:
    """Every leaf of every item stands in the vendor's tables, with the record fields it becomes."""
    resources = plugins.load(vendor).source.resources
    parts = [_INTRODUCTION, *(_resource(samples, vendor, one) for one in resources)]
    text = "\n" + "\n".join([*parts, _dropped(vendor, resources)])
    generated(f"vendors/fields/{vendor}.md", "fields", text)


@pytest.mark.parametrize("vendor", sampling.VENDORS)
def test_its_place(vendor: str, page: Callable[[str], Any]) -> None:
    """The vendor's page leads to the tables under a heading of their own."""
    section = page(f"vendors/{vendor}.md").section("Field by field")
    assert f"(fields/{vendor}.md)" in section.text


# --- what a page says ----------------------------------------------------------------------------


def _resource(samples: Any, vendor: str, resource: Resource) -> str:
    shapes = [_shape(samples, vendor, resource, shape) for shape in resource.shapes]
    return "\n".join([*shapes, *_beside(beside(samples.of(vendor, resource.name), resource))])


def _shape(samples: Any, vendor: str, resource: Resource, shape: Shape) -> str:
    blank = samples.blank(vendor, resource)
    lineages = LineageStudy.of(samples.of(vendor, resource.name), blank, shape).lineages()
    claimed = sum(one.is_claimed for one in lineages)
    kinds = " and ".join(dict.fromkeys(kind.__name__ for kind in (shape.record, *shape.derives)))
    lines = [
        f"## {resource.name}: {shape.name}",
        "",
        f"`{shape.path}` of `{resource.name}`, becomes {kinds}: "
        f"{_count(len(lineages))}, {claimed} mapped and {len(lineages) - claimed} in `extra`.",
    ]
    if unseen := [one.path for one in lineages if not one.is_shown]:
        lines.append(f"Tried with made-up values alone: {_listed(unseen)}.")
    return "\n".join([*lines, "", _table(lineages, shape)])


def _beside(lineages: list[Any]) -> list[str]:
    """What a page shows around its items, for a reader who looks for it."""
    telling, silent = (
        [f for f in lineages if f.becomes],
        [f.path for f in lineages if not f.becomes],
    )
    lines = []
    if telling:
        lines += ["Beside these items stands what belongs to them:", "", _table(telling)]
    if silent:
        lines += [f"In no item, and kept with the page alone: {_listed(silent)}.", ""]
    return lines


def _dropped(vendor: str, resources: Iterable[Resource]) -> str:
    keys = sorted({key for resource in resources for key in resource.never_stored})
    if not keys:
        return "## Dropped on purpose\n\nNothing.\n"
    listed = "\n".join(f"- `{key}`" for key in keys)
    return (
        "## Dropped on purpose\n\n"
        "These keys are cut wherever they stand, with all below them; why is told under "
        f"[Never stored](../{vendor}.md#never-stored).\n\n{listed}\n"
    )


def _table(lineages: Iterable[Any], shape: Shape | None = None) -> str:
    every = list(lineages)
    kept = [one.path for one in every if set(one.becomes) == {"extra"}]
    rows = [f"| `{one.path}` | {_becomes(one, shape)} |" for one in every if one.path not in kept]
    lines = ["| path | becomes |", "|---|---|", *rows, ""] if rows else []
    return "\n".join([*lines, *([f"In `extra`: {_listed(kept)}.", ""] if kept else [])])


def _becomes(fate: Any, shape: Shape | None) -> str:
    """What a leaf becomes; in brackets where its shape has no say."""
    names = sorted(fate.becomes)
    told = [name for name in names if shape is None or is_carried(shape, name)]
    other = [name for name in names if name not in told]
    parts = [_listed(told), f"({_listed(other)})" if other else ""]
    return ", ".join(filter(None, parts)) or "nothing"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _count(number: int) -> str:
    return "1 leaf" if number == 1 else f"{number} leaves"
