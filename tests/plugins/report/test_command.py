"""`duetrail report`: the file, and the page that is served."""

from __future__ import annotations

import errno
import os
import socket
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
        invoice("1", 10, "2026-03-01", customer_name="Ann Ltd"),
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
    assert "Ann Ltd" not in (tmp_path / "other.html").read_text(encoding="utf-8")


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


def test_nobody_knows_what_records_will_be(run, url: str, tmp_path: Path) -> None:
    """With history, too: a future day may be looked at, but nothing is known as of it."""
    with Project(None, url) as project:
        project.build_history()
    done = run("--on", "today", "--as-of", "9000-01-01")
    assert (done.exit_code, list(tmp_path.glob("*.html"))) == (2, [])
    assert "nobody knows yet what records will be on 9000-01-01" in done.output
    assert run("--on", "2100-01-01", "--as-of", "today").exit_code == 0


def test_what_is_no_file_stays_what_it_is(run, tmp_path: Path) -> None:
    """A pipe is written to, as a device would be; of a link, what it leads to is replaced."""
    pipe, link = tmp_path / "pipe", tmp_path / "link.html"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    assert run("--on", ON, "--out", "pipe").exit_code == 0
    reader.join(60)
    assert read[0].startswith(b"<!doctype html>")
    assert pipe.is_fifo()
    link.symlink_to("target.html")
    assert run("--on", ON, "--out", "link.html").exit_code == 0
    assert link.is_symlink()
    assert (tmp_path / "target.html").is_file()


def test_a_page_that_cannot_be_written_whole_leaves_the_one_before(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the disk is full; nothing half written stays either."""
    page = tmp_path / "report.html"
    page.write_text("the one before", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    done = run("--on", ON)
    assert (done.exit_code, "cannot be written" in done.output) == (2, True)
    assert page.read_text(encoding="utf-8") == "the one before"
    assert [file.name for file in tmp_path.glob("*report*")] == ["report.html"]
    assert list(tmp_path.glob(".report*")) == []


def test_a_day_that_is_too_far_away_is_named_as_it_was_written(run) -> None:
    """Not as a value of Python."""
    assert "on cannot be '0001-01-01'" in run("--on", "0001-01-01").output


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


def test_a_query_without_a_connection_keeps_those_of_the_command_line(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form names an empty one, too, so that all can be shown where none is chosen."""
    monkeypatch.setattr(Project, "_known_names", lambda _: ["crm", "erp"])
    options = {"with_people": True, "connections": ("crm",)}
    with ReportServer(lambda: Project(None, url), ON, options) as server:
        assert "Only crm." in server.page({})
        assert "Only crm." in server.page({"on": [ON]})
        assert "Only erp." in server.page({"connection": ["", "erp"]})
        assert "Only " not in server.page({"connection": [""]})


def test_only_this_machine_is_listened_to(server: ReportServer) -> None:
    """A request that was meant for another name is not answered, however it came here."""
    assert server.server_address[0] == "127.0.0.1"
    for host in ("example.org", f"example.org:{server.server_port}", "127.0.0.1"):
        status, page = _get(server, host=host)
        assert status == 421
        assert "Receivables" not in page
        assert f"Open {server.url}" in page
    assert _get(server, host=f"localhost:{server.server_port}")[0] == 200


@pytest.mark.parametrize(
    ("port", "host", "is_meant"),
    [
        (80, "127.0.0.1", True),
        (80, "LOCALHOST:80", True),
        (80, "127.0.0.1:8080", False),
        (8080, "127.0.0.1", False),
        (8080, "127.0.0.1:80", False),
        (80, "example.org", False),
    ],
)
def test_a_browser_leaves_out_port_80(
    server: ReportServer, monkeypatch: pytest.MonkeyPatch, port: int, host: str, is_meant: bool
) -> None:
    """Another port is part of the name."""
    monkeypatch.setattr(server, "server_port", port)
    assert server.is_meant([host]) is is_meant


def _send(server: ReportServer, request: str) -> bytes:
    """What is answered to a request that no client would send."""
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=60) as asked:
        asked.sendall(request.encode())
        return b"".join(iter(lambda: asked.recv(65536), b""))


def test_a_request_that_is_none_is_answered_without_a_traceback(
    server: ReportServer, capfd: pytest.CaptureFixture[str]
) -> None:
    """An address that cannot be parsed; two names of a host, of which one is right."""
    host = f"127.0.0.1:{server.server_port}"
    answer = _send(server, f"GET http://[ HTTP/1.0\r\nHost: {host}\r\n\r\n")
    assert answer.startswith(b"HTTP/1.0 400")
    answer = _send(server, f"GET / HTTP/1.0\r\nHost: {host}\r\nHost: example.org\r\n\r\n")
    assert answer.startswith(b"HTTP/1.0 421")
    assert capfd.readouterr().err == ""


def test_a_browser_that_went_away_is_no_error(
    server: ReportServer, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nothing is printed; another error of the server would be."""
    for error in (ConnectionResetError(), BrokenPipeError(), RuntimeError("another")):
        try:
            raise error
        except Exception:
            server.handle_error(None, ("127.0.0.1", 1))
    told = capfd.readouterr().err
    assert "RuntimeError: another" in told
    assert "ConnectionResetError" not in told
    assert "BrokenPipeError" not in told


@pytest.mark.parametrize(
    ("target", "status", "told"),
    [
        ("/favicon.ico", 404, "there is nothing here"),
        ("/?on=yesterday", 400, "&#x27;yesterday&#x27; is no day"),
        ("/?connection=%3Cscript%3E", 400, "&#x27;&lt;script&gt;&#x27;"),
        (f"/?as-of={date(2026, 1, 1)}", 400, "duetrail history build"),
        ("/?as-of=9000-01-01", 400, "nobody knows yet what records will be"),
    ],
)
def test_a_query_that_is_wrong_is_told(
    server: ReportServer, target: str, status: int, told: str
) -> None:
    """As text, whatever stands in it."""
    found, page = _get(server, target)
    assert found == status
    assert told in page
