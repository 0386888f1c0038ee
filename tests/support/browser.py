"""Chromium, without a window: opens a page from disk, and tells what happened."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

from support.engines import engine, missing

ARTEFACTS = Path(__file__).parents[2] / ".artefacts"
"""What tests make for people to look at: the site, screenshots. Not kept in the repository."""

# Roles that a reader of the screen speaks by their name, and that must have one.
_NAMED = frozenset(
    {"button", "checkbox", "combobox", "image", "link", "searchbox", "slider", "textbox"}
)


@frozen
class Browser:
    """Chromium, and what it noted since it was started.

    Attributes:
        driver: Selenium's, for what is not here.
    """

    driver: Any

    def open(self, page: Path, fragment: str = "") -> None:
        """Open a page from disk; returns when it is loaded."""
        self.driver.get(page.as_uri() + fragment)

    def find(self, css: str, text: str = "") -> Any:
        """The first element that has the text, as soon as there is one.

        A click returns before the page it leads to is there, and a script of the page may run
        later: whatever a click or a key brings about is looked for by this.

        Raises:
            selenium.common.TimeoutException: There is none within 30 s.
        """
        leaving = engine("selenium.common.exceptions").StaleElementReferenceException
        waiting = engine("selenium.webdriver.support.ui").WebDriverWait(
            self.driver, 30, ignored_exceptions=[leaving]
        )

        def found(driver: Any) -> Any:
            elements = driver.find_elements("css selector", css)
            return next((one for one in elements if text in one.text), None)

        return waiting.until(found, f"no {css} with {text!r}")

    def requests(self) -> list[str]:
        """The addresses asked for since the last call: not on disk, in the page or the browser."""
        messages = [
            json.loads(one["message"])["message"] for one in self.driver.get_log("performance")
        ]
        asked = [
            one["params"]["request"]["url"]
            for one in messages
            if one["method"] == "Network.requestWillBeSent"
        ]
        return [url for url in asked if not url.startswith(("file:", "data:", "blob:", "chrome:"))]

    def console(self) -> list[str]:
        """The errors and warnings of the console since the last call."""
        return [
            one["message"]
            for one in self.driver.get_log("browser")
            if one["level"] in ("WARNING", "SEVERE")
        ]

    def unnamed(self) -> list[str]:
        """The HTML of what can be used or seen and has no name for a reader of the screen."""
        nodes = self.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        return [
            self._html(node["backendDOMNodeId"])
            for node in nodes
            if not node["ignored"]
            and node["role"]["value"] in _NAMED
            and not node.get("name", {}).get("value", "").strip()
        ]

    def _html(self, node: int) -> str:
        found = self.driver.execute_cdp_cmd("DOM.getOuterHTML", {"backendNodeId": node})
        return str(found["outerHTML"])

    def screenshot(self, name: str) -> None:
        """Keep what the window shows as `.artefacts/screenshots/NAME.png`."""
        folder = ARTEFACTS / "screenshots"
        folder.mkdir(parents=True, exist_ok=True)
        assert self.driver.save_screenshot(str(folder / f"{name}.png"))


@contextmanager
def chromium(profile: Path, *, width: int = 1280, height: int = 1600) -> Iterator[Browser]:
    """Start Chromium, and end it.

    Args:
        profile: An empty folder for what it keeps.
        width: Of the window, in pixels.
        height: Of the window, in pixels.
    """
    webdriver = engine("selenium.webdriver")
    (program, driver) = (shutil.which("chromium"), shutil.which("chromedriver"))
    if program is None or driver is None:
        missing("there is no Chromium")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    for argument in (
        "--headless=new",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        f"--user-data-dir={profile}",
        f"--window-size={width},{height}",
    ):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # Chromium refuses to be run by root with it
    running = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        yield Browser(running)
    finally:
        running.quit()
