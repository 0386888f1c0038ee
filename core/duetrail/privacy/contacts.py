"""Contacts: the spellings of an address, a telephone number or a name, and finding them in text.

Only whole contacts are found: `pat@acme.example` is not in `spat@acme.example` nor in
`pat@acme.example.org`, a number not in a longer one, a name only word by word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from itertools import pairwise
from unicodedata import category, combining, decimal, normalize
from urllib.parse import unquote

from duetrail.errors import UsageError
from duetrail.privacy.forms import ContactKind, Form

Candidate = tuple[int, int, Form]
"""A part of a text that may be a contact: begin, end, and its form."""

Find = Callable[[str, Collection[int]], Iterator[Candidate]]
"""Finds candidates in a text, given the sizes of interest; of several at one place longer ones
first."""

# Letters of scripts that put no blanks between words, or endings on them: Thai, Chinese, Japanese,
# Korean. A contact in other letters may stand right beside them.
_UNSPACED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u3041-\u3096\u30a1-\u30fa\u30fc-\u30ff\u3400-\u9fff\uac00-\ud7a3"
)
_NUMBER = re.compile(r"\+?[0-9\s().\-/\u00b7\u2010-\u2015\u2212]+")
_FEWEST, _MOST = 7, 15  # digits of a telephone number: ITU-T E.164 allows fifteen
_NORTH_AMERICAN = re.compile(r"[2-9]\d\d[2-9]\d{6}", re.ASCII)


def forms_of(contact: str, *, has_digits: bool = False) -> tuple[Form, ...]:
    """The forms of a contact as a person writes it: an address, a telephone number or a name.

    A North American number has a form with its country code and one without; a name one with the
    last name first, and each of them with two letters for one, Mueller for Müller, and without
    strokes.

    Args:
        contact: The contact.
        has_digits: Whether a name may have as many digits as a telephone number: then somebody is
            named so, and no number stands beside a name.

    Raises:
        UsageError: It is none of these, or a single word, which would be struck out everywhere.
    """
    value = _as_seen(contact)
    if "@" in value:
        return _forms_of_address(value)
    if _NUMBER.fullmatch(value):
        return _forms_of_number(value)
    words = [word for word in _WORD.findall(value) if word]
    digits = sum(sign.isdecimal() for sign in value)
    if len(words) < 2 or (digits >= _FEWEST and not has_digits):
        raise UsageError(
            "that is no address, no telephone number and no full name",
            hint="Write pat@acme.example, +1 202 555 0101 or 'Pat Doe', and nothing else beside "
            "it. A single word would be struck out wherever it stands.",
        )
    # The last name may be several words: O'Brien.
    last = len([word for word in _WORD.findall(value.split()[-1]) if word])
    forms: dict[str, None] = {}
    for spell in (_plain, _in_two, _without_strokes):
        spelled = [_plain(spell(word)) for word in words]
        for size in (1, last):
            forms |= dict.fromkeys(map(" ".join, (spelled, spelled[-size:] + spelled[:-size])))
    return tuple(Form(ContactKind.NAME, len(words), text) for text in forms)


def _as_seen(contact: str) -> str:
    """A contact without what nobody sees: a copied one may hold marks of direction."""
    seen = (sign for sign in normalize("NFKC", contact) if category(sign) != "Cf")
    return "".join(str(decimal(sign)) if sign.isdecimal() else sign for sign in seen).strip()


def _forms_of_address(value: str) -> tuple[Form, ...]:
    local, _, host = value.rpartition("@")
    if not local or re.search(r"[\s<>\",:;]", value) or not _HOST.fullmatch(host):
        raise UsageError(
            "that is no email address", hint="Write just the address: pat@acme.example."
        )
    return (_address(local, host),)


def _forms_of_number(value: str) -> tuple[Form, ...]:
    digits = re.sub(r"\D", "", value.replace("(0)", "")).removeprefix("00")
    if not _FEWEST <= len(digits) <= _MOST:
        raise UsageError(
            f"a telephone number has {_FEWEST} to {_MOST} digits",
            hint="Write it with its country: +1 202 555 0101.",
        )
    every = [digits]
    if len(digits) == 11 and digits[0] == "1" and _NORTH_AMERICAN.fullmatch(digits[1:]):
        every.append(digits[1:])
    elif _NORTH_AMERICAN.fullmatch(digits) and not value.startswith(("+", "00")):
        every.append("1" + digits)
    return tuple(_number(each) for each in every)


# --- addresses -----------------------------------------------------------------------------------

# As it stands in text, in a URL, in HTML, in JSON inside a text.
_AT = re.compile(r"@|%40|&#64;|&#x40;|&commat;|\\u0040", re.IGNORECASE)
_LOCAL = re.compile(r"[^\s@<>\"(),:;\[\]\\]{1,200}\Z")
_HOST = re.compile(r"[^\W_](?:(?:[^\W_]|[.-]){0,251}[^\W_])?")
_SPACED_HOST = re.compile(
    rf"[^\W_{_UNSPACED}](?:(?:[^\W_{_UNSPACED}]|[.-]){{0,251}}[^\W_{_UNSPACED}])?"
)
# Characters an address may hold but hardly ever does, while often they stand before one.
_BEFORE = re.compile(rf"%[0-9A-Fa-f]{{2}}|[^\w.+%-]|^[.+_-]+|[{_UNSPACED}]++")


def find_addresses(text: str, sizes: Collection[int]) -> Iterator[Candidate]:
    """Every address, with what stands before it and may be part of it, longest first."""
    for at in _AT.finditer(text):
        local = _LOCAL.search(text, max(0, at.start() - 200), at.start())
        host = _HOST.match(text, at.end())
        if local is None or host is None:
            continue
        begins = [local.start(), *(local.start() + m.end() for m in _BEFORE.finditer(local[0]))]
        hosts = [host, _SPACED_HOST.match(text, at.end())]
        ends = dict.fromkeys(one.end() for one in hosts if one is not None)
        for begin in begins:
            if begin < at.start():
                local_part = text[begin : at.start()]
                base, plus, _ = local_part.partition("+")
                for end in ends:
                    yield begin, end, _address(local_part, text[at.end() : end])
                    if base and plus:  # what follows a plus is the same mailbox
                        yield begin, end, _address(base, text[at.end() : end])


def _address(local: str, host: str) -> Form:
    if "xn--" in host.lower():
        host = ".".join(map(_international, host.split(".")))
    text = normalize("NFKC", f"{unquote(local)}@{host}").casefold()
    return Form(ContactKind.ADDRESS, 0, text)


def _international(label: str) -> str:
    """A part of a domain as people read it: müller for xn--mller-kva."""
    if label[:4].lower() != "xn--":
        return label
    try:
        return label[4:].lower().encode("ascii").decode("punycode")
    except UnicodeError:
        return label


# --- telephone numbers ---------------------------------------------------------------------------

_GROUP = re.compile(r"\(0\)|(\d+)", re.ASCII)
_PLUS = re.compile(r"(?:\+|%2B)\s?\(?\Z", re.IGNORECASE)
_APART = re.compile(r"(?:%20|[\s().\-/\u00b7\u2010-\u2015\u2212])*+", re.IGNORECASE)
_GOES_ON = re.compile(rf"(?!x\d|ext)[^\W_{_UNSPACED}]")
_LETTER = re.compile(rf"[^\W_{_UNSPACED}]")


def find_numbers(text: str, sizes: Collection[int]) -> Iterator[Candidate]:
    """Every run of whole groups of digits that has as many digits as asked for, longest first.

    A group has a digit at least, so that no group begins more runs than a number has digits.
    """
    most = max(sizes, default=0) + 2
    for has_plus, begin, groups in _runs(text):
        before, is_international = 0, has_plus
        for first, group in enumerate(groups):
            if first and "\n" in text[groups[first - 1].end() : group.start()]:
                is_international = False  # what begins a line is not only the end of a number
            found, digits = [], ""
            for last in groups[first : first + most]:
                if len(digits) + len(last[1]) > most:
                    break
                digits += last[1]
                bare = digits if has_plus and not first else digits.removeprefix("00")
                # The end of an international number is no number of its own.
                is_end = is_international and first > 0 and before + len(digits) <= _MOST
                if len(bare) in sizes and not is_end:
                    found.append((begin if not first else group.start(), last.end(), bare))
            for start, end, bare in reversed(found):
                yield start, end, _number(bare)
            before += len(group[1])


def _runs(text: str) -> Iterator[tuple[bool, int, list[re.Match[str]]]]:
    """Groups of digits with nothing but separators between: whether a plus leads, and where."""
    run: list[re.Match[str]] = []
    begin, has_plus, read = 0, False, 0
    for group in _GROUP.finditer(text):
        if run and not _APART.fullmatch(text, read, group.start()):
            yield has_plus, begin, run
            run = []
        read = group.end()
        if group[1] is None:
            continue
        if not run:
            sign = _PLUS.search(text, max(0, group.start() - 5), group.start())
            has_plus, begin = sign is not None, sign.start() if sign else group.start()
            is_inside = sign is None and _LETTER.match(text, max(0, group.start() - 1))
            if group.start() and is_inside:
                continue
            if not sign and text[max(0, group.start() - 1) : group.start()] == "(":
                begin -= 1
        if _GOES_ON.match(text, read):
            if run:
                yield has_plus, begin, run
            run = []
            continue
        run.append(group)
    if run:
        yield has_plus, begin, run


def _number(digits: str) -> Form:
    return Form(ContactKind.NUMBER, len(digits), digits)


# --- names ---------------------------------------------------------------------------------------

# What is written at a letter and is none, such as accents, and the vowels of many scripts: the
# marks of the blocks that have any in names.
_MARKS = "".join(
    f"{chr(first + found.start())}-{chr(first + found.end() - 1)}"
    for first, last in ((0x300, 0x3100), (0xA600, 0xAC00), (0x11000, 0x12000))
    for found in re.finditer("M++", "".join(category(chr(code))[0] for code in range(first, last)))
)
_WORD = re.compile(
    rf"(?:%[0-9A-Fa-f]{{2}}|&(?:nbsp|#39|#x27|apos);)"
    rf"|([{_UNSPACED}]++|[^\W_{_UNSPACED}]++(?:[{_MARKS}]++[^\W_{_UNSPACED}]*+)*+)"
)
_TWO_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_STROKES = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "ħ": "h", "ŧ": "t", "\u0131": "i"})
_BETWEEN = re.compile(
    r"\s*+(?:(?:%20|&(?:nbsp|#39|#x27|apos);|[.,;|/'()\u2019+_*~\u2010-\u2015-])\s*+){0,4}"
)


def find_names(text: str, sizes: Collection[int]) -> Iterator[Candidate]:
    """Every sequence of so many words with nothing but spaces and their like between them."""
    words = [m for m in _WORD.finditer(text) if m[1]]
    if len(words) < min(sizes):
        return
    plain = [_plain(word[1]) for word in words]
    joined = [
        bool(_BETWEEN.fullmatch(text, before.end(), after.start()))
        for before, after in pairwise(words)
    ]
    for size in sorted(sizes, reverse=True):
        for first in range(len(words) - size + 1):
            if all(joined[first : first + size - 1]):
                last = first + size
                form = Form(ContactKind.NAME, size, " ".join(plain[first:last]))
                yield words[first].start(), words[last - 1].end(), form


def _in_two(word: str) -> str:
    """A word as it is written where a keyboard has no such letters: Müller as Mueller."""
    return word.casefold().translate(_TWO_LETTERS)


def _without_strokes(word: str) -> str:
    """A word without strokes that are no accents: Łukasz as Lukasz."""
    return word.casefold().translate(_STROKES)


def _plain(word: str) -> str:
    """A word without capitals and accents."""
    if word.isascii():
        return word.lower()
    apart = normalize("NFKD", word.casefold())
    return "".join(c for c in apart if not combining(c))


FINDERS: dict[ContactKind, Find] = {
    ContactKind.ADDRESS: find_addresses,
    ContactKind.NUMBER: find_numbers,
    ContactKind.NAME: find_names,
}
"""How each kind is found."""
