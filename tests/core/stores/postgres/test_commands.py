"""Every command says the same of a company, whichever store it was synced into."""

from __future__ import annotations

import json
import re

import pytest

from duetrail.pipeline.digest import digest
from duetrail.stores import RecordQuery


@pytest.fixture
def both(company, run):
    """Runs a command on both stores; what each says, without what tells the stores apart."""

    def ask(*arguments):
        config = company.folder / "duetrail.toml"
        done = [
            run("--config", config, "--store", url, *arguments)
            for url in (company.postgres, company.sqlite)
        ]
        return [(one.code, _plain(one.out), one.err) for one in done]

    return ask


def _plain(text: str) -> str:
    """Without the store's name and the times of runs."""
    return re.sub(
        r'(sqlite|postgresql):/[^\s",]+( \(schema \w+\))?|20\d\d-\d\d-\d\dT[\d:.]+Z', "*", text
    )


def test_one_digest(company, opened):
    """One number for both stores."""
    assert digest(opened(company.postgres)) == digest(opened(company.sqlite))


def test_a_second_sync_writes_nothing(company, opened):
    """Everything is recognised, and the digest stays."""
    before = digest(opened(company.postgres))
    company.sync(company.postgres)
    company.sync(company.sqlite)
    again = opened(company.postgres)
    assert digest(again) == before
    assert json.loads(next(again.runs()).summary)["written"] == 0


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("drift",),
        ("drift", "--json"),
        ("rejects", "list"),
        ("remap", "--workers", "1"),
        ("remap", "--workers", "1", "stuut"),
    ],
    ids=" ".join,
)
def test_commands_answer_alike_on_both_stores(both, command):
    """Code, answer and messages are equal to the letter."""
    postgres, sqlite = both(*command)
    assert postgres == sqlite


@pytest.mark.parametrize("since", [0, 1])
def test_both_stores_tell_the_same_changes(both, since):
    """The same changes in the same order; the keys of a vendor's JSON may come in another."""
    postgres, sqlite = (
        [json.loads(line) for line in out.splitlines()]
        for _, out, _ in both("changes", "--since", since)
    )
    assert postgres == sqlite
    assert "cursor" in postgres[-1]


def test_status_for_machines(both):
    """The same value; the keys of the last summary may come in another order."""
    (code, out, err), (_, other, _) = both("status", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["counts"] == json.loads(other)["counts"]


def test_both_stores_tell_the_same_timelines(both, company, opened):
    """Of every invoice of a vendor, as text and as JSON."""
    numbers = {row.id for row in opened(company.sqlite).records(RecordQuery("invoices", "stuut"))}
    for id in sorted(numbers)[:4]:
        for more in ((), ("--json",)):
            postgres, sqlite = both("timeline", f"stuut:{id}", *more)
            assert postgres[0] == 0
            assert postgres == sqlite


def test_both_stores_explain_alike(both, company, opened):
    """Where each value of a record comes from."""
    for table, field in (("invoices", "total"), ("calls", "started_at"), ("emails", "subject")):
        row = next(opened(company.sqlite).records(RecordQuery(table, "stuut")))
        postgres, sqlite = both("explain", f"stuut:{table}:{row.id}", field)
        assert postgres[0] == 0
        assert postgres == sqlite


def test_whoever_is_erased_is_gone_from_both_stores(both, company, opened):
    """Whoever is erased is gone from both, and stays out; the digest is still one."""
    contacts = (
        address
        for row in opened(company.sqlite).records(RecordQuery("parties", "stuut"))
        for values in row.children["contacts"]
        for address in values
        if isinstance(address, str) and "@" in address
    )
    who = next(contacts)
    dry, _ = both("erase", "--contact", who, "--dry-run")
    postgres, sqlite = both("erase", "--contact", who)
    assert postgres == sqlite
    assert postgres[0] == 0
    assert dry[1].splitlines()[0] == postgres[1].splitlines()[0]
    assert digest(opened(company.postgres)) == digest(opened(company.sqlite))
    company.sync(company.postgres)
    company.sync(company.sqlite)
    assert digest(opened(company.postgres)) == digest(opened(company.sqlite))
    dump = "\n".join(
        str(row.values) for row in opened(company.postgres).records(RecordQuery("emails"))
    )
    assert f'"{who}"' not in dump
