"""Declared mappings: which field of a record comes from which key, written as data.

    INVOICE = FieldMapping(
        Invoice,
        id="id",
        number="number",
        status=word("state", {"settled": InvoiceStatus.PAID}),
        currency="currency",
        total=money("total_cents"),
        due_on=computed(day_of, "due_date"),
        lines=each("lines", LINE),
    )
    SHAPE = Shape(name="invoice", mapping=INVOICE, path="$.data[*]")

A key is read as the type of its field, as strictly as by a wire class: one is made of the mapping.
`FieldMapping.record` says what a mapping means; `duetrail.stores.declared` does the same in one
step, from the bytes of an object to its row, where there is nothing to judge.
"""

from duetrail.declared.functions import (
    computed,
    constant,
    digits,
    each,
    first_of,
    invoice_id,
    itself,
    joined,
    local,
    lookup,
    made_of,
    mentioned,
    money,
    nested,
    outer,
    parent,
    parsed,
    shared,
    summed,
    text,
    unix,
    upper,
    word,
)
from duetrail.declared.mapping import FieldMapping

__all__ = [
    "FieldMapping",
    "computed",
    "constant",
    "digits",
    "each",
    "first_of",
    "invoice_id",
    "itself",
    "joined",
    "local",
    "lookup",
    "made_of",
    "mentioned",
    "money",
    "nested",
    "outer",
    "parent",
    "parsed",
    "shared",
    "summed",
    "text",
    "unix",
    "upper",
    "word",
]
