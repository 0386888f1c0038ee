"""Where requests may go."""

import re

import pytest

from duetrail.errors import ConfigError, PluginError, ProtocolError
from duetrail.http import segment
from duetrail.http.address import Address


@pytest.fixture
def address():
    return Address.of("https://api.acme.example/v1/", "acme")


@pytest.mark.parametrize(
    "base", ["http://127.0.0.1:8000", "http://127.3.2.1", "http://[::1]:80", "http://localhost"]
)
def test_plain_http_on_this_machine(base):
    """Plain http is fine where nothing leaves the machine."""
    assert Address.of(base, "acme").is_loopback


@pytest.mark.parametrize(
    "base",
    [
        "http://api.acme.example",
        "http://localhost.acme.example",
        "http://127.0.0.1.acme.example",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "HTTP://api.acme.example",
    ],
)
def test_plain_http_elsewhere(base):
    """Plain http off this machine is refused, and the message says what to write."""
    with pytest.raises(ConfigError, match=r"connection 'acme' is plain http.*\n.*https://"):
        Address.of(base, "acme")


@pytest.mark.parametrize(
    "base",
    [
        "",
        "api.acme.example",
        "ftp://api.acme.example",
        "https://",
        "https:///v1",
        "https://api.acme.example:many",
        "https://[::1",
        "https://api.acme.example\\@other.example",
        "https://api.acme.example/a b",
        "https://api.acme.example/v1?key=1",
        "https://api.acme.example/#v1",
    ],
)
def test_no_base_url(base):
    """What is no https URL of a host is refused, with an example of one."""
    with pytest.raises(ConfigError, match=r"\n.*https://"):
        Address.of(base, "acme")


def test_credentials_in_the_base_url():
    """Credentials in the base URL are refused and not repeated."""
    with pytest.raises(ConfigError, match="user name or password") as caught:
        Address.of("https://ann:hunter22@api.acme.example", "acme")
    assert "hunter22" not in str(caught.value)


@pytest.mark.parametrize("path", ["/bills", "bills", "/bills/"])
def test_path_below_the_base(address, path):
    """A path is joined below the base URL, whose own path is kept."""
    assert address.url(path, {}) == f"https://api.acme.example/v1/{path.lstrip('/')}"


def test_no_path(address):
    """The base URL itself can be asked for."""
    assert address.url("", {"a": 1}) == "https://api.acme.example/v1?a=1"


@pytest.mark.parametrize(
    "path",
    [
        "https://other.example/bills",
        "HTTPS://other.example",
        "//other.example/bills",
        "//[bills",
        "/bills/../../admin",
        "..",
        "/bills/%2e%2e/admin",
        "/bills/%2E./admin",
        "/bills/..%2fadmin",
        "/bills/..%2Fadmin%2Fx",
        "/bills/..\\admin",
        "/./bills",
        "/bills//emails",
        "/bills?limit=2",
        "/bills#2",
        "/bills\r\nHost: other.example",
        "/bills/\x00",
    ],
)
def test_path_elsewhere(address, path):
    """A path that leads anywhere but below the base is refused, and not repeated."""
    with pytest.raises(ProtocolError, match=r"only paths below base_url.*\n.*segment") as caught:
        address.url(path, {})
    assert "other.example" not in str(caught.value)


def test_parameters_are_written_as_vendors_read_them(address):
    """None is left out, booleans are words, sequences repeat their key, text is quoted."""
    params = {
        "limit": 200,
        "after": None,
        "open": True,
        "void": False,
        "id": ["a", "b", None],
        "q": "x & y=ü+",
        "page[number]": 2,
        "empty": "",
        "none": (),
    }
    assert address.url("/bills", params).partition("?")[2] == (
        "limit=200&open=true&void=false&id=a&id=b&q=x%20%26%20y%3D%C3%BC%2B&page%5Bnumber%5D=2&empty="
    )


@pytest.mark.parametrize("value", [1.5, {"a": 1}, b"x", [2.5]])
def test_params_of_other_types(address, value):
    """A parameter that could be written in several ways is refused by name."""
    with pytest.raises(PluginError, match="parameter 'since' is a"):
        address.url("/bills", {"since": value})


@pytest.mark.parametrize(
    ("value", "quoted"),
    [("inv-1", "inv-1"), ("a/b", "a%2Fb"), ("a?b#c", "a%3Fb%23c"), ("%2e%2e", "%252e%252e")],
)
def test_an_id_is_one_segment(value, quoted):
    """An id is quoted to stand as one segment."""
    assert segment(value) == quoted


@pytest.mark.parametrize("value", ["", ".", "..", "../admin", "a/./b", "..\\admin", "a/.."])
def test_segment_that_is_none(value):
    """An id that would ask for something else is refused, and told."""
    with pytest.raises(ProtocolError, match=f"{re.escape(repr(value))}, which cannot be asked for"):
        segment(value)


def test_segment_on_the_wire(session, vendor):
    """What segment quoted arrives as it was quoted."""
    session.get(f"/bills/{segment('2024//7 %2e%2e?')}/calls")
    assert vendor.asked[0].path == "/bills/2024%2F%2F7%20%252e%252e%3F/calls"
