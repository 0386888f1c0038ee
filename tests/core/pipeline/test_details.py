"""An observer that has a method `detail` hears what happens between commits."""

import pytest

from duetrail.pipeline.events import Progress, ResourceState

ANSWERS = {
    "invoices": [{"invoices": [{"id": "i1", "number": "1", "calls": []}]}],
    "customers": [{"customers": [{"id": f"u{n}"}]} for n in range(3)],
}


class Heard:
    def __init__(self):
        self.progress, self.details = [], []

    def __call__(self, progress):
        self.progress.append(progress)

    def detail(self, event):
        self.details.append(event)


@pytest.mark.parametrize("workers", [1, 4])
def test_resources_begin_and_end(project, workers):
    """Each resource begins once and ends once, in the state that the summary gives it."""
    heard = Heard()
    summary = project.answer(**ANSWERS).sync(observer=heard, workers=workers)
    told = [event for event in heard.details if isinstance(event, ResourceState)]
    for entry in summary.resources:
        begun, ended = [one for one in told if one.resource == entry.resource]
        assert (begun.state, begun.of) == ("begun", len(summary.resources))
        assert (ended.state, ended.of) == (entry.state, 0)


def test_progress_counts_pages_and_requests(project):
    """Progress says how many pages came and how many requests were sent, up to the summary."""
    heard = []
    summary = project.answer(**ANSWERS).sync(observer=heard.append)
    for entry in summary.resources[:2]:
        *_, last = [one for one in heard if one.resource == entry.resource]
        assert last == Progress(
            entry.connection, entry.resource, entry.shards, entry.items, last.pages, entry.requests
        )
        assert last.pages == len(ANSWERS[entry.resource])
