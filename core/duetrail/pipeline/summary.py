"""What a run came to: numbers that add up, what went wrong, and the exit code."""

from __future__ import annotations

import signal
from collections import Counter
from typing import Any

from msgspec import Struct, field, to_builtins

from duetrail.errors import DuetrailError, FetchError
from duetrail.http.shortening import shortened
from duetrail.pipeline.outcome import Outcome
from duetrail.secrets import redact
from duetrail.signals import exit_code

# The most problems of one resource that are told in full; the rest is a number.
_TOLD = 20

# Characters of one message; a vendor's own error text may be of any length.
_LONGEST = 600

# Characters of a shard's name, which may be a key from a vendor's data.
_LONGEST_NAME = 200


# The states of a resource, the worst last.
_STATES = ("complete", "limited", "incomplete", "failed")


class Problem(Struct, frozen=True):
    """One thing that did not work.

    Attributes:
        kind: `failed`, `unknown key` or `incomplete`.
        shard: The shard it happened in, such as the key.
        message: What happened.
        hint: What to do next.
    """

    kind: str
    shard: str
    message: str
    hint: str = ""

    @classmethod
    def of(cls, kind: str, shard: str, error: DuetrailError) -> Problem:
        """A problem from an error, without secrets."""
        request = error.request_id if isinstance(error, FetchError) else None
        message = f"{error.message} (request {request})" if request else error.message
        hint = shortened(redact(error.hint), _LONGEST)
        text = shortened(redact(message), _LONGEST)
        return cls(kind, redact(shard)[:_LONGEST_NAME], text, hint)


class ResourceSummary(Outcome):
    """What one resource of one connection came to in one run, with the numbers of an `Outcome`.

    Attributes:
        connection: The connection.
        resource: The resource; empty where the connection could not even begin.
        state: `complete`, `limited` (to as many items as were asked for), `incomplete` (kept, but
            not proven to be everything) or `failed`.
        feeds: The resource it was read for, where it was not asked for itself.
        requests: Requests sent, repeated ones included.
        shards: Shards read to their end: 1, or one per key.
        unknown_keys: Keys the vendor does not know.
        empty_keys: Keys the vendor knows, and has nothing for.
        settled_keys: Keys that were not asked, because their answer can change no more.
        without_key: Stored records that hold no key and were not asked for.
        notices: What the plugin wants to be known although nothing failed.
        problems: What went wrong; the first few in full.
        problem_count: How much went wrong.
    """

    connection: str
    resource: str
    state: str = "complete"
    feeds: str = ""
    requests: int = 0
    shards: int = 0
    unknown_keys: int = 0
    empty_keys: int = 0
    settled_keys: int = 0
    without_key: int = 0
    notices: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0

    def notice(self, text: str) -> None:
        """Note what the user should know, once, without secrets."""
        words = shortened(redact(text), _LONGEST)
        if words not in self.notices and len(self.notices) < _TOLD:
            self.notices.append(words)

    def add_problem(self, kind: str, shard: str, error: DuetrailError) -> None:
        """Note a problem; a failure outweighs an incomplete listing."""
        self.problem_count += 1
        if len(self.problems) < _TOLD:
            self.problems.append(Problem.of(kind, shard, error))
        if kind == "failed":
            self.state = "failed"
        elif kind == "incomplete" and self.state != "failed":
            self.state = "incomplete"

    def join(self, more: ResourceSummary) -> None:
        """Count what another process read of the same resource, too."""
        self.add(more)
        self.requests += more.requests
        self.shards += more.shards
        self.unknown_keys += more.unknown_keys
        self.empty_keys += more.empty_keys
        self.settled_keys += more.settled_keys
        self.without_key = max(self.without_key, more.without_key)  # each counts all of them
        self.notices = [*dict.fromkeys([*self.notices, *more.notices])][:_TOLD]
        self.problems = [*self.problems, *more.problems][:_TOLD]
        self.problem_count += more.problem_count
        self.state = max(self.state, more.state, key=_STATES.index)

    def mark_interrupted(self) -> None:
        """Note that the run ended before this was read to its end."""
        if self.state == "complete":
            self.state = "incomplete"

    @property
    def name(self) -> str:
        """`connection.resource`, for people."""
        return f"{self.connection}.{self.resource}" if self.resource else self.connection

    @property
    def written(self) -> int:
        """Rows of records, links and rejects that were written, marked or removed."""
        return self.records.total() + self.links + self.rejects + self.absent + self.present


class ShardSummary(Struct):
    """What else there is to say of one shard of a sync.

    Attributes:
        index: Which shard, from 1.
        of: How many there are.
        open: The shards that are still to be read before the whole is closed.
        whole: The summary of the whole sync, if this shard closed it.
        earlier_exit_code: What this shard, or the whole, came to earlier, where there was nothing
            left to read.
    """

    index: int
    of: int
    open: list[int]
    whole: Summary | None = None
    earlier_exit_code: int | None = None

    @property
    def exit_code(self) -> int | None:
        """The exit code of the whole, or of an earlier reading; None where neither counts."""
        return self.whole.exit_code if self.whole else self.earlier_exit_code

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "index": self.index,
            "of": self.of,
            "open": self.open,
            "was_done_before": self.earlier_exit_code is not None,
            "whole": self.whole.as_dict() if self.whole else None,
        }


class RuleSummary(Struct, frozen=True):
    """What a rule of the user's for touches came to.

    Attributes:
        name: The rule.
        linked: How many touches it links.
        ambiguous: For how many it found several invoices, or was not certain, and so linked none.
    """

    name: str
    linked: int
    ambiguous: int


class LinkChanges(Struct):
    """What linking by rules came to.

    Attributes:
        changed: Links added or removed.
        touch_rules: One entry per rule for touches, in order.
    """

    changed: int = 0
    touch_rules: list[RuleSummary] = field(default_factory=list)


class Summary(Struct):
    """What a run came to.

    Attributes:
        run: Its number in the store.
        state: `ended`, `interrupted` by the user, or `halted` by the store: then it tells how far
            the run came.
        resources: One entry per resource that ran, in order.
        resumed_from: The interrupted run this one went on from, if any.
        open_rejects: Rejects open at the end, of the connections that ran.
        derived_links: Links by rules (of the user, or by billing period), added or removed.
        touch_rules: What the user's rules for touches came to.
        warnings: What did not work beside the run, such as a plugin that could not tell of it.
        dropped_pages: Pages dropped because of their age.
        signal: The signal that interrupted it, if one did.
        shard: Of one shard of a sync: which, and what became of the whole.
        since: From when on things were read, as the user asked, as the store writes times.
        until: Up to when, likewise.
    """

    run: int
    resources: list[ResourceSummary] = field(default_factory=list)
    resumed_from: int | None = None
    open_rejects: int = 0
    derived_links: int = 0
    state: str = "ended"
    dropped_pages: int = 0
    signal: int = signal.SIGINT
    shard: ShardSummary | None = None
    since: str | None = None
    until: str | None = None
    touch_rules: list[RuleSummary] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add_links(self, changes: LinkChanges) -> None:
        """Note what linking by rules came to."""
        self.derived_links = changes.changed
        self.touch_rules = changes.touch_rules

    def add_broken(self, name: str, error: DuetrailError) -> None:
        """Note a connection that could not even begin."""
        entry = ResourceSummary(name, "")
        entry.add_problem("failed", "", error)
        self.resources.append(entry)

    @property
    def written(self) -> int:
        """Rows of records, links and rejects that were written or removed."""
        return sum(resource.written for resource in self.resources) + self.derived_links

    @property
    def links(self) -> int:
        """Links added or removed, those between invoices included."""
        return sum(resource.links for resource in self.resources) + self.derived_links

    @property
    def rejects(self) -> int:
        """Rejects opened, changed or closed."""
        return sum(resource.rejects for resource in self.resources)

    @property
    def records(self) -> dict[str, int]:
        """Record rows written, by table."""
        total: Counter[str] = Counter()
        for resource in self.resources:
            total += resource.records
        return dict(total)

    @property
    def exit_code(self) -> int:
        """128 + signal if interrupted; 1 if anything failed; 3 if it is not as it should be; 0."""
        if self.state == "interrupted":
            return exit_code(self.signal)
        if self.state == "halted" or any(one.state == "failed" for one in self.resources):
            return 1
        if self.shard is not None and self.shard.exit_code is not None:
            return self.shard.exit_code
        asked_for = {"complete", "limited"}
        open_ends = any(r.state not in asked_for or r.unknown_keys for r in self.resources)
        return 3 if open_ends or self.open_rejects else 0

    def as_dict(self) -> dict[str, Any]:
        """The summary as plain values, for `--json` and the run record."""
        return {
            "run": self.run,
            "state": self.state,
            "resumed_from": self.resumed_from,
            "written": self.written,
            "records": self.records,
            "open_rejects": self.open_rejects,
            "derived_links": self.derived_links,
            "touch_rules": to_builtins(self.touch_rules),
            "dropped_pages": self.dropped_pages,
            **({"shard": self.shard.as_dict()} if self.shard else {}),
            **({"since": self.since} if self.since else {}),
            **({"until": self.until} if self.until else {}),
            **({"warnings": self.warnings} if self.warnings else {}),
            "exit_code": self.exit_code,
            "resources": [
                {**to_builtins(resource), "written": resource.written}
                for resource in self.resources
            ],
        }
