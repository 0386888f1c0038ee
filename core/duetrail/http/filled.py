"""Paths with settings and keys in them, such as `/{administration_id}/invoices/{key}/messages`."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import attrs

from duetrail.errors import PluginError
from duetrail.http.address import segment
from duetrail.secrets import Secret
from duetrail.source import Key, Resource, Source

_PLACE = re.compile(r"\{([A-Za-z0-9_]*)\}")
KEY = frozenset({"", "key"})
"""What stands for the key of a keyed resource."""


def filled(path: str, key: Key | None, options: Any) -> str:
    """A path with the key and settings in place of their names, each quoted as one segment.

    Args:
        path: `{key}`, or `{}`, is the key; any other name is a setting of the connection.
        key: The key; None where the resource is not keyed.
        options: The settings.

    Raises:
        ProtocolError: A value cannot stand in a path.
    """

    def value(place: re.Match[str]) -> str:
        name = place[1]
        return segment(key.value if key and name in KEY else str(getattr(options, name)))

    return _PLACE.sub(value, path)


@cache
def names_in(path: str) -> frozenset[str]:
    """The names in a path."""
    return frozenset(_PLACE.findall(path))


def refuse_unknown(source: Source, resource: Resource, names: frozenset[str]) -> None:
    """Refuse a path with what is no setting, with a secret, or with a key where there is none.

    Raises:
        PluginError: There is such a name in it.
    """
    settings = {one.name: one for one in attrs.fields(source.options)}
    for name in sorted(names):
        if name in KEY:
            if resource.keys is None:
                raise PluginError(
                    f"the path of resource {resource.name!r} has a key in it, and it has no keys",
                    hint="Say with Resource(keys=Keys(...)) where they come from.",
                )
        elif name not in settings:
            raise PluginError(
                f"the path of resource {resource.name!r} has {{{name}}} in it, which is no setting",
                hint=f"There are {', '.join(settings) or 'no settings'}; {{key}} is the key of a "
                "keyed resource.",
            )
        elif settings[name].type in (Secret, Secret | None):
            raise PluginError(
                f"the path of resource {resource.name!r} has {{{name}}} in it, which is a secret",
                hint="Paths are shown and stored: a secret goes into a header, by `auth`.",
            )
