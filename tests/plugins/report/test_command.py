"""`duetrail report`: the file, and the page that is served."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date
from http.client import HTTPConnection
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from duetrail import Project
from duetrail.cli import main
from duetrail.stores import open_store
from duetrail_report.serving import ReportServer
from support.books import fill, invoice

ON = "2026-03-31"


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A store with an open invoice of each of two connections."""
    url = f"sqlite:///{tmp_path}/s.db"
    store = open_store(url, create=True)
    fill(
        store,
        invoice("1", 10, "2026-03-01", customer_name="Ann"),
        invoice("2", 20, "2026-03-01", connection="crm"),
    )
    store.close()
    return url


@pytest.fixture
def run(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs the command in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(main, ["--store", url, "report", *words])


def test_the_file_is_named_and_its_size_told(run, tmp_path: Path) -> None:
    """By default it is report.html here."""
    done = run("--on", ON)
    assert done.exit_code == 0, done.output
    assert done.output.startswith("Wrote report.html (0.")
    assert "Receivables on 2026-03-31" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert (tmp_path / "report.html").stat().st_mode & 0o777 == 0o600
    assert run("--on", ON, "--out", "other.html", "--without-people").exit_code == 0
    assert "Ann" not in (tmp_path / "other.html").read_text(encoding="utf-8")


def test_the_clock_is_asked_only_where_today_is_written(run) -> None:
    """Without a day there is no report."""
    done = run()
    assert done.exit_code == 2
    assert "a report needs the day to look at" in done.output
    assert run("--on", "today").exit_code == 0
    assert "'yesterday' is no day" in run("--on", "yesterday").output


def test_a_mistake_is_told_and_nothing_is_written(run, tmp_path: Path) -> None:
    """A connection that nobody knows, a past that is not kept, a folder that is not there."""
    assert "there is no connection 'nobody'" in run("--on", ON, "--connection", "nobody").output
    assert "duetrail history build" in run("--as-of", ON).output
    assert "cannot be written" in run("--on", ON, "--out", "none/report.html").output
    assert list(tmp_path.glob("**/*.html")) == []


@pytest.fixture
def server(url: str) -> Iterator[ReportServer]:
    """The page, served."""
    with ReportServer(lambda: Project(None, url), ON, {"with_people": True}) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def _get(server: ReportServer, target: str = "/", host: str = "") -> tuple[int, str]:
    asked = HTTPConnection(*server.server_address[:2], timeout=60)
    asked.request("GET", target, headers={"Host": host} if host else {})
    answer = asked.getresponse()
    text = answer.read().decode()
    asked.close()
    return answer.status, text


def test_what_is_served_is_made_anew_each_time(server: ReportServer, url: str) -> None:
    """What a sync brings meanwhile is there, and the day may be chosen."""
    status, page = _get(server)
    assert (status, "30.00" in page, "<form" in page) == (200, True, True)
    with Project(None, url) as project:
        fill(project.bare_store, invoice("3", 5))
    assert "35.00" in _get(server)[1]
    assert "Receivables on 2026-04-30" in _get(server, "/?on=2026-04-30")[1]


def test_only_this_machine_is_listened_to(server: ReportServer) -> None:
    """A request that was meant for another name is not answered, however it came here."""
    assert server.server_address[0] == "127.0.0.1"
    for host in ("example.org", f"example.org:{server.server_port}", "127.0.0.1"):
        status, page = _get(server, host=host)
        assert status == 421
        assert "Receivables" not in page
    assert _get(server, host=f"localhost:{server.server_port}")[0] == 200


@pytest.mark.parametrize(
    ("target", "status", "told"),
    [
        ("/favicon.ico", 404, "there is nothing here"),
        ("/?on=yesterday", 400, "&#x27;yesterday&#x27; is no day"),
        ("/?connection=%3Cscript%3E", 400, "&#x27;&lt;script&gt;&#x27;"),
        (f"/?as-of={date(2026, 1, 1)}", 400, "duetrail history build"),
    ],
)
def test_a_query_that_is_wrong_is_told(
    server: ReportServer, target: str, status: int, told: str
) -> None:
    """As text, whatever stands in it."""
    found, page = _get(server, target)
    assert found == status
    assert told in page
