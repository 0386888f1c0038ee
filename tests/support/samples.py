"""Pages of every vendor as the pipeline gets them: from a sandbox, from documents, from cassettes.

What the sandbox does not play is synced from its cassettes. No vendor is named here. What a
document or a cassette shows is told apart by what was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import attrs
import msgspec
import pytest
from attrs import frozen

from duetrail import api, installed, plugins
from duetrail.config import Config, read_config
from duetrail.errors import DuetrailError
from duetrail.http import body, cut
from duetrail.http.cutting import cut_bytes
from duetrail.pipeline import read
from duetrail.pipeline.batch import Batch
from duetrail.pipeline.mapping import map_page
from duetrail.plugins import Plugin
from duetrail.recording import replay_requests
from duetrail.source import Connection, Key, Page, Resource, Shape, Shard
from duetrail.testing.samples import Sample
from duetrail_sandbox.server import Sandbox
from support.recording import interactions
from support.scripted import Project
from support.vendors import ELSEWHERE, RECORDED

CASSETTES = Path(__file__).parents[2] / "cassettes"
# Documents that show an error and no item.
_ERRORS = "error-"

VENDORS = tuple(
    folder.name
    for folder in sorted(Path(__file__).parents[2].glob("plugins/*/"))
    if folder.name in installed.names() and plugins.load(folder.name).source is not None
)


@frozen(eq=False)
class Samples:
    """All samples there are.

    Attributes:
        connections: The connections of the sandbox with their plugins, by the vendor's name.
        synced: What a sync of the sandbox read.
        documented: What the vendors' documents show.
        played: What the cassettes hold.
        cut: The keys that were cut from what the sandbox sent, by the vendor's name.
    """

    connections: Mapping[str, tuple[Connection, Plugin]]
    synced: tuple[Sample, ...]
    documented: tuple[Sample, ...]
    played: tuple[Sample, ...]
    cut: Mapping[str, frozenset[str]]

    def of(self, vendor: str, resource: str) -> list[Sample]:
        """The samples of one resource; documents first, so that they are looked at in any case."""
        every = (*self.documented, *self.played, *self.synced)
        return [s for s in every if (s.plugin.name, s.resource.name) == (vendor, resource)]

    def blank(self, vendor: str, resource: Resource) -> Sample:
        """A page that holds nothing yet."""
        connection, plugin = self.connections[vendor]
        return _blank(connection, plugin, resource)


def shapes() -> list[tuple[str, Resource, Shape]]:
    """Every shape of every resource of every installed vendor."""
    return [
        (vendor, resource, shape)
        for vendor in VENDORS
        for resource in plugins.load(vendor).source.resources
        for shape in resource.shapes
    ]


def collected(folder: Path) -> Samples:
    """All samples, with whatever is optional; the sandbox's store is made in this folder."""
    with Sandbox(invoices=60) as sandbox:
        file = folder / "duetrail.toml"
        file.write_text(sandbox.config, encoding="utf-8")
        config = _with_all_that_is_optional(read_config(file))
        synced, gone = _synced(config, sandbox)
    opened = [config.connection(name) for name in config.connections]
    for vendor in ELSEWHERE:
        replayed = read_config(_config_of(vendor, folder))
        opened.append(replayed.connection(vendor))
        synced += _replayed(replayed, vendor)
    connections = {plugin.name: (connection, plugin) for connection, plugin in opened}
    return Samples(
        connections=connections,
        synced=synced,
        documented=tuple(_documented(connections)),
        played=tuple(_played(synced)),
        cut=gone,
    )


def is_refusal(file: Path) -> bool:
    """Whether a document or a cassette shows an error and nothing else."""
    if file.suffix == ".json":
        return file.name.startswith(_ERRORS)
    return not any(_answers(file))


def parsed(text: str | bytes) -> Any:
    """JSON as the pipeline reads it."""
    return msgspec.json.Decoder(float_hook=Decimal).decode(text)


# --- the sandbox ---------------------------------------------------------------------------------


def _with_all_that_is_optional(config: Config) -> Config:
    settings = {
        name: {**table, "include": _optional(table.get("plugin", name))}
        for name, table in config.connections.items()
    }
    return attrs.evolve(config, connections=settings)


def _optional(vendor: str) -> list[str]:
    return [one.name for one in plugins.load(vendor).source.resources if one.optional]


def _config_of(vendor: str, folder: Path) -> Path:
    project = Project(folder / vendor)
    project.config.parent.mkdir()
    return project.connect(vendor, **RECORDED[vendor].settings).config


def _replayed(config: Config, vendor: str) -> tuple[Sample, ...]:
    """What is mapped while the cassettes of a vendor are played."""
    seen: list[Sample] = []
    with pytest.MonkeyPatch.context() as patches:
        for name, value in RECORDED[vendor].secrets.items():
            patches.setenv(name, value)
        patches.setattr(read, "map_page", _noting(seen, "cassette"))
        for name in RECORDED[vendor].names:
            with replay_requests(CASSETTES / "plugins" / vendor / f"{name}.yaml"):
                api.sync(config=config, workers=1)
    return tuple(seen)


def _noting(seen: list[Sample], origin: str) -> Callable[..., Batch]:
    """`map_page`, which notes what it is given."""

    def mapping(*everything: Any, **_: Any) -> Batch:
        seen.append(Sample(*everything, origin))
        return map_page(*everything)

    return mapping


def _synced(config: Config, sandbox: Sandbox) -> tuple[tuple[Sample, ...], Mapping[str, Any]]:
    """What is mapped while everything is read, in one thread and so in one order; what is cut."""
    seen: list[Sample] = []
    gone: dict[str, frozenset[str]] = dict.fromkeys(VENDORS, frozenset())

    def cutting(body: bytes, names: frozenset[str], **how: bool) -> bytes | None:
        found = frozenset(one for one in names if cut_bytes(body, frozenset({one})) != body)
        gone.update({one: keys | found for one, keys in gone.items() if _is_list_of(one, names)})
        return cut_bytes(body, names, **how)

    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(read, "map_page", _noting(seen, "sandbox"))
        patches.setattr(body, "cut_bytes", cutting)
        summary = api.sync(config=config, workers=1, now=sandbox.now)
    failed = {r.resource: r.problems for r in summary.resources if r.state == "failed"}
    assert not failed, failed
    return tuple(seen), gone


def _is_list_of(vendor: str, names: Collection[str]) -> bool:
    """Whether this very list of keys is one that a vendor's plugin declares."""
    return any(one.never_stored is names for one in plugins.load(vendor).source.resources)


# --- documents -----------------------------------------------------------------------------------


def _documented(connections: Mapping[str, tuple[Connection, Plugin]]) -> Iterator[Sample]:
    """Every document that shows items; it is called like what it shows, one or many."""
    for file in sorted(CASSETTES.glob("seeds/*/*.json")):
        if is_refusal(file):
            continue
        connection, plugin = connections[file.parent.name]
        named = [r for r in connection.source.resources if file.stem in (r.name, r.name[:-1])]
        assert named, f"no resource is called like the document {file.name}"
        data = parsed(file.read_bytes())
        for resource in named:
            sample = _blank(connection, plugin, resource)
            cut(data, resource.never_stored)
            yield sample.holding(_listed(sample, data), f"{file.parent.name}/{file.name}")


def _listed(sample: Sample, data: Any) -> Any:
    """The page; where an object stands alone in place of a list, a list of this object."""
    if isinstance(data.get("data"), dict) and not _items(sample, data):
        return data | {"data": [data["data"]]}
    return data


def _blank(connection: Connection, plugin: Plugin, resource: Resource) -> Sample:
    key = Key("made-up") if resource.keys else None
    shard = Shard(resource.name, key.value, key) if key else Shard(resource.name)
    page = Page(url=connection.base_url, status=200, headers={}, body=b"", data={})
    return Sample(plugin, connection, resource, shard, page, "made up")


# --- cassettes -----------------------------------------------------------------------------------


def _played(synced: tuple[Sample, ...]) -> Iterator[Sample]:
    """Every answer in a cassette that shows items, as what was read from such an address."""
    for file in sorted(CASSETTES.glob("plugins/*/*.yaml")):
        origin = f"{file.parent.name}/{file.name}"
        like = _by_form([one for one in synced if one.plugin.name == file.parent.name])
        for address, text in _answers(file):
            for sample in _nearest(like, address):
                data = parsed(text)
                cut(data, sample.resource.never_stored)
                if _items(sample, data):
                    yield sample.holding(data, origin)


def _answers(file: Path) -> Iterator[tuple[str, str]]:
    for one in interactions(file):
        if one["request"]["method"] == "GET" and one["response"]["status"]["code"] == 200:
            yield one["request"]["uri"], one["response"]["body"]["string"]


def _by_form(samples: list[Sample]) -> dict[tuple[str, ...], dict[str, Sample]]:
    """One sample of each resource by the form of its address below the base URL."""
    forms: dict[tuple[str, ...], dict[str, Sample]] = {}
    for sample in samples:
        base = len(_form(sample.connection.base_url))
        form = _form(sample.page.url)[base:]
        forms.setdefault(form, {}).setdefault(sample.resource.name, sample)
    return forms


def _form(address: str) -> tuple[str, ...]:
    """The path of an address; what has a digit in it is the name of some object."""
    parts = urlsplit(address).path.strip("/").split("/")
    return tuple("*" if any(map(str.isdigit, part)) else part for part in parts if part)


def _nearest(
    like: Mapping[tuple[str, ...], Mapping[str, Sample]], address: str
) -> tuple[Sample, ...]:
    """A sample of each resource that is read from such an address."""
    asked = _form(address)
    ends = [form for form in like if asked[-len(form) :] == form]
    return tuple(like[max(ends, key=len)].values()) if ends else ()


def _items(sample: Sample, data: Any) -> bool:
    try:
        batch = sample.mapped(data)
    except DuetrailError:
        return False
    return not batch.is_empty
