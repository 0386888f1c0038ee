"""Echo itself: the example in the documentation loads, runs, and shows what it says it shows."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from attrs import fields

from duetrail import plugins
from duetrail.api import sync


def test_it_is_listed_as_loaded():
    """It is listed as loaded, with its resources and what is native and derived."""
    (echo,) = (listing for listing in plugins.listings() if listing.name == "echo")
    assert (echo.state, echo.cause) == ("loaded", "")
    assert echo.resources == ("invoices", "customers", "replies", "calls")
    assert echo.records == {
        "invoices": "native",
        "calls": "native",
        "callouts": "derived",
        "emails": "native",
    }


def test_its_answers_are_complete(toy, tmp_path, echo_path):
    """The answers that come with it are complete and without a reject."""
    folder = echo_path[0]
    config = tmp_path / "duetrail.toml"
    config.write_text(
        f"[connections.echo]\nanswers = '{folder}/answers.json'\ninvoices = 'echo:number'\n"
    )
    summary = sync(config=config)
    assert summary.exit_code == 0
    assert summary.records == {
        "invoices": 2,
        "parties": summary.records["parties"],
        "emails": 2,
        "calls": 4,
        "callouts": 2,
    }


def test_every_kind_of_resource(toy):
    """There is a walk, one with inner items, keys of its own, keys by option, two shapes of one."""
    resources = toy.source.resources
    assert any(r.keys is None and len(r.shapes) > 3 for r in resources)
    assert any(r.keys and r.keys.option is None for r in resources)
    assert any(r.keys and r.keys.option for r in resources)
    assert len(toy.source.shapes_of(toy.shape("customer").record)) == 2


def test_settings_are_explained(toy):
    """Every setting says what it does."""
    assert all(field.metadata["help"] for field in fields(toy.source.options))


def test_errors_by_name(project):
    """A text in place of a page is the error of that name."""
    summary = project.answer(customers=["Forbidden"]).sync(select=["customers"])
    (problem,) = summary.resources[0].problems
    assert problem.message == "echo:/customers/all/0 answered Forbidden"


def test_minor_units_become_exact_amounts(project):
    """Amounts in minor units become exact amounts, in any currency."""
    rows = [("EUR", "1299.00"), ("JPY", "129900"), ("KWD", "129.900"), ("XXX", None)]
    invoices = [{"id": code, "currency": code, "cents": 129900} for code, _ in rows]
    project.answer(invoices=[{"invoices": invoices}]).sync(select=["invoices"])
    assert project.rows("SELECT id, total FROM invoices ORDER BY id") == sorted(rows)


@pytest.mark.timeout(300)
def test_its_types_are_strict(echo_path):
    """It passes mypy --strict, as a plugin should."""
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", f"{echo_path[0]}/duetrail_echo"],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_answers_are_json(toy, echo_path):
    """The answers can be read by anything that reads JSON."""
    answers = msgspec.json.decode(Path(echo_path[0], "answers.json").read_bytes())
    assert set(answers) == {resource.name for resource in toy.source.resources}
