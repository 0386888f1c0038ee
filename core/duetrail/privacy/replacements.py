"""Replacements: which made-up text stands for which real one, the same each time it is asked.

Each value also stands for itself, so that a text in which people were replaced stays as it is.
"""

from __future__ import annotations

import re
from ipaddress import ip_address

from duetrail.privacy.contacts import forms_of
from duetrail.privacy.fake_data import FakeData
from duetrail.privacy.forms import Form
from duetrail.privacy.personal import Kind

SIZES = range(7, 16)
"""How many digits a telephone number has; shorter ones are extensions, or any count."""

COMMON = frozenset(
    (
        *("ab", "ag", "and", "as", "bv", "co", "company", "corp", "de", "der", "for", "from"),
        *("gmbh", "inc", "la", "le", "limited", "llc", "llp", "ltd", "mr", "mrs", "ms", "nv"),
        *("of", "oy", "plc", "pty", "sa", "sarl", "se", "sl", "spa", "srl", "the", "van", "von"),
    )
)
"""Words of names that are nobody's, and are kept."""

WORD = re.compile(r"%[0-9A-Fa-f]{2}|&#?\w+;|([^\W\d_]+)")
"""A word of a name as its group; or an escape, which is none."""

_DIGITS = re.compile(r"%20|%2B|\(0\)|(\d)", re.IGNORECASE)


class Replacements:
    """The replacements of one cassette.

    Attributes:
        count: How many texts have one so far.
        addresses: Email addresses, by the form of the original.
        numbers: The digits of telephone numbers, by those of the original.
        machines: IP addresses.
        words: Words of names, in small letters.
        texts: Whole texts: streets, codes, links.
    """

    def __init__(self) -> None:
        self.count = 0
        self.addresses: dict[Form, str] = {}
        self.numbers: dict[str, str] = {}
        self.machines: dict[str, str] = {}
        self.words: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        self._fake = FakeData()

    def text(self, kind: Kind, text: str) -> None:
        """Have a whole text of some kind replaced."""
        if text in self.texts:
            return
        self.count += 1
        if kind is Kind.STREET:
            self.texts[text] = self._fake.street()
        else:
            self.texts[text] = (self._fake.link if kind is Kind.LINK else self._fake.code)(text)

    def address(self, form: Form, base: Form) -> str:
        """The address instead of one; with whatever a plus adds it is the same mailbox."""
        if form in self.addresses:
            return self.addresses[form]
        if base not in self.addresses:
            drawn = self._fake.address()
            self.count += 1
            (own,) = forms_of(drawn)
            self.addresses[base] = self.addresses[own] = drawn
        self.addresses[form] = self.addresses[base]
        return self.addresses[form]

    def number(self, written: str) -> str:
        """The digits instead of a number, which may be written with its country or without."""
        digits = digits_of(written)
        bare = written.strip().lower()
        is_full = bare.startswith(("+", "%2b", "00")) or (len(digits) > 10 and digits[0] != "0")
        if digits in self.numbers or len(digits) not in SIZES:
            return self.numbers.get(digits, digits)
        is_american = not is_full and len(digits) == 10 and digits[0] > "1" and digits[3] > "1"
        full = f"1{digits}" if is_american else digits
        if full not in self.numbers:
            drawn = self._fake.number(full, international=is_full or is_american)
            self.count += 1
            for old in (full, drawn):
                self.numbers[old] = drawn
                if len(full) == 11 and full[0] == "1":
                    self.numbers[old[1:]] = drawn[1:]
        return self.numbers.get(digits, digits)

    def machine(self, written: str) -> None:
        """Have an IP address replaced, unless it is that of this machine, or none at all."""
        if written in self.machines or not _is_machine(written):
            return
        drawn = self._fake.machine(":" in written)
        self.count += 1
        self.machines[written] = self.machines[drawn] = drawn

    def word(self, word: str) -> str:
        """The word instead of one of a name, in the same capitals."""
        plain = word.casefold()
        if plain in COMMON and len(plain) > 1:
            return word
        if plain not in self.words:
            drawn = self._fake.word(word)
            self.words[plain] = drawn.casefold()
            self.words.setdefault(drawn.casefold(), drawn.casefold())
        drawn = self.words[plain]
        return drawn.upper() if word.isupper() else drawn.title() if word[0].isupper() else drawn

    def name(self, text: str) -> str:
        """A name with each of its words replaced."""
        return WORD.sub(lambda found: self.word(found[1]) if found[1] else found[0], text)


def digits_of(text: str) -> str:
    """The digits of a telephone number; none where it is written with anything but its signs."""
    if not re.fullmatch(r"(?:\+|%2B)?[\d\s().\-/]+", text.strip(), re.IGNORECASE | re.ASCII):
        return ""
    written = re.sub("%2B", "", text.strip(), flags=re.IGNORECASE).replace("(0)", "")
    digits = re.sub(r"\D", "", written)
    return digits.removeprefix("00") if not text.strip().startswith("+") else digits


def written_as(digits: str, like: str) -> str:
    """Digits with the signs of another number, its 00 included."""
    given = [found[1] for found in _DIGITS.finditer(like) if found[1]]
    left = iter("".join(given[: len(given) - len(digits)]) + digits)
    return _DIGITS.sub(lambda found: next(left) if found[1] else found[0], like)


def _is_machine(written: str) -> bool:
    """Whether this is the IP address of a machine that is not this one."""
    try:
        address = ip_address(written)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)
