"""Stripe's lists from localstripe, a stateful stand-in that nobody here wrote.

It has neither credit notes nor disputes, nor the filter `created`: of these two there is one each,
the example of Stripe's own OpenAPI repository. What the examples show of all six resources stands
in a cassette of its own. With `--record-mode=rewrite` both cassettes are recorded anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from duetrail.testing import Answer, LoopbackServer, Request
from support import recording
from support.engines import tools
from support.mock_server import in_json, passed_on, running
from support.scripted import Project

ROOT = Path(__file__).parents[3]
FIXTURES = ROOT / "tests/plugins/stripe/openapi/fixtures3.json"
CASSETTES = ROOT / "cassettes/plugins/stripe"
KEY = "sk_test_made_up_for_these_tests"
MISSING = ("/v1/credit_notes", "/v1/disputes")
# Cards that are charged, and one that is declined.
(GOOD, DECLINED) = ("4242424242424242", "4000000000000341")
# What each customer is billed a month, in the unit that Stripe counts; digits of that unit.
BILLED = [
    ("usd", 1050, GOOD),
    ("usd", 99, DECLINED),
    ("jpy", 500, GOOD),
    ("eur", 120000, GOOD),
    ("kwd", 1234, GOOD),
    ("mga", 77, GOOD),
]
DIGITS = {"usd": 2, "jpy": 0, "eur": 2, "kwd": 3, "mga": 0}

pytestmark = pytest.mark.timeout(120)

Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def localstripe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a localstripe that has nothing yet."""
    program = tools("localstripe") / "localstripe"
    folder = tmp_path_factory.mktemp("localstripe")
    with running([program, "--from-scratch", "--port"], folder, {"HOME": str(folder)}) as url:
        yield url


@pytest.fixture(scope="module")
def company(localstripe: str) -> Ask:
    """A way to ask localstripe; it has six customers with a bill each, and one refund."""

    def ask(path: str, **sent: Any) -> Any:
        headers = {"Authorization": f"Bearer {KEY}"}
        method = "POST" if sent else "GET"
        got = requests.request(method, localstripe + path, data=sent, headers=headers, timeout=60)
        got.raise_for_status()
        return got.json()

    for currency, amount, card in BILLED:
        plan = f"plan-{currency}-{amount}"
        product = {"product[name]": "Collections"}
        ask("/v1/plans", id=plan, amount=amount, currency=currency, interval="month", **product)
        customer = ask("/v1/customers", email=f"{plan}@example.com", name=f"Customer of {plan}")
        number = {
            "card[number]": card,
            "card[exp_month]": "12",
            "card[exp_year]": "2040",
            "card[cvc]": "123",
        }
        method = ask("/v1/payment_methods", type="card", **number)["id"]
        ask(f"/v1/payment_methods/{method}/attach", customer=customer["id"])
        default = {"invoice_settings[default_payment_method]": method}
        ask(f"/v1/customers/{customer['id']}", **default)
        ask("/v1/subscriptions", customer=customer["id"], **{"items[0][plan]": plan})
    (first, *_) = rows_of(ask, "charges")
    ask("/v1/refunds", charge=first["id"], amount="50")
    return ask


def rows_of(ask: Ask, resource: str) -> list[dict[str, Any]]:
    """All that localstripe has of a resource."""
    rows = ask(f"/v1/{resource}?limit=100")["data"]
    assert isinstance(rows, list)
    return rows


@pytest.fixture
def vendor(localstripe: str, company: Ask) -> Iterator[str]:
    """The address of a server that passes requests on, but for what localstripe lacks."""

    def respond(request: Request) -> Answer:
        path = urlsplit(request.target).path
        if path in MISSING:
            return _example(path)
        headers = {"Authorization": request.headers.get("authorization", "")}
        return passed_on(localstripe + request.target, headers)

    with LoopbackServer(respond) as server:
        yield server.url


@pytest.fixture
def fixtures() -> Iterator[str]:
    """The address of a server whose lists have one row each, the example of Stripe's own."""
    with LoopbackServer(lambda request: _example(urlsplit(request.target).path)) as server:
        yield server.url


def _example(path: str) -> Answer:
    """A list of one row, the example of its kind."""
    resources = json.loads(FIXTURES.read_text())["resources"]
    row = resources[path.rpartition("/")[2].removesuffix("s")]
    found = {"object": "list", "data": [row], "has_more": False, "url": path}
    return in_json(json.dumps(found).encode())


@pytest.fixture
def connect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Project]:
    monkeypatch.setenv("STRIPE_API_KEY", KEY)
    settings = {"token": None, "key": "env:STRIPE_API_KEY", "page_size": 2}
    return lambda url: Project(tmp_path).connect("stripe", base_url=url, **settings)


def test_every_invoice_is_stored_to_the_last_unit(
    connect: Callable[[str], Project], vendor: str, company: Ask
) -> None:
    """Amounts in the unit that Stripe counts, which is not ISO's for every currency."""
    project = connect(vendor)
    assert project.sync().exit_code == 0
    kept = {row["id"]: row for row in project.rows("invoices")}
    invoices = rows_of(company, "invoices")
    assert {id for id in kept if id.startswith("in_")} == {one["id"] for one in invoices}
    assert len(invoices) == len(BILLED)
    for one in invoices:
        row, digits = kept[one["id"]], DIGITS[one["currency"]]
        assert row["currency"] == one["currency"].upper()
        assert Decimal(row["total"]) == Decimal(one["total"]).scaleb(-digits)
        assert Decimal(row["amount_paid"]) == Decimal(one["amount_paid"]).scaleb(-digits)
        assert (row["status_raw"], row["customer_id"]) == (one["status"], one["customer"])


def test_every_customer_payment_and_refund_is_stored(
    connect: Callable[[str], Project], vendor: str, company: Ask
) -> None:
    """Page by page, after the last row of the one before."""
    project = connect(vendor)
    project.sync()
    assert {row["id"] for row in project.rows("parties")} == {
        one["id"] for one in rows_of(company, "customers")
    }
    payments = {row["id"]: row for row in project.rows("payments")}
    charges, (refund,) = rows_of(company, "charges"), rows_of(company, "refunds")
    assert {id for id in payments if not id.startswith("dp_")} == {
        one["id"] for one in [*charges, refund]
    }
    assert {payments[one["id"]]["status"] for one in charges} == {"settled", "failed"}
    paid_back = payments[refund["id"]]
    assert (paid_back["refund_of_id"], paid_back["amount"]) == (refund["charge"], "-0.50")


def test_a_second_run_writes_nothing(connect: Callable[[str], Project], vendor: str) -> None:
    """Lists are read whole again, and nothing is new."""
    project = connect(vendor)
    project.sync()
    assert project.sync().exit_code == 0
    tables = ("invoices", "parties", "payments")
    assert {row["changed_run"] for table in tables for row in project.rows(table)} == {1}


def test_a_wrong_key_is_refused(
    connect: Callable[[str], Project], vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys are known by their form; the run does not end well."""
    project = connect(vendor)
    monkeypatch.setenv("STRIPE_API_KEY", "a-key-of-another-vendor")
    summary = project.sync(select=["invoices"])
    assert summary.exit_code != 0


def test_what_localstripe_lacks_is_read_from_examples(
    connect: Callable[[str], Project], fixtures: str
) -> None:
    """A credit note, and a dispute as a payment that goes back."""
    project = connect(fixtures)
    assert project.sync().exit_code == 0
    kinds = {row["id"][:3]: row["kind"] for row in project.rows("invoices")}
    assert kinds == {"in_": "receivable", "cn_": "credit_note"}
    refunds = {row["id"][:3]: row["refund_of_id"] for row in project.rows("payments")}
    assert refunds["dp_"] == refunds["re_"] == "ch_1PgafuB7WZ01zgkWXYmPNZs8"


@pytest.mark.parametrize("name", ["localstripe", "fixtures"])
def test_the_cassettes_hold_what_was_answered(
    connect: Callable[[str], Project],
    vendor: str,
    fixtures: str,
    request: pytest.FixtureRequest,
    name: str,
) -> None:
    """Recorded anew on demand; each has all six lists."""
    file = CASSETTES / f"{name}.yaml"
    url = vendor if name == "localstripe" else fixtures
    if request.config.getoption("--record-mode") == "rewrite":
        with recording.cassette("stripe", file, "https://api.stripe.com", url):
            assert connect(url).sync().exit_code == 0
    text = file.read_text()
    lists = ("customers", "invoices", "credit_notes", "charges", "refunds", "disputes")
    assert [
        one for one in lists if f"uri: https://api.stripe.com/v1/{one}?limit=2" not in text
    ] == []
