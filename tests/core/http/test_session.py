"""What a page is, and what is none."""

import gzip
import logging
import zlib
from decimal import Decimal

import pytest
import vcr

from duetrail.errors import ConfigError, FetchError, ProtocolError, Unavailable
from duetrail.http import Session, json_lines

MIB = 2**20


def test_a_page_holds_what_was_asked_and_what_came(session, vendor):
    """A page holds what was asked and what came."""
    vendor.then(200, b'{"total": 10.10}', headers={"X-Request-Id": "req-1"})
    page = session.get("/bills", {"limit": 2, "open": True})
    assert page.url == f"{vendor.url}/bills?limit=2&open=true"
    assert (page.status, page.body) == (200, b'{"total": 10.10}')
    assert page.headers["x-request-id"] == "req-1"
    assert type(page.headers) is dict


def test_numbers_with_a_point_are_decimal(session, vendor):
    """Numbers with a point are Decimal, whole ones exact at any size."""
    vendor.then(body=b"[10.10, 1e2, 123456789012345678901234567890, 0.1]")
    assert session.get("/bills").data == [
        Decimal("10.10"),
        Decimal("1E+2"),
        123456789012345678901234567890,
        Decimal("0.1"),
    ]


def test_a_request_says_who_asks_and_for_what(session, vendor):
    """A request says who asks and for what; another media type can be asked for."""
    session.get("/bills")
    session.get("/bills", accept="application/vnd.api+json")
    first, second = (one.headers for one in vendor.asked)
    assert first["user-agent"].startswith("duetrail")
    assert first["accept"] == "application/json"
    assert second["accept"] == "application/vnd.api+json"


def test_base_path(open_session, vendor):
    """Paths are below the base URL's own path."""
    open_session(base_url=f"{vendor.url}/api/v1/").get("/bills")
    assert vendor.asked[0].path == "/api/v1/bills"


def test_secret_in_the_query(session, vendor, token):
    """A secret in the query reaches the vendor and no page."""
    page = session.get("/bills", {"key": token})
    assert "canary" in vendor.asked[0].path
    assert page.url == f"{vendor.url}/bills?key=[secret]"


def test_secret_in_a_log(session, vendor, token, caplog):
    """Nor any log, urllib3's own included."""
    caplog.set_level(logging.DEBUG)
    session.get("/bills", {"key": token})
    assert "urllib3" in caplog.text
    assert caplog.text.count("[secret]") == 2
    assert "canary" not in caplog.text


def test_a_repr_shows_no_secret_and_no_body(session, token):
    """Neither a session nor its page show a secret or a body."""
    page = session.get("/bills", {"key": token})
    assert repr(session) == "<Session acme: 1 requests>"
    assert token not in repr(page)


def test_context_manager(vendor, open_session):
    """A session is a context manager that closes its connections."""
    with open_session() as session:
        assert isinstance(session, Session)
        session.get("/bills")


def test_connection_is_kept(session, vendor):
    """One connection serves many requests, also after errors with a body."""
    ports = []
    vendor.server.get_request = _noting(vendor.server.get_request, ports)
    vendor.then(404, b"nothing here").then()
    for _ in range(3):
        try:
            session.get("/bills")
        except FetchError:
            continue
    assert len(ports) == 1


def _noting(get_request, ports):
    def noting():
        connection, address = get_request()
        ports.append(address)
        return connection, address

    return noting


def test_plain_http_is_refused(open_session):
    """No session opens to a base URL whose credentials would travel in clear."""
    with pytest.raises(ConfigError, match="plain http"):
        open_session(base_url="http://api.acme.example")


def test_no_host(open_session):
    """A base URL whose host cannot be one is a matter of configuration."""
    with pytest.raises(ConfigError, match="names no host"):
        open_session(base_url="https://*.acme.example")


def test_path_elsewhere(session, stranger):
    """A path that is an address of its own is not asked."""
    with pytest.raises(ProtocolError, match="only paths below base_url"):
        session.get(f"{stranger.url}/bills")
    assert stranger.asked == []


# --- redirects -----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(session, vendor, stranger, status):
    """A redirect is not followed, and the error names the host it pointed at."""
    vendor.then(status, headers={"Location": f"{stranger.url.replace('127.0.0.1', 'LOCALHOST')}/x"})
    with pytest.raises(ProtocolError, match=r"pointed at localhost;.*\n.*base_url") as caught:
        session.get("/bills")
    assert caught.value.status == status
    assert (len(vendor.asked), len(stranger.asked)) == (1, 0)


@pytest.mark.parametrize("location", ["//[", "http://[::1", ""])
def test_redirect_nowhere(session, vendor, location):
    """A redirect to no address is an error like any other."""
    vendor.then(302, headers={"Location": location} if location else {})
    with pytest.raises(ProtocolError, match="pointed"):
        session.get("/bills")


# --- no JSON -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "media", "what"),
    [
        (b" <!DOCTYPE html><p>canary", "text/html", "HTML"),
        (b"<html>canary", "application/json", "HTML"),
        (b"<?xml?><canary/>", "application/xml", "XML"),
        (b'["canary\xff"]', "application/json", "text that is not UTF-8"),
        (b"[" * 50_000 + b"]" * 50_000, "application/json", "JSON nested too deeply"),
        (b"canary", "text/plain", "text that is not JSON"),
        (b"[NAN]", "application/json", "invalid JSON"),
        (b'{"a":1} {"canary":2}', "application/json", "invalid JSON"),
    ],
)
def test_not_json(session, vendor, body, media, what):
    """What is no JSON is told by kind, status, media type and size, never shown."""
    vendor.then(200, body, headers={"Content-Type": media})
    facts = rf"status 200, {media}, {len(body)} bytes(, byte \d+)?"
    text = rf"answered {what} where JSON belongs \({facts}\)"
    with pytest.raises(ProtocolError, match=text) as caught:
        session.get("/bills")
    assert "canary" not in str(caught.value)
    assert len(vendor.asked) == 1


@pytest.mark.parametrize(
    ("body", "what"),
    [(b"", "nothing"), (b" \n", "nothing"), (b'{"a":"canary', "JSON that breaks off")],
)
def test_half_of_it(session, vendor, body, what):
    """Nothing, or JSON that breaks off, is asked for again; in the end it is told, not shown."""
    vendor.then(200, body)
    size = rf"\(status 200, application/json, {len(body)} bytes\) \(after 5 attempts\)"
    with pytest.raises(Unavailable, match=rf"answered {what} where JSON belongs {size}") as caught:
        session.get("/bills")
    assert "canary" not in str(caught.value)
    vendor.then(200, b"[1]")
    assert session.get("/bills").data == [1]


BODY = '{"a": [1.5, "é\\n😀", null], "b": {"c": true}}'.encode()


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_cut_anywhere(open_session, vendor, pack):
    """Wherever a body is cut and nobody noticed, it is half an answer, or all that counts of it."""
    session = open_session(attempts=1)
    whole = pack(BODY)
    headers = {"Content-Encoding": "gzip"} if pack is gzip.compress else {}
    for size in range(len(whole)):
        vendor.then(200, whole[:size], headers=headers)
    said = []
    for _ in whole:
        try:
            said.append(session.get("/bills").body)
        except Unavailable as error:
            said.append(error.message.partition("answered ")[2].partition(" where")[0])
    # The last bytes of gzip are a sum and a length, which nothing of the content is missing with.
    last = -8 if headers else len(whole)
    assert set(said[:last]) - {BODY} == {"nothing", "JSON that breaks off"}
    assert set(said[last:]) <= {BODY}


def test_no_content(session, vendor):
    """Where the vendor says that there is no content it is not asked again: it meant it."""
    vendor.then(204, b"")
    page = session.get("/bills")
    assert (page.data, page.body, len(vendor.asked)) == (None, b"", 1)


def test_json_is_json_under_any_media_type(session, vendor):
    """JSON is JSON under any media type, and after a byte order mark."""
    vendor.then(body=b'\xef\xbb\xbf{"a":1}', headers={"Content-Type": "text/html"})
    page = session.get("/bills")
    assert (page.data, page.body) == ({"a": 1}, b'{"a":1}')


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 50_000])
def test_error_without_json(open_session, vendor, body):
    """An error status may come with anything; the status decides."""
    vendor.then(403, body)
    seen = []
    session = open_session(declares={"classify_error": lambda page: seen.append(page)})
    session.get("/bills")
    assert (seen[0].status, seen[0].data, seen[0].body) == (403, None, body)


# --- bytes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("squeeze", [gzip.compress, lambda body: body], ids=["gzip", "plain"])
@pytest.mark.parametrize("chunked", [True, False])
def test_a_body_arrives_whole_however_it_travels(session, vendor, squeeze, chunked):
    """A body arrives whole however it travels."""
    whole = b'["' + b"x" * 300_000 + b'"]'
    sent = squeeze(whole)
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
    head += b"Content-Encoding: gzip\r\n" if sent != whole else b""
    if chunked:
        parts = [sent[at : at + 999] for at in range(0, len(sent), 999)]
        body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
        raw = head + b"Transfer-Encoding: chunked\r\n\r\n" + body
    else:
        raw = head + b"Content-Length: %d\r\n\r\n" % len(sent) + sent
    vendor.then(raw=raw)
    assert session.get("/bills").body == whole


def test_packed_twice(session, vendor):
    """A body that a proxy packed once more is unpacked all the same."""
    twice = gzip.compress(gzip.compress(b"[1]"))
    vendor.then(body=twice, headers={"Content-Encoding": "gzip"})
    assert session.get("/bills").body == b"[1]"


def test_a_packed_file_of_several_parts_is_read_whole(session, vendor):
    """An export may be a file of gzip that was put together of others, padded at its end."""
    vendor.then(body=gzip.compress(b"[1,") + gzip.compress(b"2]") + bytes(512))
    assert session.get("/bills").body == b"[1,2]"


def test_a_packed_file_that_breaks_off_is_asked_for_again(open_session, vendor):
    """Half of it is no shorter list, although lines are whole one by one."""
    media = {"Content-Type": "application/x-ndjson"}
    packer = zlib.compressobj(wbits=31)
    half = packer.compress(b'{"id":1}\n') + packer.flush(zlib.Z_SYNC_FLUSH)
    rest = packer.compress(b'{"id":2}\n') + packer.flush()
    vendor.then(body=half, headers=media).then(body=half + rest, headers=media)
    session = open_session(declares={"decoders": {"application/x-ndjson": json_lines}})
    assert [row["id"] for row in session.get("/export").data] == [1, 2]
    assert len(vendor.asked) == 2


def test_a_cassette_that_holds_a_packed_body_is_read(session, vendor, tmp_path):
    """A cassette of vcrpy that holds a packed body is read like the answer it was."""
    cassette = tmp_path / "packed.yaml"
    recorder = vcr.VCR(serializer="yaml")
    packed = gzip.compress(b'{"total":1.10}')
    vendor.then(body=packed, headers={"Content-Encoding": "gzip"})
    data = []
    for mode in ("once", "none"):
        with recorder.use_cassette(cassette, record_mode=mode):
            data.append(session.get("/bills").data)
    assert data == [{"total": Decimal("1.10")}] * 2
    assert len(vendor.asked) == 1


def test_without_a_length(session, vendor):
    """A body that ends with its connection arrives whole."""
    vendor.then(raw=b"HTTP/1.0 200 OK\r\n\r\n[1]")
    assert session.get("/bills").data == [1]


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[1]",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1]",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n12345",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\x1f\x8b123",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10",
        b"nonsense\r\n\r\n",
        b"",
    ],
    ids=["short", "chunk", "gzip", "gzip again", "head", "nonsense", "nothing"],
)
def test_a_damaged_answer_is_asked_for_again(session, vendor, raw):
    """An answer that was damaged on its way is asked for again."""
    vendor.then(raw=raw).then(200, b"[2]")
    assert session.get("/bills").data == [2]


def test_damaged_for_good(open_session, vendor):
    """An answer that is damaged every time is told as such."""
    vendor.then(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[1]")
    with pytest.raises(Unavailable, match=r"in the middle of a body \(after 2 attempts\)"):
        open_session(attempts=2).get("/bills")


@pytest.mark.parametrize("size", [100, 101])
def test_a_body_is_no_larger_than_the_limit(open_session, vendor, size):
    """A body may be as large as the limit and no larger; the message names the setting."""
    vendor.then(body=b'"' + b"x" * (size - 2) + b'"')
    session = open_session(max_body=100 / MIB)
    if size == 100:
        assert len(session.get("/bills").body) == 100
    else:
        with pytest.raises(
            ProtocolError, match=r"more than 9\.53674e-05 MiB\n.*smaller pages.* max_body"
        ):
            session.get("/bills")


@pytest.mark.parametrize("times", [1, 2])
def test_a_bomb_is_not_unpacked_beyond_the_limit(open_session, vendor, times):
    """A small body that unpacks to a huge one is not unpacked beyond the limit."""
    bomb = b"0" * 100_000_000
    for _ in range(times):
        bomb = gzip.compress(bomb)
    vendor.then(body=bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(ProtocolError, match="more than 1 MiB"):
        open_session(max_body=1).get("/bills")


def test_after_too_large(open_session, vendor):
    """The session goes on after a body that was left unread."""
    vendor.then(body=b'"' + b"x" * 5_000_000 + b'"').then(200, b"[1]")
    session = open_session(max_body=1000 / MIB)
    with pytest.raises(ProtocolError):
        session.get("/bills")
    assert session.get("/bills").data == [1]


def test_an_answer_that_is_known(session, vendor):
    """With the tag of an earlier answer, one that nothing changed in comes without a body."""
    vendor.then(304, b"", headers={"ETag": '"v1"'})
    page = session.get("/bills", etag='"v1"')
    assert vendor.asked[0].headers["if-none-match"] == '"v1"'
    assert (page.status, page.body, page.data) == (304, b"", None)


def test_a_tag_that_is_old(session, vendor):
    """Where something changed the answer is as ever, with its new tag."""
    vendor.then(200, b'{"total": 1}', headers={"ETag": '"v2"'})
    page = session.get("/bills", etag='"v1"')
    assert (page.status, page.data, page.headers["etag"]) == (200, {"total": 1}, '"v2"')


def test_304_without_a_question(session, vendor):
    """Nobody asked whether something changed: such an answer is none."""
    vendor.then(304, b"")
    with pytest.raises(ProtocolError):
        session.get("/bills")
