"""The contract suite finds mistakes that authors make, and the page says truly which.

`DUETRAIL_WRITE_DOCS=1 python -m pytest tests/mutants` tries every mutant and rewrites the page.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import click
import pytest

from support.mutants import LIMIT, THEMES
from support.nightly import nightly

WRITES = os.environ.get("DUETRAIL_WRITE_DOCS") == "1"
LEAST = 0.95

# Most of a suite is waiting, for a vendor that says when to come again.
AT_ONCE = 2 * (os.cpu_count() or 1)


@pytest.mark.skipif(not WRITES, reason="takes minutes: only while the page is written")
@pytest.mark.timeout(7200)
def test_nearly_every_mutant_is_found(mutants, tried, table, capsys):
    """Of all mistakes at least 95 of 100 fail a test; the page is rewritten."""
    tests = {}

    def one(mutant):
        return mutant, tried(
            mutant.text, mutant.name, mutant.vendor, is_installed=mutant.is_installed
        )

    with ThreadPoolExecutor(AT_ONCE) as pool, capsys.disabled():
        for mutant, verdict in pool.map(one, mutants):
            tests[mutant.name] = verdict.test
            click.echo(f"{mutant.name}: {verdict.test or 'none'}, {verdict.seconds:.1f} s")
    table.write(mutants, tests)
    assert sum(map(bool, tests.values())) >= LEAST * len(tests)


@nightly  # the suite's own tests try the same
@pytest.mark.timeout(LIMIT + 60)
@pytest.mark.parametrize("vendor", sorted(set(THEMES.values())))
def test_what_has_no_mistake_fails_nothing(sound, tried, vendor):
    """Installed as the mutants are, a plugin itself passes."""
    verdict = tried(sound[vendor], vendor, vendor, is_installed=True)
    assert (verdict.test, verdict.said) == ("", "")


@pytest.mark.timeout(LIMIT + 60)
def test_a_mutant_fails_the_test_on_the_page(mutant, tried, table):
    """What is tried now comes to what it came to when the page was written."""
    verdict = tried(mutant.text, mutant.name, mutant.vendor, is_installed=mutant.is_installed)
    assert verdict.test == table.tests[mutant.name], verdict.said


def test_the_page_has_every_mutant(mutants, table):
    """Each mistake of the lists, in their order, and no other."""
    assert list(table.tests) == [one.name for one in mutants]


def test_the_page_says_how_many_are_found(table):
    """The sentence above the table is true of it, and enough are found."""
    found = [test for test in table.tests.values() if test]
    assert table.rate == table.sentence(table.tests)
    assert len(found) >= LEAST * len(table.tests)


def test_the_page_marks_the_published_faults(mutants, table):
    """All fourteen are among the mistakes, and marked."""
    published = {one.name: one.published for one in mutants if one.published}
    assert len(set(published.values())) == len(published) == 14
    assert table.marked == set(published)


def test_whatever_is_not_found_has_a_reason(mutants, table):
    """Of each mistake that fails no test it is said why, and of no other."""
    unfound = [name for name, test in table.tests.items() if not test]
    assert [one.name for one in mutants if one.survives] == unfound


def test_no_two_mutants_are_one(mutants, sound):
    """Each mistake makes another plugin, which Python can read."""
    texts = [one.text for one in mutants]
    for text in texts:
        compile(text, "plugin.py", "exec")
    assert len({*sound.values(), *texts}) == len(texts) + len(sound)
