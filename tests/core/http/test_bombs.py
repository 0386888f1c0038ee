"""Small answers that unpack to huge ones cost no more memory than the limit allows."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from support.nightly import examples

STATUS = Path("/proc/self/status")
pytestmark = pytest.mark.skipif(not STATUS.exists(), reason="needs the peak of memory")

MIB = 2**20
LIMIT = 8
HUGE = examples(128, 512) * MIB


def _packed(wbits: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    parts = [packer.compress(bytes(MIB)) for _ in range(HUGE // MIB)]
    return b"".join([*parts, packer.flush()])


def _members() -> bytes:
    return gzip.compress(bytes(MIB)) * (HUGE // MIB)


BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "gzip": (lambda: _packed(31), "gzip"),
    "gzip of gzip": (lambda: gzip.compress(_packed(31)), "gzip"),
    "gzip, told twice": (lambda: gzip.compress(_packed(31)), "gzip, gzip"),
    "gzip in many members": (_members, "gzip"),
    "deflate": (lambda: _packed(15), "deflate"),
    "raw deflate": (lambda: _packed(-15), "deflate"),
    "gzip, not told": (lambda: _packed(31), "identity"),
}


def read(url: str, limit: float = LIMIT) -> tuple[int, str]:
    """What a process of its own says that asked once: MiB it grew by, and the answer's size."""
    script = Path(__file__).with_name("reader.py")
    done = subprocess.run(
        [sys.executable, str(script), url, str(limit)], capture_output=True, text=True, check=True
    )
    grown, _, said = done.stdout.strip().partition(" ")
    return int(grown), said


@pytest.mark.parametrize("name", BOMBS)
def test_a_compressed_bomb_takes_a_few_times_the_limit_at_most(vendor, name):
    """However it is packed, a lot of nothing takes a few times the limit at most."""
    make, encoding = BOMBS[name]
    body = make()
    assert len(body) < LIMIT * MIB
    vendor.then(200, b"{}").then(200, body, headers={"Content-Encoding": encoding})
    grown, said = read(vendor.url)
    assert "answered more than 8 MiB" in said
    assert grown <= 4 * LIMIT


def test_an_answer_without_end(vendor):
    """An answer that never ends is left at the limit."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
    vendor.then(200, b"{}").then(raw=head + b" " * (64 * MIB))
    grown, said = read(vendor.url)
    assert "answered more than 8 MiB" in said
    assert grown <= 4 * LIMIT


@pytest.mark.parametrize("tiny", [b"{}", b"[]", b"0", b'{"":0}', b'""', b"1.0"])
def test_the_limit_bounds_what_is_parsed_too(vendor, tiny):
    """JSON of nothing but tiny objects, the worst there is, takes 40 times its size at most."""
    many = (tiny + b",") * (LIMIT * MIB // (len(tiny) + 1) - 2)
    vendor.then(200, b"{}").then(200, b"[" + many + tiny + b"]")
    grown, said = read(vendor.url)
    assert int(said) > LIMIT * MIB - 16
    assert grown <= 40 * LIMIT
