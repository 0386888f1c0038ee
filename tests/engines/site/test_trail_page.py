"""The page of one invoice, opened from disk in Chromium, with hostile texts everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from duetrail.model import Invoice, InvoiceStatus, Money, Ref
from duetrail.trail import Event, Timeline
from duetrail.trail.page import draw_page
from support.browser import Browser, chromium

HOSTILE = (
    "<script>document.title='run'</script><img src='http://127.0.0.1:9/x' onerror=\"document.title="
    "'run'\"><style>*{display:none}</style></style></ol></main>\u202e שלום\x1b[31m"
)
"""What would run, ask, hide or turn something, were it taken for markup."""

pytestmark = pytest.mark.timeout(600)  # Chromium on a busy machine


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("profile")) as one:
        yield one


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page, as `--html > trail.html` writes it."""
    record = Invoice(
        connection="acme",
        id=HOSTILE,
        number=f"INV-1 {HOSTILE}",
        purchase_order=HOSTILE,
        status=InvoiceStatus.UNKNOWN,
        status_raw=HOSTILE,
        total=Money(Decimal("1234.50"), "USD"),
        issued_on=date(2026, 3, 1),
    )
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    events = [
        Event(record.issued_on, "acme", "invoices", "i", "issued", "1,234.50 USD"),
        Event(at, HOSTILE, "emails", "e", HOSTILE, HOSTILE, rule=HOSTILE, failed=True),
        Event(at + timedelta(days=30), "acme", "calls", "c", "call", HOSTILE * 4, planned=True),
        Event(None, "acme", "calls", "d", "call", f"out, {HOSTILE}", said=HOSTILE),
    ]
    found = Timeline(record.ref, (Ref(HOSTILE, "invoices", "x"),), record, HOSTILE, tuple(events))
    file = tmp_path_factory.mktemp("page") / "trail.html"
    file.write_bytes(draw_page(found).encode())
    return file


def test_the_page_asks_for_nothing_and_runs_nothing(file: Path, browser: Browser) -> None:
    """No request, no error on the console, no text that became an element."""
    browser.open(file)
    assert (browser.requests(), browser.console(), browser.unnamed()) == ([], [], [])
    assert browser.driver.title.startswith("Invoice INV-1 <script>")
    assert not browser.driver.find_elements("css selector", "script, img, a, body style")


def test_its_policy_lets_its_style_in(file: Path, browser: Browser) -> None:
    """Each entry has its mark in the colour of what happened; nothing is hidden."""
    browser.open(file)
    marks = browser.driver.execute_script(
        "return [...document.querySelectorAll('.trail li')].map(one => ["
        "getComputedStyle(one, '::before').width, getComputedStyle(one, '::after').clipPath,"
        "one.getBoundingClientRect().height > 20])"
    )
    assert [(width, is_shown) for width, _, is_shown in marks] == [("28px", True)] * 4
    assert all(icon.startswith("path(") for _, icon, _ in marks)


def test_a_folded_text_opens(file: Path, browser: Browser) -> None:
    """A long text shows its beginning; a click shows the whole, without a script."""
    browser.open(file)
    details = browser.driver.find_element("css selector", ".trail details")
    before = details.rect["height"]
    details.find_element("css selector", "summary").click()
    assert details.rect["height"] > before


def test_a_folded_text_is_printed_whole(file: Path, browser: Browser) -> None:
    """Paper cannot be clicked, and is white for whoever reads a dark screen."""
    told = {}
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    for media in ("screen", "print"):
        browser.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"media": media, "features": dark}
        )
        browser.open(file)
        height, paper = browser.driver.execute_script(
            "return [document.querySelector('.trail details').offsetHeight,"
            " getComputedStyle(document.body).backgroundColor]"
        )
        told[media] = (height, paper)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    assert told["print"][0] > told["screen"][0]
    assert told["print"][1] == "rgb(255, 255, 255)" != told["screen"][1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_it_fits_any_screen(file: Path, browser: Browser, width: int, scheme: str) -> None:
    """On a telephone nothing is wider than the screen; dark readers get a dark page."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 400}
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    browser.open(file)
    wide, paper = browser.driver.execute_script(
        "return [document.documentElement.scrollWidth,"
        " getComputedStyle(document.body).backgroundColor]"
    )
    assert wide <= width
    assert (paper == "rgb(255, 255, 255)") == (scheme == "light")
    browser.screenshot(f"trail-{width}-{scheme}")
