"""JSON as a vendor wrote it: the text that a column keeps of a value in an answer.

A transcript in the vendor's structure is a large value that nobody looks into while it is written.
So its text is kept as it came, and no tree is built of it. What is equal by value counts as equal
all the same (see `duetrail.stores.canonical`).
"""

from __future__ import annotations

import re

import msgspec

from duetrail.stores.codecs import from_json, to_json

# Escapes of what needs none, by which a search in the text would miss it; and halves of characters.
_CODE = re.compile(rb"\\[u/]")

# A number of so many digits, or with such an exponent, is one that not everything can read.
_DIGITS = bytes(b"0"[0] if chr(sign).isdecimal() else b" "[0] for sign in range(128)) + b" " * 128
_MANY = b"0" * 18


def kept(raw: msgspec.Raw | None) -> str | None:
    """What a JSON column holds of a value in the bytes of an answer; None for null.

    As it came, unless a reader could stumble over its numbers, or a search over its escapes: then
    as it is written from a tree.

    Args:
        raw: The value, in JSON that is known to be valid.

    Raises:
        ValueError, ArithmeticError: Something in it has to be judged.
    """
    text = b"null" if raw is None else bytes(raw)
    if text == b"null":
        return None
    is_coded = b"\\" in text and _CODE.search(text)
    if is_coded or _MANY in text.translate(_DIGITS):
        return to_json(from_json(text)).decode()
    return text.decode()
