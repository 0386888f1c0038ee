"""Canonical JSON: one text for one value, whichever store kept it."""

from __future__ import annotations

from decimal import Decimal

import msgspec

# So far a number is written digit by digit; beyond, with an exponent.
_MOST = 1000

_encode = msgspec.json.Encoder(order="deterministic").encode


def canonical_json(text: str) -> str:
    """JSON with its keys in order, without blanks, and its numbers digit by digit.

    It is the one form in which JSON of several stores compares: PostgreSQL's jsonb orders keys in
    its own way and writes `1e2` as `100`. The digest is made of it.
    """
    return _encode(_decode(text)).decode()


def _number(text: str) -> msgspec.Raw:
    """A number with a point or an exponent, as PostgreSQL would write it."""
    number = Decimal(text)
    if abs(number.adjusted()) < _MOST:
        text = format(number if number else abs(number), "f")
    return msgspec.Raw(text.encode())


_decode = msgspec.json.Decoder(float_hook=_number).decode
