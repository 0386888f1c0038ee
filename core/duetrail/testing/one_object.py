"""One object: the record that a declared mapping makes of a sample, for a test of the mapping."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import evolve

if TYPE_CHECKING:
    from duetrail.declared import FieldMapping

Kind = TypeVar("Kind")


def mapped(
    mapping: FieldMapping[Kind],
    sample: Mapping[str, Any],
    *,
    around: Mapping[str, Any] | None = None,
    options: Any = None,
) -> Kind:
    """The record that a vendor's object becomes, with what no field has a home for in `extra`.

    Args:
        mapping: The mapping, of a record.
        sample: The object, as JSON would have it; what it leaves out is missing.
        around: The object around it, of which `parent` takes something.
        options: The settings of the connection, where the mapping goes by them.

    Raises:
        BadItem: It cannot be mapped.
    """
    from duetrail.declared.around import around_of
    from duetrail.http.body import decode as parse
    from duetrail.pipeline.batch import all_leaves
    from duetrail.wire import decode, leftovers

    raw, raw_around = (parse(json.dumps(one).encode()) for one in (sample, around or {}))
    outer = around_of(mapping.parents, raw_around)
    wire = decode(mapping.wire, raw)
    record: Any = mapping.record(wire, "mine", options, SimpleNamespace(wire=outer))
    made: Kind = evolve(record, extra=all_leaves(leftovers(mapping.wire, raw), record.extra))
    return made
