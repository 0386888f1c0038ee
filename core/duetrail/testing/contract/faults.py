"""Faults: what a retry mends, and what is told and mended by the next sync."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from duetrail.pipeline.read import Task
from duetrail.recording.cassettes import request_key
from duetrail.source import Resource
from duetrail.testing.answers import Answer
from duetrail.testing.contract.advice import fail, skip
from duetrail.testing.contract.owners import owners
from duetrail.testing.contract.replay_harness import failing, target_of
from duetrail.testing.contract.suite import Suite
from duetrail.testing.fault_rules import FaultRule
from duetrail.testing.faults import (
    BAD_UTF8,
    EMPTY,
    HTML,
    INTERNAL_ERROR,
    RESETS_AMID,
    SILENT,
    TOO_MANY,
    TOO_MANY_SECONDS,
    TOO_MANY_UNTIL,
    TRUNCATED,
    UNAVAILABLE,
    Fault,
    instead,
)

_PASSING = (TOO_MANY, TOO_MANY_SECONDS, TOO_MANY_UNTIL, INTERNAL_ERROR, UNAVAILABLE, RESETS_AMID)
_LASTING = (HTML, EMPTY, TRUNCATED, BAD_UTF8, SILENT, INTERNAL_ERROR)

# What may come where a list was: of none of them it follows that the vendor has nothing.
_NOT_FOUND = instead("404", Answer(status=404, body=b'{"error": "not found"}'))
_NO_CONTENT = instead("204", Answer(status=204))


def _name(fault: Fault) -> str:
    return re.sub(r"\W+", "-", fault.name).strip("-")


class Faults(Suite):
    """What becomes of a sync when an answer is none."""

    @pytest.mark.parametrize("fault", _PASSING, ids=_name)
    def test_a_passing_fault_makes_no_difference(self, fault: Fault) -> None:
        """Refused once, a request is repeated, and the store is what it always is."""
        harness, rule = self.harness, self._rule(fault)
        before, code = harness.alone
        project = harness.project(attempts=3)
        done = harness.sync(project, rules=[rule], select=[harness.head])
        if done.summary.exit_code != code or project.digest != before:
            fail(
                f"after one {fault.name} the sync is not what it was without",
                "errors",
                where=done.problems,
                do="ask through session.get, and let its errors pass",
            )

    @pytest.mark.parametrize("fault", _LASTING, ids=_name)
    def test_a_lasting_fault_is_told_and_heals(self, fault: Fault) -> None:
        """Struck for good, a sync says so, keeps what it read, and the next one makes it whole."""
        harness, rule = self.harness, self._rule(fault, times=None)
        before, _ = harness.alone
        project = harness.project(attempts=1, timeout=0.5)
        done = harness.sync(project, rules=[rule], select=[harness.head])
        if done.summary.exit_code == 0 or not done.problems:
            fail(
                f"with {fault.name} in place of answers the sync ends as if all were well",
                "errors",
                where=[one.target for one in harness.proxy.faulted],
                do="let the errors of session.get pass; catch none of them",
            )
        harness.sync(project, full=True, select=[harness.head])
        if project.digest != before:
            fail(f"after {fault.name} the next sync does not make the store whole", "errors")

    def test_no_list_hides_a_failure(self) -> None:
        """Whichever resource cannot be read: the sync says so, and exits with 1."""
        harness = self.recorded_harness
        for resource, sample in {one.resource: one for one in harness.samples}.items():
            done = harness.sync(harness.project(attempts=1), rules=[failing(sample.page.url)])
            name = f"{harness.name}.{resource.name}"
            told = [one for one in done.summary.resources if one.name == name and one.problems]
            if harness.proxy.faulted and (done.summary.exit_code != 1 or not told):
                fail(
                    f"{resource.name} cannot be read, and the sync exits with "
                    f"{done.summary.exit_code}",
                    "errors",
                    where=[sample.page.url, *done.problems],
                    do="let the errors of session.get pass; catch none of them",
                )

    @pytest.mark.parametrize("fault", [_NOT_FOUND, _NO_CONTENT, EMPTY], ids=_name)
    def test_a_list_that_is_not_there_is_not_empty(self, fault: Fault) -> None:
        """Answered with 404, or with nothing at all, a list fails; no record is taken for gone."""
        harness = self.recorded_harness
        for resource in harness.resources:
            if resource.keys is not None:
                continue
            project = harness.project(attempts=1)
            harness.sync(project, select=[resource.name])
            for target, is_first in self._list_targets(resource):
                rule = FaultRule(fault, path=re.escape(target) + "$", times=None)
                done = harness.sync(project, rules=[rule], select=[resource.name], full=True)
                gone = sum(one.absent for one in done.summary.resources)
                code = done.summary.exit_code
                if harness.proxy.faulted and (code == 0 or gone or (is_first and code != 1)):
                    fail(
                        f"{resource.name} is answered with {fault.name}: the sync exits with "
                        f"{code}, and takes {gone} records for gone",
                        "errors",
                        where=[target, *done.problems],
                        do="let the errors of session.get pass; a list of which nothing came is "
                        "not empty",
                    )

    def _list_targets(self, resource: Resource) -> Iterator[tuple[str, bool]]:
        """The first question of a list, which must fail, and its last page, which must be told."""
        # What is asked for by an id that a list has named may be gone, and the list goes on.
        yield from [(one, True) for one in self._questions(resource)[:1]]
        full = [
            one
            for one in self.harness.samples
            if one.resource is resource and one.mapped(one.page.data).mapped
        ]
        for one in full[1:][-1:]:
            yield target_of(one.page.url), False

    def _questions(self, resource: Resource) -> list[str]:
        """What fetch asks for a list; nothing of whose account it is."""
        harness = self.harness
        shards = [one.shard for one in harness.samples if one.resource is resource]
        with harness.reader() as reader:
            for shard in shards[:1]:
                for _ in reader.found(Task(harness.stream(resource), shard)):
                    pass
        return [one.removeprefix("GET ") for one in harness.asked if one.startswith("GET ")]

    def _rule(self, fault: Fault, times: int | None = 1) -> FaultRule:
        """At the second page of the list that is read first, or at its only one."""
        harness = self.recorded_harness
        if not harness.samples:
            skip("the recording has no page")
        head, path = harness.samples[0].resource, urlsplit(harness.samples[0].page.url).path
        every = [one.split(" ", 1) for one in harness.first.done.asked]
        same = [
            target
            for method, target in every
            if urlsplit(target).path == path
            and head in owners(harness, request_key(method, target))
        ]
        return FaultRule(fault, path=re.escape(same[:2][-1]) + "$", times=times)
