"""docs/linking.md: its rules are read, and its figures are measured on a world with known truth."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from duetrail.config import parse_config
from duetrail.stores import open_store
from support.planted import RULES, Measured, measured, planted

INVOICES, SEED = 400, 7


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Measured, ...]:
    """What each rule came to."""
    folder = tmp_path_factory.mktemp("planted")
    world = planted(folder, INVOICES, SEED)
    with closing(open_store("sqlite:///world.db", folder=folder, create=True)) as store:
        return measured(store, world)


def test_the_figures_are_those_measured(
    found: tuple[Measured, ...], generated: Callable[[str, str, str], None]
) -> None:
    """The table on the page is what the rules come to now."""
    head = "rule | by | links | true | ambiguous | precision | recall | recall of all rules"
    lines = [f"| {head} |", f"|{'---|' * 8}"]
    for rule, one in zip(RULES, found, strict=True):
        linked = one.rule.linked
        figures = (linked, one.right, one.rule.ambiguous, _share(one.right, linked))
        recalls = (_share(one.right, one.touches), _share(one.found, one.touches))
        cells = [rule.name, rule.by, *map(str, figures), *recalls]
        lines.append(f"| {' | '.join(cells)} |")
    generated("linking.md", "measured", "\n".join([*lines, ""]))


@pytest.mark.parametrize("at", range(len(RULES)), ids=[rule.by for rule in RULES])
def test_hardly_a_link_is_wrong(found: tuple[Measured, ...], at: int) -> None:
    """By number and contact none is; by thread two in a hundred at most: a thread may wander."""
    one = found[at]
    least = 0.98 if RULES[at].by == "thread" else 1
    assert one.rule.linked > 0
    assert one.right / one.rule.linked >= least


def test_traps_are_counted(found: tuple[Measured, ...]) -> None:
    """Quoted numbers and shared telephones link nothing, and are told."""
    assert all(one.rule.ambiguous for one in found)


def test_the_rules_of_the_page_are_rules(page: Callable, tmp_path: Path) -> None:
    """Its example is a configuration, and uses each way once."""
    connections = "".join(f"[connections.{name}]\n" for name in ("books", "mailbox", "telephony"))
    (example,) = page("linking.md").fences("toml")
    rules = parse_config(connections + example, tmp_path / "duetrail.toml").touch_rules
    assert {rule.by for rule in rules} == {rule.by for rule in RULES}


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "none"
