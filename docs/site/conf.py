"""The documentation as a site: `python -m sphinx -W -c docs/site docs FOLDER`.

The pages are the ones that are read in the repository. The order of the menu is the order of
docs/README.md. Everything that the site needs lies in its folder: it opens from disk, and its
search works there, too.
"""

from __future__ import annotations

import re
import shutil
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pygments.lexers.special import TextLexer
from sphinx.highlighting import lexers

from duetrail import Project
from duetrail_report import write_report
from duetrail_sandbox.server import Sandbox

project = "Duetrail"
release = metadata.version("duetrail")
extensions = ["myst_parser"]
root_doc = "README"
exclude_patterns = ["examples", "site"]
myst_heading_anchors = 6
html_theme = "furo"
html_title = "Duetrail"
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False
lexers["crontab"] = TextLexer()

_LINK = re.compile(r"\[([^\]\n]+)\]\(([^)\s#:]+)(?:#[^)\s]*)?\)")


def prepare(app: Any, name: str, text: list[str]) -> None:
    """Bring a page as it is in the repository to the site, before it is read.

    Args:
        app: Sphinx.
        name: Of the page, such as `vendors/stuut`.
        text: Its one text, changed in place.
    """
    folder = Path(app.srcdir, name).parent
    text[0] = _LINK.sub(lambda link: _on_site(app, folder, link), text[0])
    if name == root_doc:
        text[0] = _with_menu(text[0])
    if name == "report":
        text[0] = text[0].replace("\n## ", f"\n{_SAMPLE}\n\n## ", 1)
    if name.startswith("vendors/fields/"):  # reached from the page of the vendor
        text[0] = f"---\norphan: true\n---\n{text[0]}"


# The report is made when the site is built, so no file of the documentation can be linked to.
_SAMPLE = (
    'Look at one: <a href="sample-report.html">a report of made-up data</a>, the company of '
    "[the sandbox](using.md)."
)


def _on_site(app: Any, folder: Path, link: re.Match[str]) -> str:
    """A link as it stands, or only its words where it leads to a folder or a page elsewhere."""
    target = (folder / link[2]).resolve()
    if target.is_dir():
        return link[1]
    if target.suffix == ".md" and app.project.path2doc(str(target)) not in app.project.docnames:
        return link[1]
    return link[0]


def _with_menu(text: str) -> str:
    (pages, way_in) = text.split("\n## ", 1)
    (guides, vendors) = pages.split("\nVendors:")
    return f"{pages}\n{_menu('Documentation', guides)}{_menu('Vendors', vendors)}\n## {way_in}"


def _menu(caption: str, text: str) -> str:
    pages = "\n".join(re.findall(r"\]\(([\w/-]+)\.md\)", text))
    return f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{pages}\n```\n"


def add_index(app: Any, error: Exception | None) -> None:
    """Write the first page once more as index.html, which a server shows for a folder."""
    if error is None:
        folder = Path(app.outdir)
        shutil.copyfile(folder / f"{root_doc}.html", folder / "index.html")


def add_report(app: Any, error: Exception | None) -> None:
    """Write a report of the sandbox's company, beside the page about reports."""
    if error is None:
        with TemporaryDirectory() as folder, Sandbox(invoices=120) as sandbox:
            config = Path(folder, "duetrail.toml")
            config.write_text(sandbox.config, encoding="utf-8")
            with Project(config) as made_up:
                made_up.sync(now=sandbox.now)
                write_report(made_up, Path(app.outdir, "sample-report.html"), sandbox.now.date())


def setup(app: Any) -> None:
    """Listen to what Sphinx does; Sphinx calls this."""
    app.connect("source-read", prepare)
    app.connect("build-finished", add_index)
    app.connect("build-finished", add_report)
