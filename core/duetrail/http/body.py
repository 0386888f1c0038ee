"""From the bytes of an answer to JSON without floats, and back where something was cut.

As a rule the bytes stay bytes: that they are JSON is checked, and what must not be kept is cut out
of them. The tree is built where that cannot be done, or when somebody looks at it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from decimal import Decimal
from typing import Any

import msgspec

from duetrail.errors import FetchError, ProtocolError, Unavailable
from duetrail.http.answer import Answer
from duetrail.http.cutting import cut, cut_bytes
from duetrail.http.faults import request_id_of, url_without_query
from duetrail.secrets import hides_token, holds_token, without_tokens
from duetrail.source import Page, Unread
from duetrail.wire import UnrepresentableNumber

# Of two equal keys in one object the last one counts, as in most readers of JSON. msgspec cannot
# tell, and noticing it takes three times as long as reading (10 ms instead of 4 for a megabyte):
# too high a price on every page for a fault no vendor showed. The bytes are kept, with both.
_decoder = msgspec.json.Decoder(float_hook=Decimal)

# A number that was kept as its text is written as it came.
_encoder = msgspec.json.Encoder(
    decimal_format="number", enc_hook=lambda number: msgspec.Raw(number.encode())
)

# As in Python, which refuses to read longer ones: the time grows with the square of the length.
_MOST_DIGITS = 4_300

# 204 and 205: the vendor means that there is nothing, and says the same next time.
_WITHOUT_CONTENT = frozenset({204, 205})

_NOTHING = "nothing"
_HALF = "JSON that breaks off"
_WRONG = "invalid JSON"
_DEEP = "JSON nested too deeply"
_OF_JSON = frozenset({_HALF, _WRONG, _DEEP})

_TELL = "It comes from an API, so base_url is right: tell the vendor, with the time of the request."
_CHECK = (
    "Check that base_url leads to the API and not to a website or a login page; if it does, tell "
    "the vendor."
)

# Where a reader of JSON stopped.
_PLACE = re.compile(r"byte \d+")

# Line breaks, tabs and the like, which JSON allows between its parts and not within a text.
_CONTROLS = bytes(range(32))
_BLANKS = bytes.maketrans(_CONTROLS, b" " * len(_CONTROLS))

_MEDIA = re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,60}")

_BOM = b"\xef\xbb\xbf"

# Half of a character, as in text that was cut inside an emoji. Alternatives are tried in order: a
# whole pair or any other escape is passed over, what is left is a half.
_HALVES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|\\."
)


# As strict as the decoder, but for UTF-8 and for the size of numbers.
_check = msgspec.json.Decoder(msgspec.Raw).decode

# What JSON need not escape: a slash, and most characters by their numbers. Pairs of backslashes are
# found as well, so that the second of them begins nothing.
_MAY_BE_NEEDLESS = re.compile(rb"\\[u/]")
# The same, and what may stand for a character once a text inside a text is read.
_CODE = re.compile(rb"\\[u/x]")
_NEEDLESS = re.compile(rb"\\(?:\\|(/)|(u[0-9a-fA-F]{4}(?:\\u[0-9a-fA-F]{4})*))")


def read(answer: Answer, never_stored: Collection[str], *, keep_tokens: bool = False) -> Page:
    """The page of an answer, without the keys that are never stored and without our tokens.

    A number that nothing can hold does not spoil the page: it is `UnrepresentableNumber`; nor does
    a line break or a tab within a text. But a page is text in one encoding and one tree of JSON:
    where it is no UTF-8, breaks off, or is nested too deeply, none of it is read.

    Any media type will do, since vendors mislabel; what counts is whether it is JSON. An error
    status may come without: its data are None, and the status decides. So are those of an answer
    whose status says that there is no content.

    Args:
        answer: What came.
        never_stored: Keys to cut wherever they stand.
        keep_tokens: Whether to leave tokens where they are: in the answer to a login.

    Raises:
        Unavailable: A good status came with nothing, or with JSON that breaks off: a body was cut
            short, and nothing on the way noticed, as with gzip or without a length.
        ProtocolError: A good status came with something else than JSON. The message tells
            status, media type and size, nothing of the body.
    """
    body, data = _read(answer, frozenset(never_stored), keep_tokens=keep_tokens)
    return Page(url=answer.url, status=answer.status, headers=answer.headers, body=body, data=data)


def parse(
    answer: Answer, never_stored: Collection[str], *, keep_tokens: bool = False
) -> tuple[bytes, Any]:
    """The body and its JSON, as `read` gives them.

    Raises:
        Unavailable: As for `read`.
        ProtocolError: As for `read`.
    """
    page = read(answer, never_stored, keep_tokens=keep_tokens)
    return page.body, page.data


def _read(
    answer: Answer, never_stored: frozenset[str], *, keep_tokens: bool
) -> tuple[bytes, Unread | Any]:
    # RFC 8259, section 8.1, forbids the mark and lets readers ignore it.
    body = answer.body.removeprefix(_BOM)
    if answer.status in _WITHOUT_CONTENT and not body.strip():
        return b"", None
    is_bare = not _has_codes(body)
    if _is_plain(body) and (keep_tokens or not _may_echo(body, is_bare=is_bare)):
        kept = cut_bytes(body, never_stored, is_bare=is_bare)
        if kept is not None:
            return kept, Unread(kept, decode)
    try:
        return _read_as_tree(body, never_stored, keep_tokens=keep_tokens)
    # Beside bad syntax: invalid UTF-8, numbers beyond all measure, nesting beyond the stack.
    except (ValueError, ArithmeticError, RecursionError) as error:
        if answer.status >= 400:
            return body, None
        raise _not_json(answer, body, error) from None


def _is_plain(body: bytes) -> bool:
    """Whether it is JSON that can be read at any later time, in parts, too."""
    try:
        if not body.isascii():
            body.decode()
        _check(body)
    except (ValueError, RecursionError):
        return False
    return True


def _read_as_tree(
    body: bytes, never_stored: frozenset[str], *, keep_tokens: bool
) -> tuple[bytes, Any]:
    data = decode(body)
    echoed = not keep_tokens and (_may_echo(body) or _may_echo(encode(data)))
    cleaned = without_tokens(data) if echoed else data
    # A token that the tree does not show stands under the first of two equal keys.
    is_lost = echoed and not _may_echo(encode(data))
    if not never_stored and cleaned == data and not is_lost:
        return body, data  # what is kept is what was received
    cut(cleaned, never_stored)
    # Written anew even where nothing was found: of two equal keys only the last is seen here, and
    # the bytes would keep what stood under the first.
    return encode(cleaned), cleaned


def decode(body: bytes) -> Any:
    """The JSON of a body, received or kept.

    Half a character becomes U+FFFD, as Unicode has it (section 3.9); a number that nothing can hold
    is `UnrepresentableNumber`; a control character within a text stands for itself.

    Raises:
        ValueError: It is no JSON in UTF-8.
        RecursionError: It is nested too deeply.
    """
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, ArithmeticError) as error:
        whole = _HALVES.sub(lambda found: b"\\ufffd" if found[1] else found[0], body)
        try:
            return _read_leniently(whole)
        except json.JSONDecodeError:
            raise _mistake(body) or error from None


def encode(data: Any) -> bytes:
    """JSON from what `decode` gave; every number as it came."""
    return _encoder.encode(data)


def _read_leniently(body: bytes) -> Any:
    """The JSON of a body in which some number cannot be held, or a text holds control characters.

    Nothing else is forgiven.
    """
    return json.loads(
        body.decode(),
        strict=False,
        parse_int=_whole,
        parse_float=_fraction,
        parse_constant=UnrepresentableNumber,
    )


def _mistake(body: bytes) -> msgspec.DecodeError | None:
    """What msgspec says of a body that is no JSON, beside the control characters in its texts."""
    try:
        _decoder.decode(body.translate(_BLANKS))
    except msgspec.DecodeError as error:
        return error
    except ArithmeticError:
        pass
    return None


def _has_codes(body: bytes) -> bool:
    """Whether escapes may stand for characters that need none; a page is looked through once."""
    return b"\\" in body and _CODE.search(body) is not None


def _may_echo(body: bytes, *, is_bare: bool = False) -> bool:
    """Whether a token of ours may stand in an answer, as it is or behind escapes.

    Args:
        body: The answer.
        is_bare: Whether it is known to have no codes.
    """
    plain = body if is_bare else _plainer(body)
    return hides_token(plain, is_bare=is_bare) or (plain is not body and holds_token(body))


def _plainer(body: bytes) -> bytes:
    """JSON without the escapes that it does not need."""
    if b"\\" not in body or not _MAY_BE_NEEDLESS.search(body):
        return body
    return _NEEDLESS.sub(_needed, body)


def _needed(found: re.Match[bytes]) -> bytes:
    if found[1]:
        return b"/"
    if not found[2]:
        return found[0]
    text = json.loads(b'"\\%b"' % found[2])
    return json.dumps(text, ensure_ascii=False)[1:-1].encode(errors="surrogatepass")


def _whole(text: str) -> int | UnrepresentableNumber:
    return int(text) if len(text.lstrip("-")) <= _MOST_DIGITS else UnrepresentableNumber(text)


def _fraction(text: str) -> Decimal | UnrepresentableNumber:
    try:
        return Decimal(text)
    except ArithmeticError:
        return UnrepresentableNumber(text)


def _not_json(answer: Answer, body: bytes, error: Exception) -> FetchError:
    media = _media(answer.headers.get("content-type", "no content type"))
    what = _what(body, media, error)
    kind = Unavailable if what in {_NOTHING, _HALF} else ProtocolError
    where = _PLACE.search(str(error)) if what == _WRONG else None
    return kind(
        f"{url_without_query(answer.url)} answered {what} where JSON belongs "
        f"(status {answer.status}, {media}, {len(body)} bytes{f', {where[0]}' if where else ''})",
        hint=_TELL if what in _OF_JSON else _CHECK,
        status=answer.status,
        request_id=request_id_of(answer.headers),
    )


def _media(told: str) -> str:
    """A content type without its parameters, if it is one; servers write there what they like."""
    if told == "no content type":
        return told
    media = told.partition(";")[0].strip().lower()
    return media if _MEDIA.fullmatch(media) else "an invalid content type"


def _what(body: bytes, media: str, error: Exception) -> str:
    if not body.strip():
        return _NOTHING
    if body.lstrip()[:1] == b"<":
        return "HTML" if "xml" not in media or "xhtml" in media else "XML"
    if _breaks_off(body, error):
        return _HALF
    if isinstance(error, UnicodeDecodeError):
        return "text that is not UTF-8"
    if isinstance(error, RecursionError):
        return _DEEP
    return _WRONG if body.lstrip()[:1] in {b"{", b"["} else "text that is not JSON"


def _breaks_off(body: bytes, error: Exception) -> bool:
    """Whether it is the end of the body that is wrong."""
    if isinstance(error, UnicodeDecodeError):
        return error.reason == "unexpected end of data"
    # Amid a number it is the number that is wrong, behind the last byte.
    return "truncated" in str(error) or f"(byte {len(body)})" in str(error)
