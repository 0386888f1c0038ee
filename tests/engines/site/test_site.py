"""The documentation as a site: built without a warning, and opened from disk in Chromium."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.browser import ARTEFACTS, Browser, chromium
from support.engines import engine

engine("sphinx")

DOCS = Path(__file__).parents[3] / "docs"

pytestmark = pytest.mark.timeout(600)  # Sphinx and Chromium on a busy machine


@pytest.fixture(scope="module")
def site() -> Path:
    """The site, built from nothing; it stays for people to look at."""
    folder = ARTEFACTS / "site"
    shutil.rmtree(folder, ignore_errors=True)
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-c", DOCS / "site"]
    built = subprocess.run([*command, DOCS, folder], capture_output=True, text=True, check=False)
    assert (built.returncode, built.stderr) == (0, "")
    return folder


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("profile")) as one:
        yield one


def test_each_page_of_the_documentation_is_on_the_site(site: Path) -> None:
    """None is forgotten, in a folder of its own or not."""
    folders = ("examples", "deploy", "site")
    pages = [one.relative_to(DOCS) for one in DOCS.rglob("*.md")]
    pages = [one for one in pages if one.parts[0] not in folders]
    assert [one for one in pages if not (site / one.with_suffix(".html")).exists()] == []


def test_no_page_asks_for_anything_or_reports_an_error(site: Path, browser: Browser) -> None:
    """Opened from disk, each page has all it needs, and the console is empty."""
    noted = {}
    for page in sorted(site.rglob("*.html")):
        browser.open(page)
        noted[page.name] = browser.requests() + browser.console()
    assert {name: what for (name, what) in noted.items() if what} == {}


def test_the_search_finds_a_word_without_a_server(site: Path, browser: Browser) -> None:
    """A word leads to the page about it."""
    browser.open(site / "search.html", "?q=systemd")
    assert browser.find("#search-results li > a[href*='deploy.html']")


@pytest.mark.parametrize("page", ["index", "using", "model", "search"])
def test_everything_that_can_be_used_has_a_name(site: Path, browser: Browser, page: str) -> None:
    """A reader of the screen can say what each link, button and field is."""
    browser.open(site / f"{page}.html")
    assert browser.unnamed() == []


def test_screenshots_are_kept(site: Path, browser: Browser) -> None:
    """Of the first page, and of one with a table and a diagram."""
    for page in ("index", "architecture"):
        browser.open(site / f"{page}.html")
        browser.screenshot(f"site-{page}")
    kept = [one.stat().st_size for one in (ARTEFACTS / "screenshots").glob("site-*.png")]
    assert len(kept) == 2
    assert min(kept) > 10_000


def test_a_report_of_made_up_data_is_on_the_site(site: Path, browser: Browser) -> None:
    """The page about reports leads to it."""
    browser.open(site / "report.html")
    browser.driver.find_element("link text", "a report of made-up data").click()
    browser.find("#ageing svg")
    assert "Receivables on" in browser.driver.title
    browser.screenshot("sample-report")
