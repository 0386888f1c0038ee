"""What there is to set, as JSON Schema: every installed plugin with its own options.

Generated from what plugins declare, for Airbyte's `spec` and Singer's `--about`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

import attrs

from duetrail.errors import PluginError
from duetrail.installed import names
from duetrail.plugins import load
from duetrail.secrets import Secret
from duetrail.source import KeySource, Source


def settings_schema() -> dict[str, Any]:
    """The JSON Schema of the settings: every installed plugin with its own.

    Secrets are marked with `airbyte_secret`, as Airbyte's platform and others read it.
    """
    of_plugins = [plugin_schema(source) for source in sources()]
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Duetrail",
        "type": "object",
        "properties": {
            "connection": {
                "type": "string",
                "title": "Connection",
                "description": "its name, in every row; the plugin's if there is none",
                "order": 0,
            },
            "source": {
                "type": "object",
                "title": "Source",
                "description": "the vendor's plugin with its settings",
                "oneOf": of_plugins,
                "order": 1,
            },
            "config": {
                "type": "string",
                "title": "Configuration file",
                "description": "a duetrail.toml that has the connection, instead of `source`",
                "order": 2,
            },
            "store": {
                "type": "string",
                "title": "Store",
                "description": "the URL of the store, such as sqlite:////data/duetrail.db; "
                "it has to be the same each time",
                "order": 3,
            },
        },
    }


def sources() -> Iterator[Source]:
    """What the installed plugins declare of their vendors, by name; one that is broken is not."""
    for name in sorted(names()):
        try:
            plugin = load(name)
        except PluginError:
            continue
        if plugin.source is not None:
            yield plugin.source


def plugin_schema(source: Source) -> dict[str, Any]:
    """The JSON Schema of `source` for one plugin: its options, and where its API is."""
    attrs.resolve_types(source.options)
    options = attrs.fields(source.options)
    required = [one.name for one in options if one.default is attrs.NOTHING]
    address: dict[str, Any] = {"type": "string", "description": "the address of the vendor's API"}
    if source.base_url is None:
        required.append("base_url")
    else:
        address["default"] = source.base_url
    return {
        "type": "object",
        "title": source.title,
        "properties": {
            "plugin": {"type": "string", "const": source.name, "order": 0},
            **{one.name: _option(one) for one in options},
            "base_url": address,
            "requests_per_second": _rate(source.requests_per_second),
            **_token_url(source),
        },
        "required": ["plugin", *required],
    }


def _token_url(source: Source) -> dict[str, Any]:
    if source.oauth2 is None:
        return {}
    default = {} if source.oauth2.token_url is None else {"default": source.oauth2.token_url}
    return {"token_url": {"type": "string", "description": "where tokens are given"} | default}


def _rate(limit: float | None) -> dict[str, Any]:
    default = {} if limit is None else {"default": limit}
    return {"type": "number", "description": "the most requests a second"} | default


def secret_options(source: Source) -> frozenset[str]:
    """The names of the options that are secrets."""
    attrs.resolve_types(source.options)
    return frozenset(one.name for one in attrs.fields(source.options) if Secret in _kinds(one.type))


def _option(one: attrs.Attribute[Any]) -> dict[str, Any]:
    kinds = _kinds(one.type)
    schema: dict[str, Any] = {"description": one.metadata.get("help", "")}
    if Secret in kinds:
        schema |= {"type": "string", "airbyte_secret": True}
    elif get_origin(one.type) is tuple or tuple[str, ...] in kinds:
        schema |= {"type": "array", "items": {"type": "string"}}
    elif KeySource in kinds:
        schema |= {"type": ["string", "array"], "items": {"type": "string"}}
    else:
        schema |= next(
            (_JSON[kind.__name__] for kind in kinds if kind.__name__ in _JSON), {"type": "string"}
        )
    if isinstance(one.default, str | int | bool):
        schema["default"] = one.default
    return schema


_JSON: Mapping[str, Mapping[str, Any]] = {
    "bool": {"type": "boolean"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "date": {"type": "string", "format": "date"},
}


def _kinds(type_: Any) -> tuple[Any, ...]:
    if get_origin(type_) is tuple:
        return (type_,)
    return get_args(type_) or (type_,)
