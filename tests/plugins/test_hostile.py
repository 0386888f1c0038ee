"""Vendors whose ids, numbers and names are hostile: what they send is text, and stays text."""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from html.parser import HTMLParser
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from attrs import frozen
from click.testing import CliRunner, Result

from duetrail import api
from duetrail.cli import main
from duetrail.pipeline import Summary, digest
from duetrail.stores import open_store
from duetrail.testing import FaultProxy, FaultRule
from duetrail_sandbox.server import Sandbox
from support.masquerade import TEXTS, Family, Masquerade, as_read
from support.nightly import at_push

# Large enough for every hostile text to stand for something.
INVOICES = 90

# Every path the vendors are asked for; what stands for ONE is one quoted id.
_ONE = "[A-Za-z0-9._~%-]+"
ROUTES = (
    rf"/stuut/v1/(invoices|calls|partners|(calls|payments)/{_ONE}|analytics/collections/[a-z-]+)"
    rf"|/credira/v1/(calls|callouts|emails|calls/{_ONE}|callouts/{_ONE}/response)"
    rf"|/exante/api/(invoices|conversations|(invoices|conversations)/{_ONE}|"
    rf"invoices/{_ONE}/outreach)"
    r"|/yeti/api/rest/customer/v1/(auth|accounts|invoices|payments|cdrs)"
)

# The elements of the page of an invoice with their attributes, and what stands nowhere on it.
DRAWN = {
    *("html", "head", "meta", "title", "style", "body", "main", "header", "footer"),
    *("h1", "h2", "p", "dl", "div", "dt", "dd", "ol", "li", "b", "i", "span", "time", "code", "br"),
    *("details", "summary"),
    *("lang", "charset", "http-equiv", "content", "name", "class", "datetime"),
}
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

# What can be no id.
NO_IDS = {"NUL", "long", "empty"}

VENDORS = ("stuut", "credira", "exante", "yeti")

# By case: the vendor, the optional resources that are read, and what is hostile of it.
CASES = {
    "stuut": (
        "stuut",
        ["call-details", "payments", "calls", "partners"],
        (
            Family("invoices", "id"),
            Family("invoices", "number"),
            Family("invoices", "remote_id"),
            Family("calls", "id", "/v1/calls/([^/?]+)"),
            Family("emails", "id"),
            Family("payments", "id", "/v1/payments/([^/?]+)"),
            Family("parties", "id"),
            Family("parties", "name"),
        ),
    ),
    "credira": (
        "credira",
        ["call-details", "responses"],
        (
            Family("calls", "id", "/calls/([^/?]+)"),
            Family("callouts", "id", r"(?:/callouts/|\?callout_id=)([^/?&]+)"),
        ),
    ),
    "credira's emails": ("credira", [], (Family("emails", "id"),)),
    "exante": (
        "exante",
        ["details", "conversations"],
        (
            Family("invoices", "number"),
            Family("emails", "id"),
            Family("parties", "id"),
            Family("parties", "name"),
        ),
    ),
    # Nothing can be asked about these, so what is asked for with them is in the case above.
    "exante's invoices": ("exante", ["details"], (Family("invoices", "id"),)),
    "yeti": (
        "yeti",
        [],
        (
            Family("invoices", "id"),
            Family("payments", "id"),
            Family("parties", "id"),
            Family("parties", "name"),
        ),
    ),
}


@frozen
class Project:
    """A folder in which a hostile vendor was synced, and what it was asked."""

    vendor: str
    folder: Path
    asked: tuple[str, ...]
    masks: Any
    summary: Summary

    def duetrail(self, *words: str) -> Result:
        """A command, in this folder."""
        return CliRunner().invoke(main, ["--config", str(self.folder / "duetrail.toml"), *words])

    def select(self, sql: str, *given: Any) -> list[dict[str, Any]]:
        """Rows of the store."""
        with closing(open_store(f"sqlite:///{self.folder / 'duetrail.db'}")) as store:
            return list(store.select(sql, given))

    @property
    def digest(self) -> str:
        """That of the store."""
        with closing(open_store(f"sqlite:///{self.folder / 'duetrail.db'}")) as store:
            return str(digest(store))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(invoices=INVOICES, seed=7) as one:
        yield one


@pytest.fixture(scope="module", params=at_push(CASES, *VENDORS))
def project(
    request: pytest.FixtureRequest, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    """The vendor was read once as it is, which is forgotten, and once as a hostile one."""
    vendor, included, families = CASES[request.param]
    folder = tmp_path_factory.mktemp(vendor)
    with FaultProxy(f"http://127.0.0.1:{sandbox.port}") as proxy:
        configure(folder, vendor, included, sandbox, proxy)
        assert api.sync(config=folder / "duetrail.toml").exit_code == 0
        with closing(open_store(f"sqlite:///{folder / 'duetrail.db'}")) as store:
            masquerade = Masquerade.of(store, families, vendor)
        for file in folder.glob("duetrail.db*"):
            file.unlink()
        proxy.begin(FaultRule(masquerade.fault, path=f"/{vendor}/", times=None))
        summary = api.sync(config=folder / "duetrail.toml")
        asked = tuple(one.target for one in proxy.asked)
        yield Project(vendor, folder, asked, masquerade.masks, summary)


def configure(
    folder: Path, vendor: str, included: list[str], sandbox: Sandbox, proxy: FaultProxy
) -> None:
    """A configuration of a vendor, and of those its keys come from, by way of the proxy."""
    given = tomllib.loads(sandbox.config)["connections"]
    lines = []
    for name in {"credira": ("stuut", "credira")}.get(vendor, (vendor,)):
        facts = {**given[name], "attempts": 1}
        facts["base_url"] = facts["base_url"].replace(str(sandbox.port), str(proxy.port))
        if name == vendor:
            facts["include"] = included
        if name != "credira":
            facts["page_size"] = 10
        lines += [f"[connections.{name}]", *(f"{k} = {json.dumps(v)}" for k, v in facts.items())]
    (folder / "duetrail.toml").write_text("\n".join(lines), encoding="utf-8")


# --- what is asked and stored --------------------------------------------------------------------


def test_requests_stay_where_they_belong(project: Project) -> None:
    """Whatever an id is, it is one segment of a path below the base URL, or is not asked for."""
    paths = {target.partition("?")[0] for target in project.asked}
    assert len(paths) > 2
    for path in paths:
        assert re.fullmatch(r"/(stuut|credira|exante|yeti)(/[A-Za-z0-9._~%-]+)+", path)
        read = unquote(path).replace("\\", "/").split("/")
        assert not {".", ".."} & set(read)
        ids = [family.asked for family in project.masks if family.asked]
        assert (
            path.count("/") <= 5
            or any(re.search(one, path) for one in ids)
            or (project.vendor == "yeti")
        )


def test_every_text_is_stored_as_it_is_or_set_aside(project: Project) -> None:
    """Each hostile text stands in the store just so, or its item is a reject that says why."""
    rejects = project.select("SELECT raw, reason FROM rejects")
    assert all(reject["reason"] for reject in rejects)
    bad = [text for reject in rejects for text in texts_in(json.loads(reject["raw"]))]
    names = {text: name for name, text in TEXTS.items()}
    for family, masks in project.masks.items():
        sql = f"SELECT {family.column} AS found FROM {family.table} WHERE connection = ?"
        found = {row["found"] for row in project.select(sql, project.vendor)}
        for mask in masks.values():
            if family.column == "id" and names[mask] in NO_IDS:
                assert mask in bad
                assert mask not in found
            else:
                assert as_read(mask) in {*found, *bad, ""}


def texts_in(data: Any) -> Iterator[str]:
    """Every text of some JSON."""
    if isinstance(data, dict | list):
        for part in data.values() if isinstance(data, dict) else data:
            yield from texts_in(part)
    elif isinstance(data, str):
        yield data


def test_what_fails_is_what_cannot_be_asked_for(project: Project) -> None:
    """Nothing fails but ids that no address can hold; all else went on."""
    problems = [p.message for one in project.summary.resources for p in one.problems]
    unaskable = r"which cannot be asked for|is no UUID and cannot be asked about"
    assert [message for message in problems if not re.search(unaskable, message)] == []
    assert project.summary.exit_code == (1 if problems else 3)


def test_the_second_sync_writes_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is strange is no news the second time."""
    before = project.digest
    again = api.sync(config=project.folder / "duetrail.toml")
    assert (again.written, project.digest) == (0, before)
    assert again.exit_code == project.summary.exit_code


def test_no_file_is_made(project: Project) -> None:
    """No id is a path: there is the store, and nothing else."""
    made = {file.name for file in project.folder.rglob("*")} - {"duetrail.toml"}
    assert made <= {f"duetrail.db{end}" for end in ("", "-wal", "-shm", ".lock")}


# --- what is shown -------------------------------------------------------------------------------


def inert(result: Result) -> str:
    """What a command said, which no terminal obeys and which is no traceback."""
    assert result.exception is None or isinstance(result.exception, SystemExit)
    said = str(result.stdout + result.stderr)
    assert [c for c in said if unicodedata.category(c).startswith("C") and c != "\n"] == []
    return said


def both(project: Project, *words: str, about: tuple[str, ...] = ()) -> str:
    """What a command says to people of something; to machines it says the same as JSON."""
    human = project.duetrail(*words, "--", *about)
    machine = project.duetrail(*words, "--json", "--", *about)
    inert(machine)
    assert json.loads(machine.stdout) is not None
    assert machine.exit_code == human.exit_code
    return inert(human)


@pytest.mark.parametrize(
    "words", ["status", "status --checks", "status --digest", "drift", "rejects list", "plugins"]
)
def test_lists_of_what_there_is_are_lists_of_text(project: Project, words: str) -> None:
    """Lists of what there is are lists of text."""
    both(project, *words.split())


def test_each_reject(project: Project) -> None:
    """A reject is shown whole, and does nothing."""
    listed = json.loads(project.duetrail("rejects", "list", "--json").stdout)
    assert len(listed) == project.summary.open_rejects
    for reject in listed:
        assert "reason" in both(project, "rejects", "show", about=(reject["number"],))


def test_each_invoice(project: Project) -> None:
    """An invoice is found by its id, whatever that is, and shown and explained as text.

    Every other one is explained to a machine.
    """
    rows = project.select(
        "SELECT connection, id FROM invoices WHERE connection = ?", project.vendor
    )
    hostile = [row["id"] for row in rows if row["id"] in map(as_read, TEXTS.values())]
    for id, how in zip(hostile, cycle([(), ("--json",)]), strict=False):
        assert "Invoice" in both(project, "timeline", about=(f"{project.vendor}:{id}",))
        record = f"{project.vendor}:invoices:{id}"
        assert "plugin" in inert(project.duetrail("explain", *how, "--", record, "status"))


class Elements(HTMLParser):
    """What a browser takes for elements."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names |= {tag, *(name for name, _ in attrs)}

    def handle_comment(self, data: str) -> None:
        self.names.add("!--")


def test_each_page(project: Project) -> None:
    """The page of an invoice has the elements that it is drawn with, whatever stands in them."""
    rows = project.select("SELECT id FROM invoices WHERE connection = ?", project.vendor)
    for row in rows:
        page = project.duetrail("timeline", "--html", "--", f"{project.vendor}:{row['id']}").stdout
        elements = Elements()
        elements.feed(page)
        assert elements.names <= DRAWN
        assert not CONTROL.search(page)
