"""The charts of the report in Chromium: nothing overlaps, whatever the width and the numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.browser import Browser, chromium
from support.chart_samples import charts, odd_charts, page

pytestmark = pytest.mark.timeout(600)  # Chromium on a busy machine

# The texts of drawings that are shown which overlap another, or leave their drawing.
_COLLISIONS = """
const found = [];
for (const svg of document.querySelectorAll('figure > svg')) {
  const frame = svg.getBoundingClientRect();
  if (!frame.width) continue;
  const texts = [...svg.querySelectorAll('text')].filter(one => one.lastChild?.data?.trim());
  const boxes = texts.map(one => one.getBoundingClientRect());
  const told = at => svg.parentElement.id + ': ' + texts[at].lastChild.data;
  boxes.forEach((one, at) => {
    if (one.left < frame.left - 2 || one.right > frame.right + 2) found.push(told(at));
    boxes.slice(at + 1).forEach((other, more) => {
      if (one.left < other.right - .5 && other.left < one.right - .5
        && one.top < other.bottom - 2.5 && other.top < one.bottom - 2.5)
        found.push(told(at) + ' | ' + told(at + 1 + more));
    });
  });
}
return found;
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("profile")) as one:
        yield one


@pytest.fixture(scope="module", params=["charts", "odd"])
def shown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of ordinary charts, and one of those that are hard to draw."""
    file = tmp_path_factory.mktemp("page") / f"{request.param}.html"
    made = charts() if request.param == "charts" else odd_charts()
    file.write_text(page(made), encoding="utf-8")
    return file


def _look(browser: Browser, width: int, *, dark: bool = False) -> None:
    size = {"width": width, "height": 1600, "deviceScaleFactor": 1, "mobile": False}
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})


@pytest.mark.parametrize("width", [320, 375, 768, 1280])
def test_no_text_of_a_chart_lies_on_another(browser: Browser, shown: Path, width: int) -> None:
    """Nor does one leave its drawing, or the page get wider than the window."""
    _look(browser, width)
    browser.open(shown)
    assert browser.driver.execute_script(_COLLISIONS) == []
    assert browser.driver.execute_script("return document.body.scrollWidth") <= width


def test_charts_are_named_ask_for_nothing_and_report_no_error(
    browser: Browser, shown: Path
) -> None:
    """In the dark as in the light; the screenshots stay for people to look at."""
    for dark in (False, True):
        _look(browser, 900, dark=dark)
        browser.open(shown)
        assert browser.requests() + browser.console() + browser.unnamed() == []
        browser.screenshot(f"{shown.stem}-{'dark' if dark else 'light'}")
