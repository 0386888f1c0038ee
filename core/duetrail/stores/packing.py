"""Packing: what is kept compressed, in Zstandard; what older versions kept in zlib is read, too."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import zstandard

# Of all levels the first takes a fifth of the time of the default, for a tenth more space.
_LEVEL = 1
_MAGIC = b"\x28\xb5\x2f\xfd"

PACKED = frozenset({("pages", "body"), ("extras", "extras")})
"""What is kept so, by table and column."""


def pack(body: bytes) -> bytes:
    """Bytes as they are kept."""
    return packer()(body)


def packer() -> Callable[[bytes], bytes]:
    """What packs several bodies, one after the other.

    To make it takes longer than to pack a small one, and it takes memory as long as it is kept.
    """
    return zstandard.ZstdCompressor(_LEVEL).compress


def unpack(packed: bytes) -> bytes:
    """Bytes as they were.

    Raises:
        zlib.error, zstandard.ZstdError: They are damaged.
    """
    if packed.startswith(_MAGIC):
        return zstandard.ZstdDecompressor().decompress(packed)
    return zlib.decompress(packed)


def changed_inside(packed: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """What becomes of packed bytes by a change of the body; the very same bytes if nothing does."""
    body = unpack(packed)
    changed = change(body)
    return packed if changed == body else pack(changed)
