"""The report in Chromium: opened from disk, it asks for nothing, and shows what its metrics say."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from duetrail import Project
from duetrail.stores import open_store
from duetrail_report import write_report
from duetrail_report.numbers import Numbers, Scope
from duetrail_report.serving import ReportServer
from duetrail_sandbox.server import Sandbox
from support.books import ON, about, call, email, fill, invoice
from support.browser import ARTEFACTS, Browser, chromium
from support.engines import engine
from support.nightly import nightly
from support.report_times import measured, write_down

engine("selenium")

pytestmark = pytest.mark.timeout(600)  # Chromium on a busy machine

DAY = date(2026, 6, 30)

# As a vendor's texts, each of these would note that it ran.
HOSTILE = (
    "<script>window.ran = 1</script>",
    "</script><script>window.ran = 1</script>",
    "</details></section><img src=x onerror='window.ran = 1'>",
    "<iframe srcdoc='<script>parent.ran = 1</script>'></iframe>",
    "<a href='javascript:window.ran = 1' autofocus onfocus='window.ran = 1'>here</a>",
    "<svg onload='window.ran = 1'></svg>",
    "\u202e<style>* { display: none }</style>",
)

# Opens everything there is; what is compressed follows a moment later.
OPEN_ALL = """
const done = arguments[0];
const open = (left) => {
  const closed = document.querySelectorAll("details:not([open])");
  closed.forEach((one) => { one.open = true; });
  if (closed.length && left) setTimeout(open, 300, left - 1); else done(closed.length);
};
open(40);
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The sandbox's company, synced."""
    folder = tmp_path_factory.mktemp("company")
    with Sandbox(invoices=60) as sandbox:
        (folder / "duetrail.toml").write_text(sandbox.config, encoding="utf-8")
        with Project(folder / "duetrail.toml") as project:
            project.sync(now=sandbox.now)
            yield project


@pytest.fixture(scope="module")
def page(project: Project) -> Path:
    """Its report; it stays for people to look at."""
    ARTEFACTS.mkdir(exist_ok=True)
    write_report(project, ARTEFACTS / "report.html", DAY)
    return ARTEFACTS / "report.html"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("profile")) as one:
        one.driver.set_script_timeout(60)
        yield one


def _emulate(browser: Browser, **media: Any) -> None:
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)


def _wide(browser: Browser, width: int, height: int = 1600) -> None:
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def _overflow(browser: Browser) -> int:
    """How many pixels of the page lie to the right of the window."""
    return browser.driver.execute_script(
        "const all = document.documentElement; return all.scrollWidth - all.clientWidth;"
    )


def test_it_asks_for_nothing_and_reports_no_error(page: Path, browser: Browser) -> None:
    """Not when it is opened, and not when everything in it is."""
    browser.open(page)
    assert browser.driver.execute_async_script(OPEN_ALL) == 0
    assert browser.driver.find_elements("css selector", ".invoice ol.trail > li")
    assert browser.requests() == []
    assert browser.console() == []


def test_every_number_is_what_its_metric_says(
    page: Path, browser: Browser, project: Project
) -> None:
    """Each says where it is from; what is shown is that value."""
    browser.open(page)
    browser.driver.execute_async_script(OPEN_ALL)
    shown = browser.driver.execute_script(
        "return [...document.querySelectorAll('data')].map("
        "(one) => [one.value, one.textContent, one.dataset.from])"
    )
    assert len(shown) > 50
    numbers = Numbers(project, Scope(on=DAY))
    for value, text, source in shown:
        told = _told(numbers, json.loads(source))
        assert value == ("" if told is None else str(told)), source
        if isinstance(told, Decimal | int):
            assert Decimal(text.replace(",", "")) == told


def _told(numbers: Numbers, source: dict[str, Any]) -> Any:
    rows = json.loads(json.dumps(numbers.rows(source["metric"], **source["given"]), default=_plain))
    found = [row for row in rows if all(row[key] == at for key, at in source["where"].items())]
    if source["how"] == "rows":
        return len(found)
    values = [_amount(row[source["column"]]) for row in found]
    return sum(values, Decimal(0)) if source["how"] == "sum" else values[0] if values else None


def _plain(value: Any) -> Any:
    return {"amount": str(value)} if isinstance(value, Decimal) else str(value)


def _amount(value: Any) -> Any:
    return Decimal(value["amount"]) if isinstance(value, dict) else value


def test_the_keyboard_reaches_the_trail_of_an_invoice(page: Path, browser: Browser) -> None:
    """By Tab and Enter alone: customer, invoice, trail."""
    browser.open(page)
    for what in (".customer > summary", ".invoice > summary"):
        _tab_to(browser, what)
        browser.driver.switch_to.active_element.send_keys("\ue007")
        browser.find(f"details[open]{what.split()[0]} > .body > *")
    trail = browser.driver.find_element("css selector", ".invoice[open] .trail")
    assert trail.is_displayed()


def _tab_to(browser: Browser, what: str) -> None:
    for _ in range(400):
        browser.driver.switch_to.active_element.send_keys("\ue004")
        if browser.driver.execute_script(
            "return document.activeElement.matches(arguments[0])", what
        ):
            return
    raise AssertionError(f"{what} is not reached by Tab")


def test_a_customer_is_found_by_name_and_by_a_link(page: Path, browser: Browser) -> None:
    """The list shows who is looked for; a link of the table opens its customer."""
    browser.open(page)
    driver = browser.driver
    name = driver.find_element("css selector", ".customer .name").text
    driver.find_element("css selector", "#find").send_keys(name.lower())
    shown = [one for one in driver.find_elements("css selector", ".customer") if one.is_displayed()]
    assert 0 < len(shown) < len(driver.find_elements("css selector", ".customer"))
    browser.open(page)
    link = driver.find_element("css selector", "#act td a")
    target = link.get_attribute("href").partition("#")[2]
    driver.execute_script("arguments[0].click()", link)
    browser.find(f"#{target}[open] .invoice")


def test_what_to_act_on_is_saved_as_csv(page: Path, browser: Browser, tmp_path: Path) -> None:
    """The link makes a file, without a request."""
    browser.driver.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    browser.open(page)
    link = browser.driver.find_element("css selector", "#act a[download]")
    browser.driver.execute_script("arguments[0].click()", link)
    file = tmp_path / f"act-today-{DAY}.csv"
    for _ in range(300):  # Chromium makes the file before it fills it
        if file.exists() and file.stat().st_size:
            break
        time.sleep(0.1)
    rows = file.read_text(encoding="utf-8-sig").splitlines()
    assert rows[0].startswith("currency,amount,connection,")
    assert len(rows) > 1
    assert browser.requests() == []


def test_the_sql_of_a_number_is_copied(page: Path, browser: Browser) -> None:
    """A tile leads to it; a button copies it, or marks it where the browser forbids that."""
    browser.open(page)
    driver = browser.driver
    driver.execute_script("document.querySelector('.tile-title a').click()")
    button = browser.find("#sql-ar_dso[open] button.copy")
    button.click()
    marked = driver.execute_async_script(
        "const done = arguments[0]; setTimeout(() => done(String(getSelection())), 300)"
    )
    assert button.text == "Copied" or marked.startswith("WITH metric_currencies")


def test_everything_that_can_be_used_has_a_name(page: Path, browser: Browser) -> None:
    """A reader of the screen can say what each chart, link, button and field is."""
    browser.open(page)
    browser.driver.execute_async_script(OPEN_ALL)
    assert browser.unnamed() == []


@pytest.mark.parametrize(("width", "medium"), [(360, "screen"), (700, "print"), (1280, "screen")])
def test_nothing_lies_beside_the_window(
    page: Path, browser: Browser, width: int, medium: str
) -> None:
    """On a telephone, on paper and on a desk, with everything open."""
    browser.open(page)
    _wide(browser, width)
    _emulate(browser, media=medium)
    browser.driver.execute_async_script(OPEN_ALL)
    assert _overflow(browser) <= 0
    _emulate(browser, media="")


def test_charts_and_tables_are_there_without_scripts(page: Path, browser: Browser) -> None:
    """A script only unpacks what is compressed."""
    switch = "Emulation.setScriptExecutionDisabled"
    browser.driver.execute_cdp_cmd(switch, {"value": True})
    browser.open(page)
    assert browser.driver.find_element("css selector", "#ageing svg").is_displayed()
    assert browser.driver.find_element("css selector", ".tile-number").is_displayed()
    assert "compressed in this page" in browser.driver.find_element("css selector", "noscript").text
    browser.driver.execute_cdp_cmd(switch, {"value": False})


def test_what_vendors_wrote_does_nothing(tmp_path: Path, browser: Browser) -> None:
    """Names, numbers, subjects and summaries that are programs are shown, and do not run."""
    url = f"sqlite:///{tmp_path}/s.db"
    store = open_store(url, create=True)
    for at, text in enumerate(HOSTILE):
        one = invoice(str(at), 100 + at, "2026-02-01", customer_id=text, customer_name=text)
        said = call(f"k{at}", "2026-03-05", customer_id=text, summary=text)
        written = email(f"m{at}", "2026-03-09", subject=text, to_addresses=(text,))
        fill(store, one, said, written, links=[*about(said, one), *about(written, one)])
    store.close()
    with Project(None, url) as project:
        write_report(project, tmp_path / "hostile.html", ON)
    browser.open(tmp_path / "hostile.html")
    browser.driver.execute_async_script(OPEN_ALL)
    assert browser.driver.execute_script("return window.ran") is None
    assert len(browser.driver.find_elements("css selector", ".invoice")) == len(HOSTILE)
    assert "<svg onload=" in browser.driver.find_element("css selector", "#customers").text
    assert browser.requests() == []
    assert browser.console() == []


def test_the_served_page_is_filtered_by_its_form(project: Project, browser: Browser) -> None:
    """A connection is chosen, and the page is that of it; nothing else is asked for."""
    opened = partial(Project, project.config)
    with ReportServer(opened, str(DAY), {}) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            driver = browser.driver
            driver.get(server.url)
            box = driver.find_element("css selector", "input[value=yeti]")
            driver.execute_script("arguments[0].click()", box)
            browser.screenshot("served")
            driver.find_element("css selector", ".filters button").click()
            browser.find(".top", "Only yeti.")
            asked = {url.partition("?")[0] for url in browser.requests()}
            assert asked == {server.url}
            assert browser.console() == []
        finally:
            server.shutdown()
            thread.join()


def test_screenshots_are_kept(page: Path, browser: Browser) -> None:
    """By day, by night and on a telephone; and with a trail."""
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    for name, width, features in (("light", 1100, []), ("dark", 1100, dark), ("narrow", 390, [])):
        browser.open(page)
        _wide(browser, width)
        _emulate(browser, features=features)
        browser.screenshot(f"report-{name}")
        browser.driver.execute_async_script(OPEN_ALL)
        browser.driver.execute_script("document.querySelector('.invoice').scrollIntoView()")
        browser.screenshot(f"report-{name}-trail")
    _emulate(browser, features=[])
    kept = [one.stat().st_size for one in (ARTEFACTS / "screenshots").glob("report-*.png")]
    assert len(kept) == 6
    assert min(kept) > 10_000


@nightly
@pytest.mark.timeout(7200)
def test_ten_thousand_invoices_fit_into_a_page(tmp_path: Path, browser: Browser) -> None:
    """Below 4 MB; how long it takes is published, and not asserted."""
    with Sandbox(invoices=10_000) as sandbox:
        (tmp_path / "duetrail.toml").write_text(sandbox.config, encoding="utf-8")
        with Project(tmp_path / "duetrail.toml") as project:
            project.sync(now=sandbox.now)
            row = measured(project, browser, tmp_path / "report.html", DAY)
    assert (tmp_path / "report.html").stat().st_size < 4_000_000
    assert browser.requests() == []
    write_down(row)
