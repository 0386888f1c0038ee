"""Observing: everybody who wants to hear how a sync goes is told, and none of them can stop it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from msgspec.structs import asdict

from duetrail.errors import DuetrailError
from duetrail.pipeline.events import (
    Detail,
    DetailObserver,
    Observer,
    Progress,
    Request,
    ResourceState,
    Waiting,
)
from duetrail.pipeline.stopped import Halted, Interrupted
from duetrail.pipeline.summary import Summary
from duetrail.plugins import where_it_failed
from duetrail.secrets import error_facts, redact, redacted

Hearing = Callable[..., object]  # by keyword: event and facts

_log = logging.getLogger(__name__)


_EVENTS: Mapping[type[Detail], str] = {
    Request: "request",
    ResourceState: "resource",
    Waiting: "waiting",
}


class Observers:
    """Those who listen to one run.

    Args:
        caller: Who called; None for nobody. What it raises is the caller's affair.
        plugins: The `observe` of plugins, by name.
        runs: The `observe_run` of plugins, by name.
    """

    def __init__(
        self,
        caller: Observer | None,
        plugins: Mapping[str, Hearing],
        runs: Mapping[str, Hearing] | None = None,
    ) -> None:
        self._caller = caller
        self._plugins = dict(plugins)
        self._runs = dict(runs or {})
        self._warnings: list[str] = []  # what plugins could not do

    def __call__(self, progress: Progress) -> None:
        """Tell how far the sync has come."""
        if self._caller:
            self._caller(progress)
        if self._plugins:
            self._tell(self._plugins, "progress", asdict(progress))

    def begun(self, command: str, previous_exit_code: Callable[[], int | None]) -> None:
        """Tell plugins that a run begins.

        Args:
            command: `sync` or `remap`.
            previous_exit_code: Gives that of the sync before; asked only if somebody hears it.
        """
        if self._runs:
            facts = {"command": command, "previous_exit_code": previous_exit_code()}
            self._tell(self._runs, "begun", facts)

    def ended(self, summary: Summary, error: DuetrailError | None = None) -> None:
        """Tell plugins what a run came to; what they could not do is noted as its warnings.

        Args:
            summary: Its summary.
            error: What halted it, if anything did.
        """
        if self._plugins or self._runs:
            facts = redacted(summary.as_dict())
            if error is not None:
                facts["error"] = error_facts(error)
            try:
                self._tell(self._plugins, "ended", facts)
                self._tell(self._runs, "ended", facts)
            except KeyboardInterrupt:  # the run has ended, and so it stays
                self._warnings.append("interrupted while plugins were told how the run ended")
        summary.warnings += self._warnings

    def failed(self, error: Exception) -> None:
        """Tell plugins that there is no run, or none with a summary."""
        if not isinstance(error, DuetrailError):  # its text may hold anything
            error = DuetrailError(where_it_failed(error))
        self._tell(
            self._runs, "failed", {"error": error_facts(error), "exit_code": error.exit_code}
        )
        for warning in self._warnings:
            _log.warning("%s", warning)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Whatever else ends the run than its end: plugins are told."""
        try:
            yield
        except Interrupted as stop:
            self.ended(stop.summary)
            raise
        except Halted as stop:
            self.ended(stop.summary, stop.error)
            raise
        except Exception as error:
            self.failed(error)
            raise

    def _tell(self, plugins: dict[str, Hearing], event: str, facts: Mapping[str, Any]) -> None:
        """Tell plugins; one that raises is told no more."""
        for name, hear in list(plugins.items()):
            try:
                hear(event=event, facts=facts)
            except DuetrailError as error:  # it is meant for people
                del plugins[name]
                self._warnings.append(redact(f"plugin {name!r}: {error.message}"))
            except Exception as error:
                del plugins[name]
                _log.warning("plugin %r observes no more: %s", name, where_it_failed(error))


class DetailObservers(Observers):
    """The same, where somebody wants to hear of each request, too.

    Args:
        caller: As for `Observers`.
        plugins: As for `Observers`.
        runs: As for `Observers`.
        details: The `observe_details` of plugins, by name.
    """

    def __init__(
        self,
        caller: Observer | None,
        plugins: Mapping[str, Hearing],
        runs: Mapping[str, Hearing],
        details: Mapping[str, Hearing],
    ) -> None:
        super().__init__(caller, plugins, runs)
        self._caller_detail = caller.detail if isinstance(caller, DetailObserver) else None
        self._details = dict(details)
        self._lock = threading.Lock()

    def detail(self, event: Detail) -> None:
        """Tell of a request, a wait, or a resource that begins or has ended; in any thread."""
        if self._caller_detail is not None:
            self._caller_detail(event)
        if self._details:
            with self._lock:  # plugins are told one thing after the other
                self._tell(self._details, _EVENTS[type(event)], asdict(event))


def observers_of(
    caller: Observer | None,
    plugins: Mapping[str, Hearing],
    runs: Mapping[str, Hearing],
    details: Mapping[str, Hearing],
) -> Observers:
    """Those who listen to one sync; they hear of each request only where one of them wants to."""
    if details or isinstance(caller, DetailObserver):
        return DetailObservers(caller, plugins, runs, details)
    return Observers(caller, plugins, runs)
