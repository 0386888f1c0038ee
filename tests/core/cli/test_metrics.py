"""`duetrail metrics`."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from duetrail.cli import main
from duetrail.stores import open_store
from duetrail.stores.metrics import METRICS
from support.books import fill, invoice


@pytest.fixture
def run(tmp_path: Path):
    """Runs the command over a store with three invoices."""
    file = tmp_path / "s.db"
    store = open_store(f"sqlite:///{file}", create=True)
    fill(
        store,
        invoice("1", "10.50", "2026-03-01", customer_name="=1+1"),
        invoice("2", "20", "2026-04-30"),
        invoice("3", "7", currency="JPY", in_dispute=True),
    )
    store.close()

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(main, ["--store", f"sqlite:///{file}", "metrics", *words])

    return invoke


def test_without_a_name_the_metrics_are_listed(run) -> None:
    """Each with what it tells."""
    told = run().output
    assert [one.name for one in METRICS if one.name not in told or one.help not in told] == []


def test_a_metric_is_a_table_for_people(run) -> None:
    """Without the columns that are for charts."""
    done = run("ar_ageing", "--on", "2026-03-31")
    assert done.exit_code == 0
    assert done.output.splitlines()[0].split() == [
        "currency", "position", "bucket", "items", "amount",
    ]  # fmt: skip
    assert "10.50" in done.output


def test_as_json_it_has_its_parameters_and_all_columns(run) -> None:
    """Amounts are text, so that no reader makes floats of them."""
    told = json.loads(run("ar_disputes", "--on", "2026-03-31", "--json").output)
    assert told["parameters"] == {"on": "2026-03-31"}
    assert [(row["currency"], row["amount"], row["rate_by_count"]) for row in told["rows"]] == [
        ("JPY", "7", 1.0),
        ("USD", "30.50", 0.0),
    ]


def test_as_csv_no_cell_is_a_formula(run) -> None:
    """What a customer calls itself is not run by a spreadsheet."""
    rows = list(csv.DictReader(io.StringIO(run("ar_open", "--on", "2026-03-31", "--csv").output)))
    assert [(row["customer"], row["remaining"], row["in_dispute"]) for row in rows] == [
        ("'=1+1", "10.50", "false"),
        ("", "20.00", "false"),
        ("", "7", "true"),
    ]


def test_as_csv_no_cell_tells_a_terminal_what_to_do(run, tmp_path: Path) -> None:
    """Escape sequences, in either form, and turned text are none; words stay as they are."""
    store = open_store(f"sqlite:///{tmp_path}/s.db")
    name = "a\x1b[31m\x9b2J\rb\u202ec\u2066\nx\u200cy"
    fill(store, invoice("1", "10.50", customer_name=name))
    store.close()
    output = run("ar_open", "--on", "2026-03-31", "--csv").output
    row = next(csv.DictReader(io.StringIO(output)))
    assert row["customer"] == "a [31m 2J b c \nx\u200cy"


@pytest.mark.parametrize("other", ["--json", "--sql"])
def test_two_answers_at_once_are_refused(run, other: str) -> None:
    """None of them is left out in silence."""
    done = run("ar_open", "--on", "2026-03-31", "--csv", other)
    assert (done.exit_code, f"--csv and {other} are two answers" in done.output) == (2, True)


def test_people_can_be_left_out(run) -> None:
    """No name, no telephone number; everything else as it is."""
    told = json.loads(run("ar_open", "--on", "2026-03-31", "--without-people", "--json").output)
    assert "=1+1" not in json.dumps(told)
    assert [row["remaining"] for row in told["rows"]] == ["10.50", "20.00", "7"]


def test_connections_can_be_chosen(run) -> None:
    """One that nobody knows is a mistake, and not an empty answer."""
    done = run("ar_open", "--on", "2026-03-31", "--connection", "erp")
    assert (done.exit_code, "there is no connection 'erp'" in done.output) == (2, True)


def test_the_day_is_never_taken_from_the_clock_by_itself(run) -> None:
    """Whoever wants today says so."""
    done = run("ar_ageing")
    assert (done.exit_code, "--on today" in done.output) == (2, True)
    assert run("ar_ageing", "--on", "today").exit_code == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("ar_ageing", "--on", "31.03.2026"), "'31.03.2026' is no day"),
        (("ar_aging", "--on", "2026-03-31"), "Did you mean 'ar_ageing'?"),
        (("ar_ageing", "--on", "2026-03-31", "--set", "bucket=1"), "Did you mean 'buckets'?"),
        (("ar_ageing", "--on", "2026-03-31", "--set", "buckets=a"), "buckets cannot be 'a'"),
        (("ar_ageing", "--on", "2026-03-31", "--set", "days=1,2"), "days cannot be '1,2'"),
    ],
)
def test_a_mistake_is_named(run, words: tuple[str, ...], told: str) -> None:
    """What, and what to write instead; no traceback."""
    done = run(*words)
    assert (done.exit_code, told in done.output) == (2, True), done.output


def test_other_programs_read_the_same_numbers_from_views(run, tmp_path: Path) -> None:
    """The statements of --sql make a view of each metric, again and again."""
    db = sqlite3.connect(tmp_path / "s.db")
    for _ in range(2):
        db.executescript(run("--sql", "--on", "2026-03-31").output)
    found = db.execute("SELECT currency, sum(items), sum(amount_chart) FROM ar_ageing GROUP BY 1")
    assert found.fetchall() == [("JPY", 1, 7.0), ("USD", 2, 30.5)]
    for metric in METRICS:
        db.execute(f"SELECT * FROM {metric.name}").fetchall()
    db.close()
    assert run("ar_ageing", "--on", "2026-03-31").exit_code == 0


def test_one_query_can_be_printed(run, tmp_path: Path) -> None:
    """It runs in any tool, without a view in the store."""
    db = sqlite3.connect(tmp_path / "s.db")
    sql = run("ar_dso", "--on", "2026-03-31", "--sql").output
    assert [row[0] for row in db.execute(sql.rstrip().rstrip(";"))] == ["JPY", "USD"]
    db.close()


def test_a_future_day_is_not_asked_of_history(run) -> None:
    """Nobody knows yet what records will be; the day that is looked at may be later."""
    refused = run("ar_ageing", "--on", "2026-03-31", "--as-of", "9000-01-01")
    assert refused.exit_code == 2
    assert "nobody knows yet what records will be on 9000-01-01" in refused.output


def test_a_past_day_is_asked_of_history(run, tmp_path: Path) -> None:
    """Before history is built there is none; afterwards the command says from when on."""
    asked = ("ar_ageing", "--as-of", "2026-03-31")
    refused = run(*asked)
    assert (refused.exit_code, "duetrail history build" in refused.output) == (2, True)
    url = f"sqlite:///{tmp_path / 's.db'}"
    store = open_store(url)
    number = store.begin_run("2026-03-31T08:00:00.000000Z")
    store.end_run(number, "2026-03-31T09:00:00.000000Z", "ended", "{}")
    store.close()
    built = CliRunner().invoke(main, ["--store", url, "history", "build"])
    assert (built.exit_code, "as of 2026-03-31 and later" in built.output) == (0, True)
    told = json.loads(run(*asked, "--json").output)
    assert told["parameters"] == {"on": "2026-03-31", "as_of": "2026-03-31"}
    assert sum(row["items"] for row in told["rows"]) == 3
    dropped = CliRunner().invoke(main, ["--store", url, "history", "drop", "--json"])
    assert json.loads(dropped.output) == {"dropped": True}
    assert run(*asked).exit_code == 2
