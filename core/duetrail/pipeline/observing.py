"""Observing: everybody who wants to hear how a sync goes is told, and none of them can stop it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import asdict

from duetrail.pipeline.run import Observer, Progress
from duetrail.pipeline.summary import Summary
from duetrail.plugins import where_it_failed
from duetrail.secrets import redacted

Hearing = Callable[..., object]  # by keyword: event and facts

_log = logging.getLogger(__name__)


class Observers:
    """Those who listen to one sync.

    Args:
        caller: Who called; None for nobody. What it raises is the caller's affair.
        plugins: The `observe` of plugins, by name.
    """

    def __init__(self, caller: Observer | None, plugins: Mapping[str, Hearing]) -> None:
        self._caller = caller
        self._plugins = dict(plugins)

    def progress(self, progress: Progress) -> None:
        """Tell how far the sync has come."""
        if self._caller:
            self._caller(progress)
        if self._plugins:
            self._tell("progress", asdict(progress))

    def ended(self, summary: Summary) -> None:
        """Tell plugins what it came to."""
        if self._plugins:
            self._tell("ended", redacted(summary.as_dict()))

    def _tell(self, event: str, facts: Mapping[str, Any]) -> None:
        for name, hear in list(self._plugins.items()):
            try:
                hear(event=event, facts=facts)
            except Exception as error:
                del self._plugins[name]
                _log.warning("plugin %r observes no more: %s", name, where_it_failed(error))
