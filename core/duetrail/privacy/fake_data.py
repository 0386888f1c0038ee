"""Fake data: names, addresses, telephone numbers and codes of nobody.

All is drawn from the system's source of randomness and stored nowhere, so that nothing leads from
a value back to what it replaces. No value is drawn twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from secrets import SystemRandom

# Domain names and addresses at them are nobody's: RFC 2606, section 3.
_HOST = "example.com"

_CONSONANTS = "bdfgklmnprstvz"
_VOWELS = "aeiou"

# What follows the plus, and how many digits more: numbers that are given to no subscriber. North
# America: 555-0100 to 555-0199 of every area (NANPA). United Kingdom: numbers for drama (Ofcom).
# France: numbers for audiovisual works (Arcep). Germany: numbers for media productions
# (Bundesnetzagentur). Australia: fictitious numbers (ACMA).
_RESERVED: dict[str, tuple[tuple[str, int], ...]] = {
    "44": (("447700900", 3), ("442079460", 3), ("441632960", 3)),
    "33": (
        *(("3319900", 4), ("3326191", 4), ("3335301", 4)),
        *(("3346571", 4), ("3353649", 4), ("3363998", 4)),
    ),
    "49": (
        *(("493023125", 3), ("496990009", 3), ("494066969", 3)),
        *(("492214710", 3), ("498999998", 3)),
    ),
    "61": tuple((f"61{area}{block}", 4) for area in "2378" for block in ("5550", "7010")),
}

# ITU-T E.164: codes of two digits; 1 and 7 are codes by themselves, all others have three.
_TWO_DIGITS = re.compile(r"2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")

_DOCUMENTED = ("192.0.2", "198.51.100", "203.0.113")


class FakeData:
    """Draws values that belong to nobody, none of them twice."""

    def __init__(self) -> None:
        self._random = SystemRandom()
        self._drawn: set[str] = set()

    def word(self, like: str) -> str:
        """A word that may be part of a name, in capitals where the other is."""
        if len(like) == 1:  # an initial
            drawn = self._random.choice("ABCDEFGHJKLMNPRSTVW")
            return drawn if like.isupper() else drawn.lower()
        return _cased(self._new(self._syllables), like)

    def address(self) -> str:
        """An email address."""
        return self._new(lambda: f"{self._syllables()}.{self._syllables()}@{_HOST}")

    def machine(self, is_long: bool) -> str:
        """An IP address of those kept for documents (RFC 5737, RFC 3849)."""
        if is_long:
            return self._new(lambda: f"2001:db8::{self._random.randint(1, 0xFFFF):x}")
        return self._new(
            lambda: f"{self._random.choice(_DOCUMENTED)}.{self._random.randint(1, 254)}"
        )

    def street(self) -> str:
        """A house number and a street."""
        return self._new(
            lambda: f"{self._random.randint(1, 199)} {self._syllables().title()} Street"
        )

    def link(self, like: str) -> str:
        """A link that leads to nothing; with the ending of the other, of a file."""
        ending = re.search(r"\.[a-zA-Z]{2,4}(?=$|[?#])", like.partition("://")[2].partition("/")[2])
        path = "".join(self._random.choices(_CONSONANTS + _VOWELS, k=24))
        return f"https://{_HOST}/{path}{ending[0] if ending else ''}"

    def code(self, like: str) -> str:
        """Digits for digits and letters for letters."""
        return self._new(lambda: "".join(map(self._character, like)), give_up=like)

    def number(self, digits: str, *, international: bool) -> str:
        """The digits of a telephone number, as many as the other has.

        Where the country keeps numbers for fiction of that length, it is one of them. Elsewhere
        two zeros follow the country's code, or the zeros it begins with: no plan has such numbers.

        Args:
            digits: The other, without signs.
            international: Whether they begin with the code of a country.
        """
        kept = _kept(digits, international)
        blocks = _blocks(digits) if international else ()
        fitting = [one for one in blocks if len(one[0]) + one[1] == len(digits)]

        def draw() -> str:
            if international and kept == "1" and len(digits) in {8, 11}:
                area = self._area() if len(digits) == 11 else ""
                return f"1{area}55501{self._digits(2)}"
            if fitting:
                block, more = self._random.choice(fitting)
                return block + self._digits(more)
            zeros = min(2, max(0, len(digits) - len(kept) - 4))
            return kept + "0" * zeros + self._digits(len(digits) - len(kept) - zeros)

        return self._new(draw, give_up=draw())

    def _area(self) -> str:
        """An area code of North America: not one of those that end in 11."""
        return f"{self._random.randint(2, 9)}0{self._random.randint(1, 9)}"

    def _digits(self, count: int) -> str:
        return "".join(self._random.choices("0123456789", k=count))

    def _character(self, like: str) -> str:
        if like.isdigit():
            return self._random.choice("123456789")
        if like.isalpha():
            drawn = self._random.choice("ABCDEFGHJKLMNPRSTVW")
            return drawn if like.isupper() else drawn.lower()
        return like

    def _syllables(self) -> str:
        count = self._random.randint(3, 4)
        return "".join(
            self._random.choice(_CONSONANTS) + self._random.choice(_VOWELS) for _ in range(count)
        )

    def _new(self, draw: Callable[[], str], give_up: str | None = None) -> str:
        """Something not drawn before; where there is little to draw from, anything, in the end."""
        for _ in range(1_000):
            drawn = draw()
            if drawn not in self._drawn and drawn != give_up:
                self._drawn.add(drawn)
                return drawn
        return draw()


def _kept(digits: str, international: bool) -> str:
    """The code of the country, or the zeros a number of the country begins with."""
    if not international:
        return digits[: len(digits) - len(digits.lstrip("0"))]
    return digits[:1] if digits[0] in "17" else digits[: 2 if _TWO_DIGITS.match(digits) else 3]


def _blocks(digits: str) -> tuple[tuple[str, int], ...]:
    return _RESERVED.get(digits[:2], ())


def _cased(word: str, like: str) -> str:
    if like.isupper():
        return word.upper()
    return word.title() if like[:1].isupper() else word
