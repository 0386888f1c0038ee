"""Lists whose pages lead to the wrong place: back to an earlier page, or to another host."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from attrs import evolve

from duetrail.http.body import decode
from duetrail.json_tree import Steps, leaves
from duetrail.recording.cassettes import Cassette, RecordedExchange, RequestKey, request_key
from duetrail.testing.contract.advice import fail, skip
from duetrail.testing.contract.edits import encoded, ids_on
from duetrail.testing.contract.harness import Harness
from duetrail.testing.contract.owners import request_of
from duetrail.testing.contract.project import Project
from duetrail.testing.contract.suite import Suite
from duetrail.testing.leaves import put
from duetrail.testing.samples import Sample

# Nobody listens there, and nobody may be asked there.
_ELSEWHERE = "https://elsewhere.example"

_ADDRESS = re.compile(r"<([^<>]*)>")

_Edits = dict[RequestKey, dict[Steps | str, str]]


class Leading(Suite):
    """Where the pages of lists lead."""

    def test_a_list_that_leads_back_comes_to_an_end(self) -> None:
        """A vendor whose last page is its first one again is noticed, and not read for ever."""
        harness = self.recorded_harness
        rounds = list(_rounds(harness))
        if not rounds:
            skip("the recording has no list of three pages")
        for name, recording in rounds:
            done = harness.sync(harness.project(), recording, select=[name])
            where = [name, *done.asked[-3:]]
            do = "read lists with a paginator of duetrail.http"
            if len(done.asked) > harness.most:
                fail("a list that leads back is read for ever", "numbers", where=where, do=do)
            if done.summary.exit_code == 0:
                fail("a list that leads back passes for complete", "numbers", where=where, do=do)

    def test_a_link_to_another_host_leads_nowhere(self) -> None:
        """Nothing is asked of another host, and a list that leads there is not at its end."""
        harness = self.recorded_harness
        links = _links(harness)
        if not links:
            skip("no answer of the recording links to another one that is asked for")
        # One at a time: a list that is noticed says nothing of the others.
        for name, edits in links.items():
            project = harness.project()
            done = harness.sync(project, _led_away(harness.recording, edits), select=[name])
            if harness.reached:
                fail(
                    "a link to another host is followed, where its credentials would go",
                    "links",
                    where=harness.reached,
                    do="read lists with duetrail.http.link, which holds links to base_url",
                )
            if done.summary.exit_code == 0 and _ids(project) != self._read_alone(name):
                fail(
                    "a list whose next page is on another host passes for complete",
                    "links",
                    where=[name],
                    do="a link that cannot be followed is a ProtocolError, and no end",
                )

    def _read_alone(self, name: str) -> set[tuple[str, str]]:
        """What a sync of one resource brings, where its links lead on."""
        project = self.harness.project()
        self.harness.sync(project, select=[name])
        return _ids(project)


def _rounds(harness: Harness) -> Iterator[tuple[str, Cassette]]:
    """Of each list of three pages or more, a recording that goes round: its last page is its first.

    With two pages that would be a page that repeats, which is another test.
    """
    for pages in _lists(harness):
        newest = _bringing(pages)
        if len(newest) > 2:
            yield pages[0].resource.name, _round(harness.recording, newest[0], newest[-1])


def _lists(harness: Harness) -> Iterator[list[Sample]]:
    """The pages of each list, in the order in which they are asked for."""
    lists: dict[tuple[str, str, str], list[Sample]] = {}
    for sample in harness.samples:
        if sample.resource.keys is None:
            place = sample.resource.name, sample.shard.name, request_of(sample)[1]
            lists.setdefault(place, []).append(sample)
    yield from lists.values()


def _bringing(pages: list[Sample]) -> list[Sample]:
    """Those pages that show an item which none before them shows."""
    seen: set[tuple[str, str]] = set()
    bringing = []
    for sample in pages:
        ids = ids_on(sample.resource, sample.page.data)
        if not ids <= seen:
            bringing.append(sample)
        seen |= ids
    return bringing


def _round(recording: Cassette, first: Sample, last: Sample) -> Cassette:
    """The recording with one answer in place of another, links included."""
    begin, end = request_of(first), request_of(last)
    answer = next(one for one in recording.exchanges if one.key == begin)

    def changed(exchange: RecordedExchange) -> RecordedExchange:
        if exchange.key != end:
            return exchange
        return evolve(exchange, body=answer.body, headers=answer.headers)

    return recording.edited(changed)


def _links(harness: Harness) -> dict[str, _Edits]:
    """By resource, the links of its answers to others of its pages, with their address elsewhere.

    Each by where it stands: steps in the body, or its new text in a header.
    """
    links: dict[str, _Edits] = {}
    for sample in harness.samples:
        request = request_of(sample)
        others = {request_of(one) for one in harness.samples if one.resource is sample.resource} - {
            request
        }
        texts = [(steps, one) for steps, one in leaves(sample.page.data) if isinstance(one, str)]
        edits: dict[Steps | str, str] = {
            steps: away for steps, text in texts if (away := _away(sample, text, others))
        }
        for text in _ADDRESS.findall(sample.page.headers.get("link", "")):
            if away := _away(sample, text, others):
                edits[away] = away
        if edits:
            links.setdefault(sample.resource.name, {})[request] = edits
    return links


def _away(sample: Sample, text: str, others: set[RequestKey]) -> str:
    """The same page of another host, where a text is a link to one of some pages; else empty."""
    try:
        parts = urlsplit(urljoin(sample.page.url, text))
    except ValueError:
        return ""
    target = f"{parts.path}?{parts.query}"
    is_link = "/" in text or text.startswith("?")
    return _ELSEWHERE + target if is_link and request_key("GET", target) in others else ""


def _led_away(recording: Cassette, links: _Edits) -> Cassette:
    """The recording with its links leading to another host."""

    def changed(exchange: RecordedExchange) -> RecordedExchange:
        edits = links.get(exchange.key, {})
        if not edits or exchange.status != 200:
            return exchange
        data = decode(exchange.body)
        for steps, away in edits.items():
            if isinstance(steps, tuple):
                data = put(data, steps, away)
        headers = {
            name: _relinked(value, edits) if name.lower() == "link" else value
            for name, value in exchange.headers.items()
        }
        return evolve(exchange, body=encoded(data), headers=headers)

    return recording.edited(changed)


def _relinked(header: str, edits: dict[Steps | str, str]) -> str:
    """A `Link` header whose addresses lead away, where the same pages are among the edits."""

    def moved(found: re.Match[str]) -> str:
        parts = urlsplit(found[1])
        away = f"{_ELSEWHERE}{parts.path}?{parts.query}"
        return f"<{away}>" if away in edits else found[0]

    return _ADDRESS.sub(moved, header)


def _ids(project: Project) -> set[tuple[str, str]]:
    return {(record.table, record.id) for record in project.records()}
