"""Lists by cursor, link and offset: Pager passes the suite, and a loop by hand fails it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from duetrail.testing.contract.leading import Leading
from duetrail.testing.contract.paging import Paging
from duetrail.testing.contract.reading import Reading

_HERE = Path(__file__).parent


def pager(file: Path) -> object:
    """A plugin that is a file, and installed nowhere."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[file.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestPager(Leading, Paging, Reading):
    """What the suite has to say of how it reads."""

    source = pager(_HERE / "pager.py")
    cassettes = _HERE / "pager.yaml"


BY_HAND = """
            after, asked = "/v1/calls?limit=2", set()
            while after and after not in asked and after.startswith("/v1/"):
                asked.add(after)
                tail = after.partition("?")[2]
                page = session.get("/calls", dict(one.split("=") for one in tail.split("&")))
                yield page
                after = page.data["next_page_uri"]
"""
BY_LINK = (
    '            yield from link(session, "/calls", query, rows=rows, next=following, id="sid")\n'
)


@pytest.mark.parametrize(
    "test",
    ["test_a_list_that_leads_back_comes_to_an_end", "test_a_link_to_another_host_leads_nowhere"],
)
def test_a_list_that_leads_astray_does_not_pass_for_read(test, tmp_path):
    """A loop that takes what it does not expect for the end of the list fails the suite."""
    text = (_HERE / "pager.py").read_text(encoding="utf-8")
    assert BY_LINK in text
    file = tmp_path / "pager_by_hand.py"
    file.write_text(text.replace(BY_LINK, BY_HAND), encoding="utf-8")
    facts = {"source": pager(file), "cassettes": _HERE / "pager.yaml"}
    suite = type("TestByHand", (Leading,), facts)
    try:
        with pytest.raises(pytest.fail.Exception, match="passes for complete"):
            getattr(suite(), test)()
    finally:
        suite.teardown_class()
