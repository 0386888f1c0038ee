"""What a run left out, noticed, and could not do: a line for all that is alike.

Of many the first few are named; `duetrail status --problems` and `--json` have all that is noted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from duetrail.cli.output import safe

if TYPE_CHECKING:
    from duetrail.pipeline import Problem, ResourceSummary, Summary

ALL = "duetrail status --problems"
"""The command that shows what is left out here."""

# So many of one kind are named.
_NAMED = 3

# So many paragraphs a connection has for problems of one kind.
_PARAGRAPHS = 5

# A part of an address that may be a key.
_PART = re.compile(r"[^/?&=\s]+")

# The long query of an address; it stands between the reader and what went wrong.
_QUERY = re.compile(r"(https?://[^\s?]+)\?[^\s]{40,}")

Found = list[tuple["ResourceSummary", "Problem"]]


def write_troubles(summary: Summary) -> None:
    """Print what a run left out, noticed, and could not do."""
    for line in (*_counts(summary.resources), *_notices(summary.resources)):
        click.echo(safe(line))
    for rule in summary.touch_rules:
        if rule.ambiguous:
            click.echo(
                safe(
                    f"Rule “{rule.name}”: {rule.linked:,} touches linked; {rule.ambiguous:,} may "
                    "belong to several invoices, and are linked to none."
                )
            )
    for line in _problems(summary.resources):
        click.echo(safe(line), err=True)
    if summary.open_rejects:
        click.echo(
            f"Set aside: {counted(summary.open_rejects, 'item')} that could not be mapped; "
            "`duetrail rejects list --reasons` shows why.",
            err=True,
        )
    for warning in summary.warnings:
        click.echo(safe(f"Warning: {warning}"), err=True)


def counted(count: int, one: str, more: str = "") -> str:
    """A number of things: `1 key`, `1,200 keys`."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def first_few(names: Sequence[str], count: int = 0) -> str:
    """The first few of some names, and how many more there are: `A, B, C and 12 more`.

    Args:
        names: Those that are known.
        count: How many there are, if that is more.
    """
    more = max(count, len(names)) - len(names[:_NAMED])
    return ", ".join(names[:_NAMED]) + (f" and {more:,} more" if more else "")


def without_long_query(message: str) -> str:
    """A message without the long query of an address in it."""
    return _QUERY.sub(r"\1?…", message)


# --- what is usual: a line a connection --------------------------------------------------------


def _counts(resources: Sequence[ResourceSummary]) -> Iterator[str]:
    """How much was left out, or is as it is, a line for all resources of a connection."""
    alike: dict[tuple[str, str, str], list[tuple[str, int]]] = {}
    for resource in resources:
        for count, one, more in _counts_of(resource):
            if count:
                place = alike.setdefault((resource.connection, one, more), [])
                place.append((resource.resource, count))
    for (connection, one, more), counts in alike.items():
        names = ", ".join(name for name, _ in counts)
        told = counted(sum(count for _, count in counts), one, more)
        parts = ", ".join(f"{count:,} in {name}" for name, count in counts)
        if len(counts) == 1:
            yield f"{connection}.{names}: {told}."
        else:
            yield f"{connection}: {told}: {parts}."


def _counts_of(resource: ResourceSummary) -> Iterator[tuple[int, str, str]]:
    for reason, count in resource.skipped.items():
        yield count, f"item left out: {reason}", f"items left out: {reason}"
    for count, one, more, rest in (
        (resource.without_key, "stored record holds", "stored records hold", "no key to ask with"),
        (resource.empty_keys, "key has", "keys have", "nothing"),
        (resource.settled_keys, "settled key was", "settled keys were", "not asked again"),
        (resource.absent, "record is", "records are", "no longer listed"),
        (resource.present, "record is", "records are", "listed again"),
    ):
        yield count, f"{one} {rest}", f"{more} {rest}"


# --- what plugins want to be known --------------------------------------------------------------


def _notices(resources: Sequence[ResourceSummary]) -> Iterator[str]:
    """The same notice once, with all resources that have it; of many the first few."""
    alike: dict[tuple[str, str], list[ResourceSummary]] = {}
    for resource in resources:
        for notice in resource.notices:
            alike.setdefault((resource.connection, notice), []).append(resource)
    told: dict[str, int] = {}
    for (connection, notice), found in alike.items():
        told[connection] = told.get(connection, 0) + 1
        if told[connection] <= _PARAGRAPHS:
            yield f"{_names(found)}: {notice}"
    for connection, count in told.items():
        if count > _PARAGRAPHS:
            more = counted(count - _PARAGRAPHS, "more notice")
            yield f"{connection}: and {more}; `{ALL}` shows all."


# --- what went wrong ----------------------------------------------------------------------------


def _problems(resources: Sequence[ResourceSummary]) -> Iterator[str]:
    """What went wrong; one paragraph for all resources and keys with the same problem."""
    kinds: dict[tuple[str, str], list[Found]] = {}
    for (connection, kind, _, _), found in _alike(resources).items():
        kinds.setdefault((connection, kind), []).append(found)
    is_cut = False
    for (connection, kind), groups in kinds.items():
        yield from _paragraphs(groups[:_PARAGRAPHS])
        if more := sum(map(len, groups[_PARAGRAPHS:])):
            is_cut = True
            yield f"{connection}: {kind}: and {more:,} more."
        is_cut = is_cut or any(len({p.shard for _, p in found}) > _NAMED for found in groups)
    for resource in resources:
        of_one_kind = {problem.kind for problem in resource.problems} == {"unknown key"}
        more = resource.problem_count - len(resource.problems)
        if more and not of_one_kind:
            yield f"{resource.name}: and {more:,} more like these."
    if is_cut:
        yield f"  `{ALL}` shows them one by one."


def _alike(resources: Iterable[ResourceSummary]) -> dict[tuple[str, str, str, str], Found]:
    alike: dict[tuple[str, str, str, str], Found] = {}
    for resource in resources:
        for problem in resource.problems:
            # A vendor's message about an unknown key names that key.
            text = "" if problem.kind == "unknown key" else _of_any(resource, problem)
            group = (resource.connection, problem.kind, text, problem.hint)
            alike.setdefault(group, []).append((resource, problem))
    return alike


def _paragraphs(groups: Sequence[Found]) -> Iterator[str]:
    """A line a group; a hint once, behind the last of those in a row that have it."""
    hints = [found[0][1].hint for found in groups]
    for found, hint, next_hint in zip(groups, hints, [*hints[1:], ""], strict=True):
        yield _paragraph(found)
        if hint and hint != next_hint:
            yield f"  {hint}"


def _paragraph(found: Found) -> str:
    names = _names([resource for resource, _ in found])
    problem = found[0][1]
    shards = list(dict.fromkeys(p.shard for _, p in found if p.shard not in {"", "all"}))
    if problem.kind == "unknown key" and len(shards) > 1:
        counts = list(dict.fromkeys(resource.unknown_keys for resource, _ in found))
        if len(counts) == 1:  # mostly the same keys; if not, as many as are noted
            counts = [max(counts[0], len(shards))]
        keys = " and ".join(f"{count:,}" for count in counts)
        return f"{names}: {keys} keys are unknown to the vendor: {first_few(shards, max(counts))}"
    what = f"{problem.kind} {first_few(shards)}".rstrip()
    return f"{names}: {what}: {without_long_query(problem.message)}"


def _of_any(resource: ResourceSummary, problem: Problem) -> str:
    """What a problem says, whichever resource and key it names."""
    message = problem.message.replace(resource.name, "RESOURCE")
    if problem.shard in {"", "all"}:
        return message
    keys = {problem.shard, quote(problem.shard, safe="")}
    return _PART.sub(lambda found: "KEY" if found[0] in keys else found[0], message)


def _names(resources: Sequence[ResourceSummary]) -> str:
    """Resources of one connection: `acme.invoices, calls`."""
    first, *others = dict.fromkeys(resource.name for resource in resources)
    return ", ".join([first, *(name.partition(".")[2] for name in others)])
