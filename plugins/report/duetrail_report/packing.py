"""Text that is only shown when it is asked for, compressed in the page."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence

from attrs import frozen


@frozen
class Block:
    """Fragments of HTML that are unpacked together.

    Attributes:
        number: Its number on the page.
        packed: A JSON list of texts, compressed by gzip, as base64.
        size: How many fragments it holds.
    """

    number: int
    packed: str
    size: int


class Packer:
    """Packs fragments into blocks, as many as there is room for.

    Attributes:
        blocks: The blocks so far, without the one that is being filled.
        used: The bytes that these have on the page.
    """

    def __init__(self, block_bytes: int = 400_000) -> None:
        """Begin with an empty block.

        Args:
            block_bytes: About so much text goes into a block: a browser unpacks it at once.
        """
        self.blocks: list[Block] = []
        self.used = 0
        self._block_bytes = block_bytes
        self._open: list[str] = []
        self._open_bytes = 0

    def add(self, fragment: str) -> tuple[int, int]:
        """Add a fragment; the number of its block and its place there."""
        if self._open_bytes >= self._block_bytes:
            self.close()
        self._open.append(fragment)
        self._open_bytes += len(fragment)
        return len(self.blocks), len(self._open) - 1

    def close(self) -> None:
        """Begin a new block with the next fragment."""
        if self._open:
            packed = pack(self._open)
            self.blocks.append(Block(len(self.blocks), packed, len(self._open)))
            self.used += len(packed)
            self._open, self._open_bytes = [], 0


def pack(fragments: Sequence[str]) -> str:
    """Texts as one text that a page can hold and a browser can unpack."""
    plain = json.dumps(fragments, ensure_ascii=False, separators=(",", ":")).encode()
    # Without a time in it the same texts are packed the same.
    return base64.b64encode(gzip.compress(plain, 9, mtime=0)).decode("ascii")


def unpack(packed: str) -> list[str]:
    """The texts that were packed."""
    found: list[str] = json.loads(gzip.decompress(base64.b64decode(packed)))
    return found
