"""The page: what it shows, what it leaves out, and that what vendors wrote is only ever text."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from duetrail import Project
from duetrail.errors import StoreError, UsageError
from duetrail.model import CallOutcome, InvoiceKind, InvoiceStatus, Link, LinkKind, Party
from duetrail.pipeline import history
from duetrail.secrets import remember
from duetrail.stores import open_store
from duetrail_report import render_report
from duetrail_report.numbers import Numbers, Scope, shortened
from duetrail_report.templates import environment
from support.books import ON, about, call, email, fill, invoice, noon, paid
from support.nightly import nightly

HOSTILE = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</details></style><img src=x onerror=alert(1)>",
    "\"' onmouseover='alert(1)' x=\"",
    "<!-- {{ 7 * 7 }} {% raw %}",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(1)",
    "\u202egnp.exe",
    "שלום בע״מ",
    "شركة الاختبار",
    "a\x00b\x1b[31m",
)


def company(keep: Callable[..., None]) -> None:
    """Some of everything, in two currencies."""
    one = invoice("1", 100, "2026-02-01", customer_id="c", promised_to_pay_on=date(2026, 3, 1))
    two = invoice("2", "20.50", "2026-04-15", customer_id="c", currency="EUR", in_dispute=True)
    said = call("k", "2026-03-05", customer_id="c")
    written = email("m", "2026-03-09", subject="Your invoice", to_addresses=("ann@example.org",))
    keep(
        one,
        two,
        paid("3", 10, "2026-03-10", customer_id="c"),
        invoice("4", 7, kind=InvoiceKind.USAGE_BILL),
        Party(connection="erp", id="c", name="Ann Ltd"),
        said,
        written,
        call("j", "2026-03-04", customer_id="c", outcome=CallOutcome.RIGHT_PARTY),
        links=[*about(said, one), *about(written, one)],
    )


def asked(project: Project, source: dict[str, Any], scope: Scope) -> Any:
    """What a metric says of a number, asked anew."""
    rows = Numbers(project, scope).rows(source["metric"], **source["given"])
    where = source["where"].items()
    found = [row for row in rows if all(_plain(row[name]) == value for name, value in where)]
    if source["how"] == "rows":
        return len(found)
    if source["how"] == "sum":
        return sum((row[source["column"]] for row in found), Decimal(0))
    return found[0][source["column"]] if found else None


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


def test_every_number_is_what_its_metric_says(keep, page, project) -> None:
    """Whatever is shown can be asked of `duetrail metrics`."""
    company(keep)
    numbers = page().numbers
    assert len(numbers) > 30
    shown = {source["metric"] for _, source in numbers}
    assert {"touches_left_out", "called_after_conversation", "ar_cei"} <= shown
    for value, source in numbers:
        found = asked(project, source, Scope(on=ON))
        assert value == ("" if found is None else str(found)), source


def test_what_may_be_overdue_is_told_where_a_due_date_is_missing(keep, page) -> None:
    """Overdue is 0.00 of what has a due date: the rest is named beside it, with its amount."""
    keep(invoice("1", 10, "2026-12-31"))
    assert "without due date" not in page().text
    keep(invoice("2", 20))
    assert "without due date, not counted: 20.00" in page().text


def test_a_currency_that_has_only_credit_is_there(keep, page) -> None:
    """What is owed to a customer is told, though nothing is owed by anybody in that currency."""
    keep(invoice("1", 10, "2026-03-01"), invoice("2", -7, "2026-03-01", currency="CHF"))
    assert "taken off nothing: credit 7.00" in page().text


def test_of_a_currency_that_has_only_credit_nothing_else_is_told(keep, page) -> None:
    """A tile would have no number."""
    keep(invoice("2", -7, "2026-03-01", currency="CHF", issued_on=date(2025, 1, 1)))
    found = page()
    assert "CHF Owed to customers, and taken off nothing: credit 7.00" in found.text
    assert [one for one in found.attributes("div") if one.get("class") == "tile"] == []


def test_an_empty_store_is_told_in_sentences(page) -> None:
    """No part of the page is blank."""
    found = page()
    for sentence in (
        "Nothing was ever read into this store",
        "There are no receivables that can be counted",
        "Nothing is owed on this day",
        "Nothing is overdue and silent",
        "Nobody was called more than 7 times within seven days",
        "No invoice is stored",
        "Nobody was called within 7 days of a conversation",
        "Every open invoice is in the sums",
        "Every call and message of the period is in every number",
    ):
        assert sentence in found.text


def test_the_page_can_only_run_its_own_script(keep, page) -> None:
    """Nothing is asked for, and one script and one style are allowed, by their hashes."""
    company(keep)
    found = page()
    (policy,) = [one["content"] for one in found.attributes("meta") if one.get("http-equiv")]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert "connect-src" not in policy
    for tag, attributes in found.elements:
        assert not any(name.startswith("on") or name == "style" for name in attributes), tag
        for name in ("src", "href", "action", "srcset", "data", "poster"):
            assert (attributes.get(name) or "#").startswith(("#", "data:")), (tag, attributes)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_vendors_wrote_is_only_text(keep, page, text: str) -> None:
    """The same elements are there as with a harmless text, and the text is shown."""
    found = []
    for name in ("harmless", text):
        one = invoice("1", 100, "2026-02-01", customer_id=name, number=name, customer_name=name)
        said = call("k", "2026-03-05", summary=name)
        written = email("m", "2026-03-09", subject=name, to_addresses=(name,))
        keep(one, said, written, links=[*about(said, one), *about(written, one)])
        found.append(page())
    harmless, hostile = found
    assert _tags(hostile) == _tags(harmless)
    shown = text.replace("\x00", "\ufffd").replace("\x1b", "\ufffd")
    assert " ".join(shown.split()) in hostile.text
    assert "<script" not in hostile.packed
    assert "<img" not in hostile.packed


def _tags(page: Any) -> list[str]:
    """Its elements in order, without the whole texts of what a chart has to cut."""
    return [tag for tag, _ in page.elements if tag != "title"]


def test_what_to_act_on_comes_as_csv_that_no_spreadsheet_runs(keep, page) -> None:
    """The most money first, and a formula is a text."""
    keep(
        invoice("1", 5, "2026-01-01", customer_name="=1+1"),
        invoice("2", 500, "2026-02-01", customer_name="B"),
    )
    (link,) = [one["href"] for one in page().attributes("a") if "download" in one]
    text = base64.b64decode(link.partition(",")[2]).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["amount"], row["customer"]) for row in rows] == [
        ("500.00", "B"),
        ("5.00", "'=1+1"),
    ]
    assert {row["why"] for row in rows} == {
        "never touched for 89 days",
        "never touched for 58 days",
    }


def test_reasons_to_act_are_told_once_an_item(keep, page) -> None:
    """Silent, promised, disputed and told differently by another vendor."""
    one = invoice(
        "1", 9, "2026-01-05", in_dispute=True, promised_to_pay_on=date(2026, 2, 1), customer_id="c"
    )
    other = invoice("x", 9, "2026-01-06", connection="crm")
    keep(one, other, links=[Link(other.ref, one.ref, LinkKind.DERIVED, "same number")])
    text = page().text
    assert "never touched for 85 days" in text
    assert "promise of 2026-02-01 broken" in text
    assert "crm says another due on" in text
    assert "in dispute" in text
    assert "cannot be reached: email none, telephone none" in text


def test_whom_not_to_call_is_told(keep, page) -> None:
    """By all connections together; without people by the customer's id."""
    keep(
        Party(connection="voice", id="c", name="Ann Ltd"),
        *(call(f"k{at}", f"2026-03-{10 + at // 2}", customer_id="c") for at in range(9)),
    )
    assert "12025550101 Ann Ltd 9 2026-03-08 2026-03-14 1" in page().text
    without = page(with_people=False).text
    assert "2025550101" not in without
    assert "c 9 2026-03-08 2026-03-14 1" in without


def test_who_was_called_soon_after_a_conversation_is_told(keep, page) -> None:
    """Who called, and who had spoken to them; without people by the customer's id."""
    keep(
        Party(connection="voice", id="c", name="Ann Ltd"),
        call("k1", "2026-03-10", customer_id="c", outcome=CallOutcome.RIGHT_PARTY),
        call("k2", "2026-03-12", customer_id="c"),
    )
    row = "2026-03-12 12:00 UTC voice 2 voice not known"
    assert f"12025550101 Ann Ltd {row}" in page().text
    without = page(with_people=False).text
    assert "2025550101" not in without
    assert f"c {row}" in without


def test_where_an_opening_balance_is_from_is_told(keep, page, project) -> None:
    """From dates, unless history reaches back to the day before the period."""
    store = project.bare_store
    keep(invoice("1", 10, "2026-03-01", issued_on=date(2025, 12, 1)))
    assert "opening balance 10.00 , worked out from dates" in page().text
    history.build(store, noon("2025-12-20"))
    assert "opening balance 10.00 , as history knows it" in page().text


def test_without_people_there_is_no_name_and_no_word_of_theirs(keep, page) -> None:
    """On the page and in what is compressed: ids stand for customers."""
    company(keep)
    shown, without = page(), page(with_people=False)
    for secret in ("Ann Ltd", "ann@example.org", "Your invoice"):
        assert secret in shown.text + shown.packed
        assert secret not in without.html + without.packed
    assert "Without names" in without.text


def test_some_connections_only(keep, page, project) -> None:
    """As if there were no others, and one that nobody knows is refused."""
    keep(invoice("1", 100, "2026-02-01"), invoice("2", 30, "2026-02-01", connection="crm"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(project, "_known_names", lambda: ["crm", "erp"])
        found = page(connections=("crm",))
    assert "Only crm." in found.text
    assert "30.00" in found.text
    assert "100.00" not in found.text + found.packed
    with pytest.raises(UsageError, match="there is no connection 'nobody'"):
        render_report(project, ON, connections=("nobody",))


def test_a_past_day_is_read_from_history(keep, page, project) -> None:
    """As of that day, and beside it the weeks before."""
    store = project.bare_store
    for day, left in ((3, 100), (17, 40)):
        run = store.begin_run(f"2026-03-{day:02}T12:00:00.000000Z")
        fill(store, invoice("1", 100, "2026-03-02", amount_remaining=left), run=run)
        store.end_run(run, f"2026-03-{day:02}T13:00:00.000000Z", "ended", "{}")
        if day == 3:
            project.build_history()
        history.follow(store)
    then = page(on=date(2026, 3, 16), as_of=date(2026, 3, 16))
    assert "Records as they were known at the end of 2026-03-16" in then.text
    assert [value for value, source in then.numbers if source["column"] == "receivables"] == [
        "100.00"
    ]
    assert "The history has no past day to compare with" in page(on=date(2026, 3, 3)).text
    assert "The history has no past day to compare with" not in page().text


def test_each_customer_has_invoices_with_their_trails(keep, page) -> None:
    """What is compressed is found where the page says, and read like `duetrail timeline`."""
    company(keep)
    found = page()
    entries = [one for one in found.attributes("details") if one.get("class") == "customer"]
    assert len(entries) == 2  # one of them is not known
    places = [(int(one["data-block"] or ""), int(one["data-place"] or "")) for one in entries]
    html = [found.blocks[block][place] for block, place in places]
    assert [one.count('class="invoice"') for one in html] == [3, 1]
    assert html[0].count('<ol class="trail">') == 3
    assert "Your invoice" in html[0]


def test_customers_without_an_id_are_told_apart_by_their_names(keep, page) -> None:
    """Each with what they owe, and found from what to act on; without people they are one."""
    keep(
        invoice("1", 10, "2026-01-01", customer_name="Acme"),
        invoice("2", 20, "2026-01-01", customer_name="Zeta"),
    )
    shown, without = page(), page(with_people=False)
    entries = [one["id"] for one in shown.attributes("details") if one.get("class") == "customer"]
    assert entries == ["c0", "c1"]
    links = [one["href"] for one in shown.attributes("a") if one["href"] in ("#c0", "#c1")]
    assert links == ["#c1", "#c0"]  # the most money first
    owed = [(n, of) for n, of in shown.numbers if of["metric"] == "ar_open" and of["how"] == "sum"]
    assert [(number, of["where"]["customer"]) for number, of in owed] == [
        ("10.00", "Acme"),
        ("20.00", "Zeta"),
    ]
    assert "1 customers with 2 invoices" in without.text


def test_no_text_is_cut_in_the_middle_of_a_secret() -> None:
    """Of the half of one that is left nobody would know what it is."""
    secret = "made-up-secret-in-the-middle-0042"
    remember(secret)
    assert shortened(f"{'x' * 590} {secret} {'y' * 99}").startswith(f"{'x' * 590} [secret]")
    message = f"{'x' * 285}-{secret}-{'y' * 99}"
    drawn = environment().from_string("{{ message | beginning }}").render(message=message)
    assert drawn.startswith(f"{'x' * 285}-[secret]-")
    assert len(drawn) < 310


def test_invoices_that_are_the_same_are_shown_once(keep, page) -> None:
    """With what each vendor says of it."""
    one, other = invoice("1", 9, customer_id="c"), invoice("x", 9, connection="crm")
    keep(one, other, links=[Link(other.ref, one.ref, LinkKind.DERIVED, "same number")])
    found = page()
    assert found.packed.count('class="invoice"') == 1
    assert "crm:x" in found.packed


def test_of_invoices_that_are_the_same_the_one_that_is_owed_is_shown(keep, page) -> None:
    """Its customer is on the page, though the rule names a draft first."""
    one = invoice("1", 9, customer_id="c", status=InvoiceStatus.DRAFT)
    other = invoice("x", 9, connection="crm", customer_id="k")
    keep(one, other, links=[Link(other.ref, one.ref, LinkKind.DERIVED, "same number")])
    owed = [
        of["where"] for _, of in page().numbers if (of["metric"], of["how"]) == ("ar_open", "sum")
    ]
    assert owed == [{"connection": "crm", "customer_id": "k", "currency": "USD"}]


def test_what_is_left_out_is_said(keep, page) -> None:
    """Older invoices of a customer with very many, and long texts; --all includes them."""
    said = call("k", "2026-03-05", summary="word " * 300)
    one = invoice("1", 9, customer_id="c")
    keep(said, *(invoice(str(at), 9, customer_id="c") for at in range(130)), links=about(said, one))
    short, whole = page(), page(whole=True)
    assert "30 older invoices are left out" in short.text
    assert short.packed.count('class="invoice"') == 100
    assert whole.packed.count('class="invoice"') == 130
    assert "--all" in short.text
    assert "--all" not in whole.text
    assert "(shortened)" in short.packed
    assert "(shortened)" not in whole.packed


def test_a_customers_name_is_shortened_as_other_texts_are(keep, page) -> None:
    """Wherever it stands, the CSV included; --all has it whole."""
    name = "Acme " * 3000
    keep(
        Party(connection="erp", id="c", name=name),
        Party(connection="voice", id="c", name=name),
        invoice("1", 9, "2026-01-05", customer_id="c"),
        *(call(f"k{at}", f"2026-03-{10 + at // 2}", customer_id="c") for at in range(9)),
    )
    short, whole = page(), page(whole=True)
    links = [one["href"] for one in short.attributes("a") if "download" in one]
    text = base64.b64decode(links[0].partition(",")[2]).decode()
    assert "(shortened)" in text
    assert "Acme " * 121 not in short.html + text + short.packed
    assert short.text.count("(shortened)") >= 3
    assert whole.html.count(name) >= 3


def test_odd_dates_and_currencies_are_shown_or_told(keep, page) -> None:
    """No due date, the far future, a currency without an exponent, and none at all."""
    keep(
        invoice("1", 10),
        invoice("2", 20, "9999-12-31", customer_id="late"),
        invoice("3", 30, "2026-02-01", currency="XAU"),
        invoice("4", None, "2026-02-01", currency=None),
        invoice("5", 50, "0001-01-01"),
    )
    found = page()
    assert "no due date" in found.packed
    assert "due 9999-12-31" in found.packed
    assert "currency without an exponent" in found.text
    assert "no currency" in found.text
    assert page(on=date(9000, 1, 1)).numbers


def test_many_customers_come_in_ranges(keep, page) -> None:
    """The first two hundred stand there, the others are listed when somebody asks."""
    keep(*(invoice(str(at), 1 + at, customer_id=f"c{at:04}") for at in range(450)))
    found = page()
    assert "450 customers with 450 invoices" in found.text
    ranges = [one for one in found.attributes("details") if one.get("class") == "range"]
    assert [(one["data-first"], one["data-last"]) for one in ranges] == [
        ("200", "399"),
        ("400", "449"),
    ]
    assert [len(found.blocks[int(one["data-block"] or "")]) for one in ranges] == [200, 50]


@nightly
@pytest.mark.timeout(600)
def test_ten_thousand_customers_stay_below_four_megabytes(keep, page) -> None:
    """What there is no room for is said."""
    keep(
        *(
            invoice(str(at), 1 + at, "2026-02-01", customer_id=f"c{at:05}", customer_name=f"C {at}")
            for at in range(10_000)
        )
    )
    found = page()
    assert len(found.html.encode()) < 4_000_000
    assert "10,000 customers with 10,000 invoices" in found.text


def test_an_old_store_is_shown(tmp_path: Path) -> None:
    """It is brought up to date when it is opened, as by any command."""
    import sqlite3

    scripts = resources.files("duetrail.stores.migrations")
    first = min(one.name for one in scripts.iterdir() if one.name.endswith(".sql"))
    db = sqlite3.connect(tmp_path / "old.db")
    db.executescript(scripts.joinpath(first).read_text(encoding="utf-8"))
    db.execute("PRAGMA user_version = 1")
    db.execute(f"PRAGMA application_id = {0x44554554}")
    db.close()
    with Project(None, f"sqlite:///{tmp_path}/old.db") as project:
        assert "Nothing was ever read" in render_report(project, ON)


def test_a_store_of_a_newer_version_is_told(tmp_path: Path) -> None:
    """What is not understood is not shown."""
    import sqlite3

    url = f"sqlite:///{tmp_path}/s.db"
    store = open_store(url, create=True)
    fill(store, invoice("1", 1))
    store.close()
    db = sqlite3.connect(tmp_path / "s.db")
    db.execute("PRAGMA user_version = 999")
    db.close()
    with Project(None, url) as project, pytest.raises(StoreError, match="newer"):
        render_report(project, ON)
