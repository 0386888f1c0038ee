"""Mail: the transport encodings of mail decoded.

These are encoded words in headers (`=?utf-8?Q?J=C3=BCrgen?=`) and quoted-printable bodies. Other
texts may look like them by accident, so the decoded text is read besides the written one.
"""

from __future__ import annotations

import re
from binascii import Error, a2b_base64, a2b_qp

IS_ENCODED = re.compile(r"=(?:\?|[0-9A-Fa-f]{2}|[ \t]{0,8}(?:\r?\n|(?:\\r)?\\n))")
"""Whether a text may be encoded so."""

WORDS = re.compile(r"(?:=\?[\w.*+-]{1,40}\?[bBqQ]\?[^?\n]{0,1000}\?=(?:\s{1,80}(?==\?))?)+")
"""Encoded words in a row: what parts them is not meant."""

SOFT_BREAK = re.compile(r"=[ \t]{0,8}(?:\r?\n|(?:\\r)?\\n)")
"""The end of a line that is none."""

PRINTABLE = re.compile(
    r"=[cCdD][0-9a-fA-F]=[89abAB][0-9a-fA-F]|=[eE][0-9a-fA-F](?:=[89abAB][0-9a-fA-F]){2}"
    r"|=[fF][0-4](?:=[89abAB][0-9a-fA-F]){3}|=[0-9a-fA-F]{2}"
)
"""One character in quoted-printable."""

_PARTS = re.compile(r"=\?([\w.-]{1,40})[\w.*+-]{0,40}\?([bBqQ])\?([^?\n]{0,1000})\?=")


def words(found: re.Match[str]) -> str:
    """What encoded words in a row say; one character may stand in two of them."""
    said: list[tuple[str, bytes]] = []
    for charset, way, written in _PARTS.findall(found[0]):
        content = _base64(written) if way in "bB" else a2b_qp(_ascii(written), header=True)
        if said and said[-1][0] == charset.lower():
            content = said.pop()[1] + content
        said.append((charset.lower(), content))
    return "".join(_decoded(content, charset) for charset, content in said)


def printable(found: re.Match[str]) -> str:
    """What one character in quoted-printable is, UTF-8 or Latin-1."""
    content = bytes.fromhex(found[0].replace("=", ""))
    return _decoded(content, "utf-8", otherwise="latin-1")


def _base64(written: str) -> bytes:
    letters = re.sub(r"[^A-Za-z0-9+/]", "", written)
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    try:
        return a2b_base64(letters + "=" * (-len(letters) % 4))
    except Error:
        return b""


def _ascii(written: str) -> bytes:
    return written.encode("utf-8", "surrogatepass")


def _decoded(content: bytes, charset: str, otherwise: str = "") -> str:
    try:
        return content.decode(charset, "strict" if otherwise else "replace")
    except (LookupError, ValueError, TypeError):  # no such charset, or one that is not of texts
        return content.decode(otherwise or "latin-1")
