"""A mapping may use time zones: what they keep is no leak, and reading their rules asks nobody."""

from __future__ import annotations

import sys
import zoneinfo
from pathlib import Path

import pytest

from support.nightly import first


def _before_an_invoice(line):
    """Acme's text with a line that is run before an invoice is made."""
    made = "    return Invoice(\n"
    zones = "import zoneinfo\n\nZONES = sorted(zoneinfo.available_timezones())[:40]\n"
    return (made, f"    {line}\n{made}"), (
        "from attrs import frozen\n",
        f"from attrs import frozen\n{zones}",
    )


@pytest.mark.parametrize(
    "line",
    first(
        1,
        [
            "zoneinfo.ZoneInfo(ZONES[hash(bill.id) % len(ZONES)])",
            "zoneinfo.ZoneInfo.no_cache(ZONES[hash(bill.id) % len(ZONES)])",
            "KNOWN.update({'a': [0] * 9_000}) if bill.id.endswith('-25') else None",
            "KNOWN.update({f'{len(KNOWN) % 60}': bill.id * 20})",
        ],
    ),
    ids=["zones that change", "zones not kept", "made late, once", "the last few"],
)
def test_what_is_kept_once_is_no_leak(acme, line):
    """A cache that is filled late, or whose content changes, is not memory that grows."""
    acme.run(acme.suite(*_before_an_invoice(line)), "test_a_mapping_keeps_nothing")


@pytest.mark.parametrize(
    "line",
    first(1, ["KNOWN[bill.id] = bill", "KNOWN.setdefault('all', []).append((bill.id,) * 9)"]),
)
def test_what_is_kept_of_each_item_is_a_leak(acme, line):
    """What grows with every item is told, however unevenly it grows."""
    with pytest.raises(pytest.fail.Exception, match="bytes behind"):
        acme.run(acme.suite(*_before_an_invoice(line)), "test_a_mapping_keeps_nothing")


def test_the_rules_of_a_zone_may_be_read(acme, tmp_path, monkeypatch):
    """Where this machine has no time zones, they come from a package of files: no file is opened.

    Not by the plugin, that is.
    """
    rules = tmp_path / "site" / "tzdata" / "zoneinfo" / "Europe"
    for folder in (rules, rules.parent, rules.parents[1]):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").touch()
    there = [Path(one) / "Europe/Berlin" for one in zoneinfo.TZPATH]
    (rules / "Berlin").write_bytes(next(one for one in there if one.exists()).read_bytes())
    monkeypatch.syspath_prepend(rules.parents[2])
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=[])
    try:
        suite = acme.suite(*_before_an_invoice("zoneinfo.ZoneInfo.no_cache('Europe/Berlin')"))
        acme.run(suite, "test_a_mapping_asks_nobody")
    finally:
        zoneinfo.reset_tzpath(to=before)
        for name in [one for one in sys.modules if one.partition(".")[0] == "tzdata"]:
            del sys.modules[name]
