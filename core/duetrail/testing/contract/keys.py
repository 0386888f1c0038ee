"""What is asked per key: one that fails stops no other, and none can ask for something else."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, quote_plus

from duetrail.source import Resource
from duetrail.testing.contract.advice import expect_none, fail, skip
from duetrail.testing.contract.edits import items, with_item
from duetrail.testing.contract.harness import Harness
from duetrail.testing.contract.replay_harness import failing
from duetrail.testing.contract.suite import Suite

# Unquoted, it leads to another path. A question mark would do as well, but the session refuses it.
_HOSTILE = "made/up & all"


class Keys(Suite):
    """How keyed resources are read."""

    def test_one_bad_key_stops_no_other(self) -> None:
        """Where one key of a keyed resource fails, all others are read, and the next sync heals."""
        harness = self.harness
        harness.recorded()
        before = harness.good()
        keyed = [one for one in harness.samples if one.shard.key is not None]
        for resource in {one.resource.name: one.resource for one in keyed}.values():
            own = [one for one in keyed if one.resource is resource]
            others = [one for one in own if one.shard.name != own[0].shard.name]
            if not others:
                continue
            project = harness.project(attempts=1)
            done = harness.sync(project, rules=[failing(own[0].page.url)])
            there = {record.ref for record in project.records()}
            gone = [
                f"{resource.name} of {other.shard.name}"
                for other in others
                for mapped in other.mapped(other.page.data).mapped
                if mapped.records[0].ref not in there
            ]
            if gone or done.summary.exit_code != 1:
                fail("one key that fails takes others with it", "errors", where=gone)
            harness.sync(project, full=True)
            if project.digest != before.digest:
                fail(
                    "after a key that failed the next sync does not make the store whole", "errors"
                )
            return
        skip("no resource is read with several keys")

    def test_keys_are_quoted(self) -> None:
        """A key with a slash in it asks for nothing else."""
        harness = self.recorded_harness
        asked = [one for resource in harness.resources for one in _asked(harness, resource)]
        if not asked:
            skip("no resource is asked by a key that can be made up")
        quoted = {quote(_HOSTILE, safe=""), quote_plus(_HOSTILE)}
        wrong = [one for one in asked if not any(form in one for form in quoted)]
        expect_none(
            wrong,
            "a key is put into an address as it is",
            "fetch",
            do="quote it in a path with duetrail.http.segment, or give it in params",
        )


def _asked(harness: Harness, resource: Resource) -> Iterator[str]:
    """The requests in which a hostile key stands; none where the plugin refuses it itself."""
    keys = resource.keys
    if keys is None:
        return
    project, cassette = harness.project(attempts=1), harness.recording
    if keys.option is not None:
        project = harness.project(attempts=1, **{keys.option: [_HOSTILE]})
    elif keys.column == "id":
        feeding = [one for one in items(harness) if one.shape.record is keys.record]
        if not feeding:
            return
        id = feeding[0].shape.id
        cassette = with_item(harness, feeding[0], lambda raw: raw | {id: _HOSTILE})
    else:
        return
    for one in harness.sync(project, cassette, select=[resource.name]).asked:
        if "made" in one:
            yield one
