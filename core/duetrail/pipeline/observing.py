"""Observing: everybody who wants to hear how a sync goes is told, and none of them can stop it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import asdict

from duetrail.pipeline.events import (
    Detail,
    DetailObserver,
    Observer,
    Progress,
    Request,
    ResourceState,
    Waiting,
)
from duetrail.pipeline.summary import Summary
from duetrail.plugins import where_it_failed
from duetrail.secrets import redacted

Hearing = Callable[..., object]  # by keyword: event and facts

_log = logging.getLogger(__name__)


_EVENTS: Mapping[type[Detail], str] = {
    Request: "request",
    ResourceState: "resource",
    Waiting: "waiting",
}


class Observers:
    """Those who listen to one sync.

    Args:
        caller: Who called; None for nobody. What it raises is the caller's affair.
        plugins: The `observe` of plugins, by name.
    """

    def __init__(self, caller: Observer | None, plugins: Mapping[str, Hearing]) -> None:
        self._caller = caller
        self._plugins = dict(plugins)

    def __call__(self, progress: Progress) -> None:
        """Tell how far the sync has come."""
        if self._caller:
            self._caller(progress)
        if self._plugins:
            _tell(self._plugins, "progress", asdict(progress))

    def ended(self, summary: Summary) -> None:
        """Tell plugins what it came to."""
        if self._plugins:
            _tell(self._plugins, "ended", redacted(summary.as_dict()))


class DetailObservers(Observers):
    """The same, where somebody wants to hear of each request, too.

    Args:
        caller: As for `Observers`.
        plugins: As for `Observers`.
        details: The `observe_details` of plugins, by name.
    """

    def __init__(
        self,
        caller: Observer | None,
        plugins: Mapping[str, Hearing],
        details: Mapping[str, Hearing],
    ) -> None:
        super().__init__(caller, plugins)
        self._caller_detail = caller.detail if isinstance(caller, DetailObserver) else None
        self._details = dict(details)
        self._lock = threading.Lock()

    def detail(self, event: Detail) -> None:
        """Tell of a request, a wait, or a resource that begins or has ended; in any thread."""
        if self._caller_detail is not None:
            self._caller_detail(event)
        if self._details:
            with self._lock:  # plugins are told one thing after the other
                _tell(self._details, _EVENTS[type(event)], asdict(event))


def observers_of(
    caller: Observer | None, plugins: Mapping[str, Hearing], details: Mapping[str, Hearing]
) -> Observers:
    """Those who listen to one sync; they hear of each request only where one of them wants to."""
    if details or isinstance(caller, DetailObserver):
        return DetailObservers(caller, plugins, details)
    return Observers(caller, plugins)


def _tell(plugins: dict[str, Hearing], event: str, facts: Mapping[str, Any]) -> None:
    """Tell plugins; one that raises is told no more."""
    for name, hear in list(plugins.items()):
        try:
            hear(event=event, facts=facts)
        except Exception as error:
            del plugins[name]
            _log.warning("plugin %r observes no more: %s", name, where_it_failed(error))
