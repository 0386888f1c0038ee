"""`duetrail rejects` shows what was set aside."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve

from duetrail.stores import Changes, Store, StoredPage, StoredReject

Run = Callable[..., object]

RAW = '{"id":"inv_7","amount":1.10,"note":"\\u001b[31mred"}'


@pytest.fixture
def url(store: Store, tmp_path: Path) -> str:
    """The URL of a store with one reject."""
    with store.transaction():
        page = StoredPage("us", "invoices", "all", 1, "https://acme.example/bills", 200, "", b"{}")
        one = StoredReject(
            connection="us",
            resource="invoices",
            shape="invoice",
            key="inv_7",
            within="",
            shard="all",
            item="inv_7",
            path="$.data[3]",
            json_path="$.amount",
            reason="an amount in minor units has a fraction",
            plugin="acme 1.0",
            page=1,
            run=1,
            raw=RAW,
        )
        key = (one.connection, one.resource, one.shape, one.key)
        store.apply(Changes(pages={1: page}, rejects={key: one}))
    return f"sqlite:///{tmp_path / 'store.db'}"


def test_the_list_says_why(url: str, run: Run) -> None:
    """Each reject has a number, an item and a reason."""
    done = run("--store", url, "rejects", "list")
    assert "inv_7" in done.out
    assert "an amount in minor units has a fraction" in done.out


def test_rejects_by_reason(url: str, run: Run, store: Store) -> None:
    """With --reasons those that are alike are one row, with how many, where and why."""
    (one,) = store.rejects()
    others = [evolve(one, key=f"inv_{n}", item=f"inv_{n}") for n in (8, 9)]
    others.append(evolve(one, key="inv_10", json_path="$.due", reason="no date"))
    with store.transaction():
        rejects = {(o.connection, o.resource, o.shape, o.key): o for o in others}
        store.apply(Changes(rejects=rejects))
    done = run("--store", url, "rejects", "list", "--reasons", "--json")
    assert [(row["count"], row["json_path"], row["reason"]) for row in json.loads(done.out)] == [
        (3, "$.amount", "an amount in minor units has a fraction"),
        (1, "$.due", "no date"),
    ]
    text = run("--store", url, "rejects", "list", "--reasons").out.splitlines()
    assert len(text) == 3
    assert text[1].split()[:3] == ["3", "us.invoices", "invoice"]


def test_an_empty_list_says_so(url: str, run: Run, tmp_path: Path) -> None:
    """Nothing set aside, of a connection that is there, is said in words."""
    (tmp_path / "duetrail.toml").write_text('[connections.eu]\nplugin = "acme"\n')
    done = run("--config", tmp_path / "duetrail.toml", "--store", url, "rejects", "list", "eu")
    assert (done.code, done.out) == (0, "Nothing is set aside.\n")


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_no_such_connection(url: str, run: Run, arguments: list[str]) -> None:
    """A connection nobody knows is a mistake; the nearest one is offered."""
    done = run("--store", url, "rejects", "list", "uss", *arguments)
    assert done.code == 2
    assert "there is no connection 'uss'\n  Did you mean 'us'?" in done.err


def test_one_is_shown_whole(url: str, run: Run, store: Store) -> None:
    """The item as received, what is wrong in it, and which answer it came with."""
    number = next(store.rejects()).number
    done = run("--store", url, "rejects", "show", number)
    assert "$.amount" in done.out
    assert "https://acme.example/bills" in done.out
    assert '"amount": 1.10' in done.out
    assert "\x1b" not in done.out


def test_a_machine_gets_the_text_as_it_came(url: str, run: Run, store: Store) -> None:
    """--json keeps the item as text, so that no number is changed on the way."""
    done = run("--store", url, "rejects", "show", next(store.rejects()).number[:6], "--json")
    assert json.loads(done.out)["raw"] == RAW


def test_an_unknown_number_is_a_mistake(url: str, run: Run) -> None:
    """Asking for a reject that is not there ends with exit code 2."""
    done = run("--store", url, "rejects", "show", "zzz")
    assert done.code == 2
    assert "no reject has the number 'zzz'" in done.err


@pytest.mark.parametrize("command", ["show", "drop"])
def test_an_empty_number_means_none(url: str, run: Run, store: Store, command: str) -> None:
    """A number without a digit is a mistake, and touches no reject."""
    done = run("--store", url, "rejects", command, "")
    assert done.code == 2
    assert "no reject has the number ''" in done.err
    assert len(list(store.rejects())) == 1
