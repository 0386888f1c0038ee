"""What can happen on the way, and what is said about it."""

import gzip
import socket
import socketserver
import ssl
import subprocess
import threading
from contextlib import suppress

import pytest

from duetrail.errors import ConfigError, FetchError, PluginError, Unavailable


def test_where_nobody_listens_host_and_port_are_named(open_session, unused_port):
    """Where nobody listens, the message names host and port."""
    session = open_session(base_url=f"http://127.0.0.1:{unused_port}", attempts=2)
    text = rf"127.0.0.1:{unused_port} refused the connection \(after 2 attempts\)\n"
    with pytest.raises(Unavailable, match=text):
        session.get("/bills")
    assert session.requests == 2


def test_no_name(open_session, monkeypatch):
    """A name without an address is told by name."""

    def unknown(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    session = open_session(base_url="https://api.acme.example", attempts=1)
    with pytest.raises(Unavailable, match=r"the name api\.acme\.example has no address"):
        session.get("/bills")


def test_no_bytes(open_session, vendor):
    """A server that stays silent is given up after the time-out, and asked again."""
    silent = threading.Event()
    vendor.then(before=lambda: silent.wait(10)).then(200, b"[1]")
    try:
        assert open_session(timeout=0.1).get("/bills").data == [1]
    finally:
        silent.set()


def test_no_bytes_for_good(open_session, vendor):
    """The message of a time-out names the server and the seconds."""
    silent = threading.Event()
    vendor.then(before=lambda: silent.wait(10))
    try:
        with pytest.raises(Unavailable, match=r"no bytes from 127\.0\.0\.1:\d+ within 0\.1 s"):
            open_session(timeout=0.1, attempts=1).get("/bills")
    finally:
        silent.set()


def test_silence_within_a_body(open_session):
    """A body that does not go on is given up after the time-out."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        session = open_session(base_url=address, timeout=0.2, attempts=1)
        held = []

        def answer():
            connection, _ = server.accept()
            held.append(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(Unavailable, match=r"no bytes from"):
            session.get("/bills")
        thread.join()
        held[0].close()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("begins", "goes_on"),
    [
        (b"", b"HTTP/1.1 200 OK" + b" " * 1000),
        (HEAD, b"X-Drip: " + b"a" * 1000),
        (HEAD + b"Content-Length: 100000\r\n\r\n[", b" " * 1000),
        (HEAD + b"\r\n[", b" " * 1000),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 200),
        (HEAD + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"")[:10] + bytes(1000)),
    ],
    ids=["status", "headers", "length", "no length", "chunks", "gzip"],
)
def test_drips_without_end(open_session, dripping, begins, goes_on):
    """An answer that comes in drips is given up after `max_time`, wherever in it they fall."""
    session = open_session(base_url=dripping(begins, goes_on), max_time=0.3, attempts=2)
    text = r"came to no end of its answer within 0\.3 s \(after 2 attempts\)\n.* max_time"
    with pytest.raises(Unavailable, match=text):
        session.get("/bills")
    assert session.requests == 2


def test_a_time_for_each_answer(open_session, vendor):
    """The time begins anew with each request, also on a connection that is kept open."""
    vendor.then(before=lambda: threading.Event().wait(0.3))
    session = open_session(max_time=0.7, attempts=1)
    assert [session.get("/bills").status for _ in range(3)] == [200] * 3


def test_silence_beyond_the_time(open_session, vendor):
    """Where `timeout` is longer than `max_time`, silence is bounded by the shorter one."""
    silent = threading.Event()
    vendor.then(before=lambda: silent.wait(10))
    try:
        with pytest.raises(Unavailable, match=r"no end of its answer within 0\.1 s\n.* max_time"):
            open_session(timeout=60, max_time=0.1, attempts=1).get("/bills")
    finally:
        silent.set()


@pytest.fixture
def dripping():
    """A server that begins an answer at once and goes on a byte at a time; ends with the test."""
    over = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.recv(4096)
            begins, goes_on = self.server.words
            self.request.sendall(begins)
            with suppress(OSError):
                for byte in goes_on:
                    if over.wait(0.02):
                        return
                    self.request.sendall(bytes([byte]))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()

        def serve(begins, goes_on):
            server.words = begins, goes_on
            return f"http://127.0.0.1:{server.server_address[1]}"

        yield serve
        over.set()
        server.shutdown()
        thread.join()


def test_no_connection(open_session, monkeypatch):
    """A connection that does not come about names the server and the seconds, at most 10."""
    timeouts = []

    def connect(address, timeout, *args, **kwargs):
        timeouts.append(timeout)
        raise TimeoutError

    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    session = open_session(base_url="https://127.0.0.1", timeout=60.0, attempts=1)
    with pytest.raises(Unavailable, match=r"no connection to 127\.0\.0\.1:443 within 10 s"):
        session.get("/bills")
    assert timeouts == [10.0]


def test_secret_in_the_query(open_session, unused_port, token):
    """An error of the network repeats no query, and so no secret."""
    session = open_session(base_url=f"http://127.0.0.1:{unused_port}", attempts=1)
    with pytest.raises(Unavailable) as caught:
        session.get("/bills", {"key": token, "contact": "ann@debtor.example"})
    assert "canary" not in str(caught.value)
    assert "ann" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_proxy_that_fails_is_named(open_session, unused_port, monkeypatch):
    """A proxy that fails is named as one."""
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{unused_port}")
    session = open_session(base_url="https://api.acme.example", attempts=1)
    with pytest.raises(Unavailable, match=r"the proxy on the way to api\.acme\.example:443"):
        session.get("/bills")


@pytest.mark.parametrize(
    ("proxy", "said"),
    [
        ("socks5://u:canary@127.0.0.1:9", r"is a SOCKS proxy(.|\n)*pip install pysocks"),
        ("http://", r"cannot be used(.|\n)*HTTPS_PROXY"),
        ("ftp://u:canary@127.0.0.1:9", r"cannot be used(.|\n)*HTTPS_PROXY"),
        ("http://u:canary@[::1", r"cannot be used(.|\n)*HTTPS_PROXY"),
        ("http://u:canary@proxy:99999", r"cannot be used(.|\n)*HTTPS_PROXY"),
        ("http://a b:3", r"cannot be used(.|\n)*HTTPS_PROXY"),
        ("http://.bad..:3", r"cannot be used(.|\n)*HTTPS_PROXY"),
    ],
)
def test_a_proxy_that_cannot_be_used(open_session, monkeypatch, proxy, said):
    """It is an error of this machine's set-up, at once, and shows no password of a proxy."""
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    session = open_session(base_url="https://api.acme.example", attempts=5)
    with pytest.raises(ConfigError, match=said) as caught:
        session.get("/bills")
    assert session.requests == 1
    assert "canary" not in str(caught.value)


def test_a_proxy_that_wants_a_login(open_session, vendor, monkeypatch):
    """A proxy that asks who is there is not asked again in the same way."""
    listener = socket.create_server(("127.0.0.1", 0))

    def refuse():
        connection, _ = listener.accept()
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
        connection.close()

    thread = threading.Thread(target=refuse)
    thread.start()
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{listener.getsockname()[1]}")
    session = open_session(base_url="https://api.acme.example", attempts=5)
    with pytest.raises(ConfigError, match=r"wants a login(.|\n)*USER:PASSWORD"):
        session.get("/bills")
    thread.join()
    listener.close()
    assert session.requests == 1


def test_a_header_with_a_line_break(open_session, vendor):
    """It is refused at once, and not shown."""
    with pytest.raises(ConfigError, match="holds a line break") as caught:
        open_session().get("/bills", etag="canary\n")
    assert "canary" not in str(caught.value)
    assert vendor.asked == []


def test_broken_authentication(open_session, vendor):
    """An authentication that makes an impossible header is the plugin's error, unshown."""

    def auth(request):
        request.headers["Authorization"] = "Bearer canary\nX: 1"
        return request

    session = open_session(declares={"auth": lambda options: auth})
    with pytest.raises(PluginError, match="cannot be sent: ValueError") as caught:
        session.get("/bills")
    assert "canary" not in str(caught.value)


# --- TLS -----------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path):
    """A certificate for 127.0.0.1 that vouches for itself, and its key, in one file."""
    path = tmp_path / "server.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=acme -keyout - -out -"
    command += " -addext subjectAltName=IP:127.0.0.1"
    done = subprocess.run(command.split(), capture_output=True, check=True)
    path.write_bytes(done.stdout)
    return path


@pytest.fixture
def secure(vendor, certificate):
    """The vendor over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    vendor.server.socket = context.wrap_socket(
        vendor.server.socket, server_side=True, do_handshake_on_connect=True
    )
    return vendor.url.replace("http:", "https:")


def test_an_untrusted_certificate_is_not_tried_again(open_session, vendor, secure):
    """A certificate nobody vouches for ends the matter at once; the hint names the setting."""
    session = open_session(base_url=secure)
    with pytest.raises(FetchError, match=r"not trusted: self.signed.*\n.*REQUESTS_CA_BUNDLE") as e:
        session.get("/bills")
    assert not isinstance(e.value, Unavailable)
    assert (session.requests, vendor.asked) == (1, [])


def test_own_authority(open_session, secure, certificate, monkeypatch):
    """The environment may name a company's own authority."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    assert open_session(base_url=secure).get("/bills").status == 200


def test_authority_that_is_not_there(open_session, monkeypatch, tmp_path):
    """A bundle that is not there is a matter of configuration, and says so."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    session = open_session(base_url="https://127.0.0.1")
    with pytest.raises(ConfigError, match=r"none\.pem(.|\n)*REQUESTS_CA_BUNDLE"):
        session.get("/bills")


def test_authority_that_is_none(open_session, monkeypatch, tmp_path, secure):
    """So is a bundle with anything else in it than certificates."""
    (tmp_path / "none.pem").write_text("nothing")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    session = open_session(base_url=secure)
    with pytest.raises(ConfigError, match=r"no certificate\n.*REQUESTS_CA_BUNDLE"):
        session.get("/bills")
    assert session.requests == 1


def test_no_tls(open_session, vendor):
    """A server that speaks plain http on that port is told as such."""
    session = open_session(base_url=vendor.url.replace("http:", "https:"), attempts=1)
    with pytest.raises(Unavailable, match="agreed on no TLS"):
        session.get("/bills")
