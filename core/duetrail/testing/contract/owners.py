"""Whose a request is, where several resources ask on one path and are told apart by the query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from duetrail.recording.cassettes import RequestKey, request_key
from duetrail.source import Resource
from duetrail.testing.contract.harness import Harness
from duetrail.testing.samples import Sample


def owners(harness: Harness, request: RequestKey) -> list[Resource]:
    """The resources that ask for this, or whose requests are most like it; several in doubt.

    Args:
        harness: The plugin and its recording.
        request: A request, recorded or not.
    """
    own: dict[Resource, list[RequestKey]] = {}
    for sample in harness.samples:
        if (one := request_of(sample))[1] == request[1]:
            own.setdefault(sample.resource, []).append(one)
    exact = [resource for resource, requests in own.items() if request in requests]
    if exact or not own:
        return exact
    unlike = {resource: unlikeness(request, requests) for resource, requests in own.items()}
    least = min(unlike.values())
    return [resource for resource, score in unlike.items() if score == least]


def samples_like(harness: Harness, request: RequestKey) -> Iterator[Sample]:
    """The pages of whoever asks for this, on the path that is asked."""
    its = owners(harness, request)
    for sample in harness.samples:
        if sample.resource in its and request_of(sample)[1] == request[1]:
            yield sample


def request_of(sample: Sample) -> RequestKey:
    """The request a page answers."""
    return request_key("GET", sample.page.url)


def unlikeness(request: RequestKey, others: Iterable[RequestKey]) -> tuple[int, int]:
    """In how many parameters a request differs from all of a resource: in names, in values."""
    wholes = [dict(one[2]) for one in others]
    given = dict(request[2])
    always = set.intersection(*(set(one) for one in wholes))
    ever = set().union(*wholes)
    same = {name: wholes[0][name] for name in always if len({one[name] for one in wholes}) == 1}
    names = len(always - set(given)) + len(set(given) - ever)
    return names, sum(given.get(name) != value for name, value in same.items())
