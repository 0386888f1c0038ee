"""The edge: a vendor's JSON becomes the plugin's wire types, strictly, or is refused with a path.

Wire types are attrs classes that name the fields a plugin uses, in the vendor's own spelling.
Nothing is guessed: 10.9 is no int, "false" no bool, null no str; unknown keys are left alone
(`leftovers` gives them back). Floats do not exist here: every JSON number with a point or an
exponent is a `Decimal`. What is only written oddly is taken: 180.0 is a whole number.

Types a wire field may have: `str`, `Id` (text, or a whole number, which becomes text), `int` (64
bits), `bool`, `Decimal`, `datetime` (RFC 3339 with an offset, given back in UTC), `date`, another
wire class, `tuple[X, ...]`, any of these `| None`, and `Any` for what the vendor does not type.
Where a time may be None, an empty string is None, and so is a time that never was (`0000-00-00`,
the 30th of February), whose text is then left over. A null in a list of texts, times or objects is
no element of it.
"""

from duetrail.late import late_names
from duetrail.wire.assembling import attribute, wire_class
from duetrail.wire.compiled import JsonParts
from duetrail.wire.declaring import refuse_unfit
from duetrail.wire.decoding import decode, decode_json, json_parts
from duetrail.wire.fields import Mismatch, UnrepresentableNumber, is_kept, json_key, named
from duetrail.wire.ids import Id
from duetrail.wire.judging import judge, whole
from duetrail.wire.leftovers import claims, leftovers
from duetrail.wire.times import utc

__all__ = [
    "Id",
    "JsonParts",
    "Mismatch",
    "UnrepresentableNumber",
    "attribute",
    "claims",
    "decode",
    "decode_json",
    "is_kept",
    "json_key",
    "json_parts",
    "judge",
    "leftovers",
    "named",
    "refuse_unfit",
    "utc",
    "whole",
    "wire_class",
]

__getattr__ = late_names(__name__, {}, {"Unheld": "UnrepresentableNumber"})
