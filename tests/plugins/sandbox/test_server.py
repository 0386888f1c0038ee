"""The running sandbox: loopback, keep-alive, its log, its delay, its end."""

from __future__ import annotations

import http.client
import socket
import threading
import tomllib

import pytest
import requests

from duetrail.testing import FaultRule
from duetrail_sandbox.server import DEFAULT_VENDORS, Sandbox

RIGHT = {"Authorization": "Bearer sandbox-stuut-token"}


def test_base_urls(sandbox):
    """Stuut's and Exante's base URLs are without a version, the others' are with it."""
    root = f"http://127.0.0.1:{sandbox.port}"
    assert sandbox.base_urls == {
        "stuut": f"{root}/stuut",
        "credira": f"{root}/credira/v1",
        "exante": f"{root}/exante",
        "yeti": f"{root}/yeti/api/rest/customer/v1",
    }


def test_the_config_is_ready_to_use(sandbox):
    """The config is TOML with a store, four connections, and the rule that joins two of them."""
    config = tomllib.loads(sandbox.config)
    assert config["store"] == {"url": "sqlite:///duetrail.db"}
    assert tuple(config["connections"]) == tuple(sandbox.base_urls) == DEFAULT_VENDORS
    assert config["connections"]["credira"] == {
        "plugin": "credira",
        "base_url": sandbox.base_urls["credira"],
        "token": "sandbox-credira-token",
        "invoices": "stuut:remote_id",
    }
    assert config["trail"]["same_invoice"][0]["invoices"] == ["stuut:number", "exante:number"]
    assert "loopback" in sandbox.config.partition("[store]")[0]


def test_config_of_some():
    """Without Exante there is no rule; without Stuut the config lists Credira's keys."""
    with Sandbox(invoices=2, vendors=("stuut", "credira")) as sandbox:
        assert "trail" not in tomllib.loads(sandbox.config)
    with Sandbox(invoices=2, vendors=("credira",)) as sandbox:
        config = tomllib.loads(sandbox.config)
    assert config["connections"]["credira"]["invoices"] == ["ERP-000001", "ERP-000002"]


def test_every_vendor_is_served():
    """A vendor that is not asked for is served all the same."""
    with Sandbox(invoices=1, vendors=("yeti",)) as sandbox:
        url = f"http://127.0.0.1:{sandbox.port}/stuut/v1/invoices"
        assert requests.get(url, headers=RIGHT, timeout=30).json()["total_records"] == 1


@pytest.mark.parametrize("vendors", [("stuut", "acme"), ()])
def test_unknown_vendor(vendors):
    """An unknown vendor is refused, and the error names those there are."""
    with pytest.raises(ValueError, match="name some of stuut, credira, exante, yeti"):
        Sandbox(invoices=1, vendors=vendors)


def test_the_former_name_of_faults_warns():
    """What is given as ``strikes`` still goes wrong, with a warning that names ``faults``."""
    with pytest.warns(DeprecationWarning, match="faults="):
        sandbox = Sandbox(invoices=1, strikes=[FaultRule.of("unavailable")])
    with sandbox:
        url = f"{sandbox.base_urls['stuut']}/v1/invoices"
        assert requests.get(url, headers=RIGHT, timeout=30).status_code == 503


def test_requests_are_logged():
    """Every request is logged in order, with method, path, raw query and status."""
    with Sandbox(invoices=1) as sandbox, requests.Session() as client:
        url = f"{sandbox.base_urls['stuut']}/v1/invoices"
        client.get(url, params={"limit": 1, "status": ["paid", "open"]}, headers=RIGHT)
        client.get(url)
        client.post(url, headers=RIGHT)
        assert list(sandbox.requests) == [
            ("GET", "/stuut/v1/invoices", "limit=1&status=paid&status=open", 200),
            ("GET", "/stuut/v1/invoices", "", 401),
            ("POST", "/stuut/v1/invoices", "", 405),
        ]
        assert sandbox.requests[-1].method == "POST"
        assert [served.status for served in sandbox.requests[1:]] == [401, 405]
        sandbox.requests.clear()
        assert len(sandbox.requests) == 0


def test_keep_alive(sandbox):
    """One connection carries several requests, with a body and without, each with its length."""
    line = http.client.HTTPConnection("127.0.0.1", sandbox.port)
    line.connect()
    used = line.sock
    for method, body, status in [("GET", None, 200), ("POST", b'{"a": 1}', 405)] * 2:
        line.request(method, "/stuut/v1/invoices?limit=1", body=body, headers=RIGHT)
        answer = line.getresponse()
        assert (answer.version, answer.status) == (11, status)
        assert int(answer.headers["Content-Length"]) == len(answer.read())
        assert line.sock is used
    line.close()


@pytest.mark.parametrize(
    "framing",
    [
        {"Content-Length": "65537"},
        {"Content-Length": "many"},
        {"Content-Length": "-1"},
        {"Transfer-Encoding": "chunked"},
    ],
)
def test_a_body_that_is_not_read(sandbox, framing):
    """A body too long, or of unknown length, is not read, and the connection ends with it."""
    line = http.client.HTTPConnection("127.0.0.1", sandbox.port)
    line.putrequest("POST", "/stuut/v1/invoices")
    for name, value in {**RIGHT, **framing}.items():
        line.putheader(name, value)
    line.endheaders()
    answer = line.getresponse()
    assert answer.status == 405
    assert answer.headers["Connection"] == "close"
    answer.read()
    line.close()


def test_odd_requests(sandbox, client):
    """HEAD is refused without a body; outside the APIs is nothing; ids may be percent-encoded."""
    url = sandbox.base_urls["stuut"]
    head = client.head(f"{url}/v1/invoices", headers=RIGHT)
    assert (head.status_code, head.content) == (405, b"")
    assert client.get(f"http://127.0.0.1:{sandbox.port}/").status_code == 404
    call = sandbox.company.showpiece.calls[0].id
    answer = client.get(f"{url}/v1/calls/{call.replace('_', '%5F')}", headers=RIGHT)
    assert answer.json()["id"] == call


def test_only_loopback(sandbox):
    """The server holds 127.0.0.1 and nothing more: the port is free on any other address."""
    with socket.create_server(("127.0.0.2", sandbox.port)) as other:
        assert other.getsockname()[1] == sandbox.port


def test_latency_holds_answers_and_not_the_end():
    """A delayed answer does not come early, and closing does not wait for it."""
    with Sandbox(invoices=1, latency_ms=3_600_000) as sandbox:
        url = f"{sandbox.base_urls['stuut']}/v1/invoices"
        with pytest.raises(requests.ReadTimeout):
            requests.get(url, headers=RIGHT, timeout=0.3)


def test_close_frees_everything():
    """After closing, with a connection kept alive, port and threads are free."""
    before = set(threading.enumerate())
    sandbox = Sandbox(invoices=1).start()
    port = sandbox.port
    with requests.Session() as client:
        client.get(f"{sandbox.base_urls['stuut']}/v1/invoices", headers=RIGHT)
        sandbox.close()
        assert set(threading.enumerate()) <= before
        with Sandbox(invoices=1, port=port) as again:
            assert again.port == port


def test_starting_and_closing():
    """Closing does no harm at any time; starting twice and asking too early say what to do."""
    sandbox = Sandbox(invoices=1)
    sandbox.close()
    with pytest.raises(RuntimeError, match="start it first"):
        _ = sandbox.base_urls
    sandbox.start()
    with pytest.raises(RuntimeError, match="close it first"):
        sandbox.start()
    sandbox.close()
    sandbox.close()


def test_a_client_that_leaves(capfd):
    """A client that leaves in the middle of an answer leaves no traceback behind."""
    with Sandbox(invoices=200) as sandbox:
        for _ in range(5):
            rude = socket.create_connection(("127.0.0.1", sandbox.port))
            rude.sendall(
                b"GET /stuut/v1/invoices?limit=200 HTTP/1.1\r\nHost: x\r\n"
                b"Authorization: Bearer sandbox-stuut-token\r\n\r\n"
            )
            # Reset rather than an orderly end, while megabytes are still to come.
            rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            rude.recv(100)
            rude.close()
        polite = requests.get(
            f"{sandbox.base_urls['stuut']}/v1/invoices", headers=RIGHT, timeout=30
        )
        assert polite.status_code == 200
    assert capfd.readouterr() == ("", "")
