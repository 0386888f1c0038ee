"""How long a report takes to be written, to be opened, to show a trail."""

from __future__ import annotations

import os
import statistics
import time
from datetime import date
from pathlib import Path

from duetrail import Project
from duetrail_report import write_report
from support.browser import Browser

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"

_BEGIN, _END = "<!-- generated: report -->\n", "<!-- end -->\n"

_ROUNDS = 5

# Milliseconds from the start of loading until everything is laid out and the script has run.
_LOADED = "return performance.getEntriesByType('navigation')[0].loadEventEnd"

# Milliseconds from opening a customer and the first invoice until the trail is painted.
_TRAIL = """
const done = arguments[0], start = performance.now();
document.querySelector(".customer").open = true;
const wait = () => {
  const invoice = document.querySelector(".invoice");
  if (!invoice) return requestAnimationFrame(wait);
  invoice.open = true;
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
};
wait();
"""


def measured(project: Project, browser: Browser, file: Path, on: date) -> str:
    """Write a report and open it some times; a row of a table.

    Args:
        project: The project.
        browser: Chromium.
        file: The file to write.
        on: The day that is looked at.
    """
    before = time.process_time()
    size = write_report(project, file, on)
    written = time.process_time() - before
    loaded, opened = [], []
    for _ in range(_ROUNDS):
        browser.open(file)
        time.sleep(0.1)  # the event of loading has to end before it has a time
        loaded.append(browser.driver.execute_script(_LOADED))
        opened.append(browser.driver.execute_async_script(_TRAIL))
    lead = browser.driver.find_element("css selector", "#customers .lead").text.split(";")[0]
    return (
        f"| {lead} | {size / 1e6:.1f} MB | {written:.1f} s | {statistics.median(loaded):.0f} ms "
        f"| {statistics.median(opened):.0f} ms |\n"
    )


def write_down(row: str) -> None:
    """Put a row into the page, if it is to be written."""
    head, found, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    _, end, tail = rest.partition(_END)
    assert found, f"{PAGE} has no place for it"
    assert end, f"{PAGE} has no end of it"
    if os.environ.get("DUETRAIL_WRITE_DOCS") == "1":
        table = "| of | page | written in (CPU) | can be used after | shows a trail after |\n"
        table += f"| --- | --- | --- | --- | --- |\n{row}"
        PAGE.write_text(head + found + table + end + tail, encoding="utf-8")
