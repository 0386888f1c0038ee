"""The contract suite on the machine of somebody who has plugins switched off."""

from __future__ import annotations

from duetrail.testing import ContractTests


class Stuut(ContractTests):
    """An installed plugin; how it loads needs no recording."""

    source = "stuut"
    cassettes = None
    __test__ = False


def test_which_plugins_are_on_does_not_matter(monkeypatch) -> None:
    """A plugin is seen beside a broken one, though DUETRAIL_PLUGINS names it alone."""
    monkeypatch.setenv("DUETRAIL_PLUGINS", "stuut")
    try:
        Stuut().test_it_loads_beside_a_broken_plugin()
    finally:
        Stuut.teardown_class()
