"""docs/contract-suite.md has every test with its claim, and every attribute of the class."""

from __future__ import annotations

import inspect
import re

from duetrail.testing import ContractTests
from duetrail.testing.contract.advice import GUIDE
from duetrail.testing.contract.suite import Suite


def test_every_test_is_listed(generated) -> None:
    """Theme by theme, in the order in which they are run, with its claim."""
    parts = []
    for theme in reversed(ContractTests.__bases__):
        tests = {name: test for name, test in vars(theme).items() if name.startswith("test_")}
        lines = [f"- `{name}`: {_claim(test)}" for name, test in tests.items()]
        parts.append("\n".join([f"**{_claim(theme)}**", "", *lines, ""]))
    generated("contract-suite.md", "tests", "\n".join(parts))


def test_every_attribute_is_explained(generated) -> None:
    """What an author may say of a plugin, as the class describes it."""
    described = inspect.getdoc(Suite).partition("Attributes:\n")[2]
    found = re.findall(r"^    (\w+): ((?:.|\n(?!    \w))+)", described, re.MULTILINE)
    rows = [f"| `{name}` | {' '.join(text.split())} |\n" for name, text in found]
    assert [name for name, _ in found] == [n for n in Suite.__annotations__ if n[0] != "_"]
    generated("contract-suite.md", "attributes", "| attribute | is |\n|---|---|\n" + "".join(rows))


def test_advice_leads_somewhere(page) -> None:
    """Every page and heading that a failure names is there."""
    for file, heading in GUIDE.values():
        assert page(file.removeprefix("docs/")).section(heading).text


def _claim(thing) -> str:
    return " ".join(inspect.getdoc(thing).split())
