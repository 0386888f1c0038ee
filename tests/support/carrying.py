"""What shapes carry."""

from __future__ import annotations

from duetrail.model import children_of
from duetrail.source import Shape


def is_carried(shape: Shape, name: str) -> bool:
    """Whether a shape has a say in a field; what is in no record of its own kind it has."""
    kind, _, field_ = name.partition(".")
    if shape.carries is None or field_ == "id":
        return True
    if kind == shape.record.__name__:
        return not field_ or field_.partition(".")[0] in shape.carries
    named = [
        name for name, (_, child) in children_of(shape.record).items() if child.__name__ == kind
    ]
    return all(one in shape.carries for one in named)
