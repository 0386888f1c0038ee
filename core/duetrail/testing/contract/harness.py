"""The harness of one suite: the first sync of the recording, and all that can be learnt from it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Any

from attrs import evolve, frozen

from duetrail.errors import DuetrailError
from duetrail.pipeline.plan import shards
from duetrail.pipeline.read import Reader, Task
from duetrail.pipeline.scope import Scope
from duetrail.recording.cassettes import Cassette
from duetrail.source import Key, Page, Resource, Shape, Shard
from duetrail.streams import Stream
from duetrail.testing.contract.advice import fail, skip
from duetrail.testing.contract.project import Done, Project
from duetrail.testing.contract.replay_harness import ReplayHarness
from duetrail.testing.lineage import FieldLineage, LineageStudy
from duetrail.testing.samples import Sample


@frozen
class First:
    """The first sync.

    Attributes:
        project: Its store.
        done: Its result.
        unrecorded: What it asked that was never recorded.
        not_asked_for: What was recorded and it did not ask for.
        others: The other addresses it reached for.
        violations: What else it did that is not a plugin's to do.
    """

    project: Project
    done: Done
    unrecorded: tuple[str, ...]
    not_asked_for: tuple[str, ...]
    others: tuple[str, ...]
    violations: tuple[str, ...]


class Harness(ReplayHarness):
    """What the tests of one class work with."""

    def __init__(self, *facts: Any) -> None:
        super().__init__(*facts)
        self._studies: dict[Shape, LineageStudy] = {}
        self._lineages: dict[Shape, list[FieldLineage]] = {}

    @cached_property
    def first(self) -> First:
        """The first sync of everything there is."""
        project = self.project()
        # As it came, but for a recording that was limited: its last pages are changed already.
        done = self.sync(project, None if self.facts.get("limit") else self.received)
        left = [
            f"{one.method} {one.target} ({one.origin})" for one in self.replay_server.not_asked_for
        ]
        return First(
            project,
            done,
            tuple(self.replay_server.unrecorded),
            tuple(left),
            tuple(self.reached),
            tuple(self.violations),
        )

    @property
    def head(self) -> str:
        """The name of the resource that is read first."""
        return self.samples[0].resource.name

    @cached_property
    def alone(self) -> tuple[str, int]:
        """The result of a sync of that resource alone: the store's digest and the exit code."""
        project = self.project()
        code = self.sync(project, select=[self.head]).summary.exit_code
        return project.digest, code

    def good(self) -> Project:
        """The project of the first sync, where it went well enough to be looked at."""
        if self.first.done.summary.exit_code not in (0, 3):
            fail(
                "the recording cannot be synced, so there is nothing to look at",
                "fetch",
                where=self.first.done.problems,
                do="first make test_the_recording_is_read pass",
            )
        return self.first.project

    def recorded(self) -> Cassette:
        """The recording; a test that changes what the vendor says needs one."""
        if not self.is_recorded:
            skip(f"{self.source.title} is not recorded, so its answers cannot be changed")
        return self.recording

    # --- samples ---------------------------------------------------------------------------------

    @cached_property
    def samples(self) -> list[Sample]:
        """Every page that the connection reads, asked for once more."""
        project = self.good()
        with self.reader() as reader, project.store() as store:
            source = project.config.connection(self.name)
            streams = map(source.stream, self.resources)
            return [one for each in streams for one in _pages(each, reader, store, self.now)]

    @property
    def whole_shards(self) -> list[tuple[Resource, Shard]]:
        """Every shard that is read, each from its beginning."""
        every = {id(one.shard): one for one in self.samples}.values()
        return [(one.resource, evolve(one.shard, cursor=None)) for one in every]

    def stream(self, resource: Resource) -> Stream:
        """A resource of the connection under test, to be read."""
        return self.bound().stream(resource)

    def study(self, resource: Resource, shape: Shape) -> LineageStudy:
        """All that is shown of a shape, and what becomes of it."""
        if shape not in self._studies:
            shown = [one for one in self.samples if one.resource is resource]
            self._studies[shape] = LineageStudy.of(shown, self._blank(resource), shape)
        return self._studies[shape]

    def lineages(self, resource: Resource, shape: Shape) -> list[FieldLineage]:
        """What every leaf of a shape becomes, one thing at least; found out once."""
        if shape not in self._lineages:
            self._lineages[shape] = self.study(resource, shape).lineages(thorough=False)
        return self._lineages[shape]

    @property
    def shapes(self) -> list[tuple[Resource, Shape]]:
        """Every shape of every resource that is read."""
        return [(resource, shape) for resource in self.resources for shape in resource.shapes]

    def _blank(self, resource: Resource) -> Sample:
        key = Key("made-up") if resource.keys else None
        shard = Shard(resource.name, key.value, key) if key else Shard(resource.name)
        page = Page(url=self.proxy.url, status=200, headers={}, body=b"", data={})
        connection = self.connection()
        return Sample(self.plugin, connection, resource, shard, page, "a page made up")


def _pages(stream: Stream, reader: Reader, store: Any, now: datetime) -> Iterator[Sample]:
    for shard in shards(stream, store, Scope(full=True, now=now)):
        try:
            for found in reader.found(Task(stream, shard)):
                if isinstance(found, Page):
                    yield Sample(
                        stream.plugin, stream.connection, stream.resource, shard, found, found.url
                    )
        except DuetrailError:
            continue  # an unknown key, or an incomplete listing: what came before is there
