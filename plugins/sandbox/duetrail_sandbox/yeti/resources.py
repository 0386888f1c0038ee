"""A JSON:API resource, before and after it is written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any

from attrs import Factory, frozen

__all__ = ["Reference", "Relation", "Resource", "linkage", "relation", "written"]


@frozen
class Reference:
    """The name of another resource."""

    type: str
    id: str


Relation = Reference | tuple[Reference, ...] | None


@frozen(kw_only=True)
class Resource:
    """``attributes`` hold decimals and datetimes as such; ``unseen`` ones serve filters alone."""

    type: str
    id: str
    attributes: Mapping[str, Any]
    relations: Mapping[str, Relation] = Factory(dict)
    unseen: Mapping[str, Any] = Factory(dict)

    def value(self, name: str) -> Any:
        """What is compared and sorted by; ids of calls are numbers."""
        if name == "id":
            return int(self.id) if self.id.isdigit() else self.id
        if name == "account-id":
            owner = self.relations.get("account")
            return owner.id if isinstance(owner, Reference) else None
        return self.unseen[name] if name in self.unseen else self.attributes[name]


def written(
    row: Resource,
    base_url: str,
    shown: Collection[str],
    linked: Collection[str],
    zone: tzinfo,
) -> dict[str, Any]:
    """Write the attributes and relations that are ``shown``.

    Relations say what they lead to only where they are ``linked``.
    """
    here = f"{base_url}/{row.type}/{row.id}"
    document: dict[str, Any] = {"id": row.id, "type": row.type, "links": {"self": here}}
    document["attributes"] = {
        name: _shown(value, zone) for name, value in row.attributes.items() if name in shown
    }
    relations = {
        name: relation(here, name, value, linked=name in linked)
        for name, value in row.relations.items()
        if name in shown
    }
    if relations:
        document["relationships"] = relations
    return document


def relation(here: str, name: str, value: Relation, *, linked: bool) -> dict[str, Any]:
    """Write a relation of the resource that is ``here``."""
    links = {"self": f"{here}/relationships/{name}", "related": f"{here}/{name}"}
    return {"links": links, "data": linkage(value)} if linked else {"links": links}


def linkage(value: Relation) -> Any:
    """Write what a relation leads to: one name, several, or null."""
    if isinstance(value, tuple):
        return [linkage(one) for one in value]
    return {"type": value.type, "id": value.id} if value is not None else None


def _shown(value: Any, zone: tzinfo) -> Any:
    """Write an attribute: ``"12.5"``, ``"0.0"``, ``"2026-06-01T00:00:00.000Z"``."""
    if isinstance(value, Decimal):
        text = format(value.normalize(), "f")
        return text if "." in text else f"{text}.0"
    if isinstance(value, datetime):
        text = value.astimezone(zone).isoformat(timespec="milliseconds")
        return text.replace("+00:00", "Z") if zone is UTC else text
    return value
