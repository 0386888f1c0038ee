"""The template itself: in order, complete in what is shipped, and true in what it refers to."""

import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from zipfile import ZipFile

import pytest

from duetrail.cli.new import new
from duetrail.scaffold.questions import questions

ROOT = Path(__file__).parents[3]
TEMPLATE = Path(str(files("duetrail.scaffold") / "template"))
DOCS = {
    text.splitlines()[0].removeprefix("# "): text
    for text in (page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md"))
}


def _referring():
    """What the template says of the guide: page and sections."""
    for file in sorted(TEMPLATE.rglob("*.jinja")):
        text = re.sub(r"\n *# ", " ", file.read_text(encoding="utf-8"))
        for pages in re.findall(r"Guide: (.*?)\.(?:\s|\"{3}|$)", text):
            for page in pages.split("; "):
                yield pytest.param(page, id=f"{file.name}: {page}")


@pytest.mark.parametrize("reference", list(_referring()))
def test_the_guide_has_what_is_referred_to(reference):
    """Each page and section that a comment names is there."""
    page, *sections = re.findall(r'"([^"]+)"', reference)
    assert page in DOCS
    headings = re.findall(r"^#+ (.*)$", DOCS[page], re.MULTILINE)
    assert [one for one in sections if one not in headings] == []


def test_there_are_references():
    """The test above has something to test."""
    assert len(list(_referring())) > 5


def test_the_help_names_every_question():
    """What --set takes is told by its help."""
    option = next(one for one in new.params if one.name == "settings")
    *others, last = [one.name for one in questions()]
    assert option.help == f"An answer: {', '.join(others)} or {last}; may be repeated."


def test_the_license_is_the_one_of_this_project():
    """The Apache License is the same text, to the letter."""
    text = (TEMPLATE / "project" / "LICENSE.jinja").read_text(encoding="utf-8")
    assert (ROOT / "LICENSE").read_text(encoding="utf-8") in text


def test_every_file_that_is_to_be_changed_says_so(make):
    """Of the modules of a new plugin, each one says what to change in it."""
    folder = make(paging="key", auth="login")
    modules = [
        *(folder / "duetrail_acme").glob("[!_]*.py"),
        folder / "tests/standin.py",
        folder / "tests/test_mapping.py",
    ]
    silent = [one.name for one in modules if "Change this" not in one.read_text()]
    assert (silent, len(modules)) == ([], 4)


@pytest.mark.timeout(300)
def test_the_wheel_has_the_template(tmp_path):
    """What pip installs has every file of the template, to the byte."""
    options = ("-q", "--no-deps", "--no-build-isolation", "--no-index")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *options, "-w", tmp_path, ROOT], check=True
    )
    (wheel,) = tmp_path.glob("duetrail-*.whl")
    shipped = "duetrail/scaffold/template/"
    with ZipFile(wheel) as opened:
        there = {
            name.removeprefix(shipped): opened.read(name)
            for name in opened.namelist()
            if name.startswith(shipped)
        }
    assert there == {
        file.relative_to(TEMPLATE).as_posix(): file.read_bytes()
        for file in TEMPLATE.rglob("*")
        if file.is_file()
    }
