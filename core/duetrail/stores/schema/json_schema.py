"""JSON Schema of the records, as `msgspec.json.encode` writes them."""

from __future__ import annotations

from typing import Any

import attrs
import msgspec

from duetrail.model import RECORDS, Address, Money, Record
from duetrail.stores.schema.records import tables_of

_VERSION = "https://json-schema.org/draft/2020-12/schema"


def json_schema(records: tuple[type[Record], ...] = RECORDS) -> dict[str, Any]:
    """One schema that any record meets; every class has its own below `$defs`.

    Decimals are text (`"12.34"`), times RFC 3339 in UTC, days `YYYY-MM-DD`, references lists of
    connection, table and id. What the vendor did not say is null.
    """
    schemas, defs = msgspec.json.schema_components(records, ref_template="#/$defs/{name}")
    for schema in defs.values():
        schema["description"] = schema.get("description", "").partition("\n")[0]
    tables = [table for record in records for table in tables_of(record)]
    for class_ in (*(table.record for table in tables), Address, Money):
        if class_ is not None and class_.__name__ in defs:
            _explain(defs[class_.__name__], attrs.fields_dict(class_))
    return {"$schema": _VERSION, "anyOf": list(schemas), "$defs": defs}


def _explain(schema: dict[str, Any], fields: dict[str, attrs.Attribute[Any]]) -> None:
    """Say what the fields of a class mean, in the words of the model."""
    schema["required"] = list(schema["properties"])  # an encoded record leaves nothing out
    for name, part in schema["properties"].items():
        part.pop("default", None)
        if "help" in fields[name].metadata:
            part["description"] = fields[name].metadata["help"]
