"""From the bytes of an answer to JSON without floats, and back where something was cut."""

from __future__ import annotations

import re
from collections.abc import Collection
from decimal import Decimal
from typing import Any

import msgspec

from duetrail.errors import ProtocolError
from duetrail.http.cutting import cut
from duetrail.http.faults import place, request_id_of
from duetrail.http.network import Answer

# Of two equal keys in one object the last one counts, as in most readers of JSON. msgspec cannot
# refuse them, and a second pass over every page is too high a price for a fault no vendor showed.
_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")

_BOM = b"\xef\xbb\xbf"

# Half of a character, as in text that was cut inside an emoji. Alternatives are tried in order: a
# whole pair or any other escape is passed over, what is left is a half.
_HALVES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|\\."
)


def parse(answer: Answer, never_stored: Collection[str]) -> tuple[bytes, Any]:
    """The body and its JSON, both without the keys that are never stored.

    Any media type will do, since vendors mislabel; what counts is whether it is JSON. An error
    status may come without: its data are None, and the status decides.

    Args:
        answer: What came.
        never_stored: Keys to cut wherever they stand.

    Raises:
        ProtocolError: A good status came with something else than JSON. The message tells
            status, media type and size, nothing of the body.
    """
    # RFC 8259, section 8.1, forbids the mark and lets readers ignore it.
    body = answer.body.removeprefix(_BOM)
    try:
        data = _decode(body)
        if not never_stored:
            return body, data  # what is kept is what was received
        cut(data, never_stored)
        # Written anew even where nothing was found: of two equal keys only the last is seen here,
        # and the bytes would keep what stood under the first.
        return _encoder.encode(data), data
    # Beside bad syntax: invalid UTF-8, numbers beyond all measure, nesting beyond the stack.
    except (ValueError, ArithmeticError, RecursionError) as error:
        if answer.status >= 400:
            return body, None
        raise _not_json(answer, body, error) from None


def _decode(body: bytes) -> Any:
    """The JSON of a body; half a character becomes U+FFFD, as Unicode has it (section 3.9)."""
    try:
        return _decoder.decode(body)
    except msgspec.DecodeError:
        whole = _HALVES.sub(lambda found: b"\\ufffd" if found[1] else found[0], body)
        if whole == body:
            raise
        return _decoder.decode(whole)


def _not_json(answer: Answer, body: bytes, error: Exception) -> ProtocolError:
    media = answer.headers.get("content-type", "no content type")
    return ProtocolError(
        f"{place(answer.url)} answered {_what(body, media, error)} where JSON belongs "
        f"(status {answer.status}, {media}, {len(body)} bytes)",
        hint="Check that base_url leads to the API and not to a website or a login page; if it "
        "does, tell the vendor.",
        status=answer.status,
        request_id=request_id_of(answer.headers),
    )


def _what(body: bytes, media: str, error: Exception) -> str:
    if not body.strip():
        return "nothing"
    if body.lstrip()[:1] == b"<":
        return "HTML" if "xml" not in media or "xhtml" in media else "XML"
    if isinstance(error, UnicodeDecodeError):
        return "text that is not UTF-8"
    if isinstance(error, RecursionError):
        return "JSON nested too deeply"
    if isinstance(error, ArithmeticError) or "out of range" in str(error):
        return "JSON with a number beyond all measure"
    if "truncated" in str(error):
        return "JSON that breaks off"
    return "text that is not JSON"
