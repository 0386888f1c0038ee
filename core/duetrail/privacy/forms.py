"""Forms: what a contact is, however it is written, and what stands in its place once it is erased.

Every sync needs these; what finds contacts in texts (`duetrail.privacy.contacts`) hardly any.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

ERASED = "[erased]"
"""The placeholder for a person."""


class ContactKind(StrEnum):
    """What a contact is."""

    ADDRESS = "address"
    NUMBER = "number"
    NAME = "name"


class Form(Struct, frozen=True):
    """One spelling of a contact, made normal: what differs in writing only is equal here.

    Attributes:
        kind: What it is.
        size: The digits of a number, the words of a name; 0 for an address.
        text: An address in lower case, the digits of a number, the words of a name.
    """

    kind: ContactKind
    size: int
    text: str
