"""The rules of the trail: `[[trail.same_invoice]]` and `[[trail.touch]]`, read and checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from duetrail.errors import ConfigError, did_you_mean
from duetrail.model import Call, Callout, Email, Invoice
from duetrail.stores import table_of

Connections = Mapping[str, Any]


@frozen
class SameInvoice:
    """A rule by which invoices of several connections are one and the same.

    Attributes:
        name: What links made by it are marked with.
        invoices: The connections and, of each, the column whose values must be equal.
    """

    name: str
    invoices: tuple[tuple[str, str], ...]


@frozen
class TouchRule:
    """A rule by which touches that name no invoice are linked to one.

    Attributes:
        name: What links made by it are marked with.
        by: What it goes by: `number`, `contact` or `thread`.
        touches: The connection and the table of the touches.
        invoices: The connection of the invoices, and the column that is compared by `number`;
            both are empty where the rule needs none.
    """

    name: str
    by: str
    touches: tuple[str, str]
    invoices: tuple[str, str] = ("", "")


_KINDS = ("same_invoice", "touch")

# What touches a rule may be about. Only an email has a subject and a thread.
_TABLES = {
    "number": (Email.table,),
    "contact": (Call.table, Email.table, Callout.table),
    "thread": (Email.table,),
}

_FORMS = """Write it like one of:
    name = "number in the subject", by = "number", touches = "mailbox:emails", \
invoices = "stripe:number"
    name = "telephone", by = "contact", touches = "twilio:calls", invoices = "stripe"
    name = "thread", by = "thread", touches = "mailbox:emails\""""


def rules_of(
    file: Path, trail: Any, connections: Connections
) -> tuple[tuple[SameInvoice, ...], tuple[TouchRule, ...]]:
    """The rules that the tables of `trail` say: which invoices are the same, and of touches.

    Args:
        file: The configuration.
        trail: What it says under `trail`.
        connections: The configured connections.

    Raises:
        ConfigError: A rule says something unknown.
    """
    given: Mapping[str, Any] = trail if isinstance(trail, dict) else {"": trail}
    lists: list[Any] = [given.get(kind, []) for kind in _KINDS]
    if set(given) - {*_KINDS} or not all(isinstance(one, list) for one in lists):
        raise ConfigError(
            f"{file}: [trail] takes rules, each as [[trail.same_invoice]] or [[trail.touch]]"
        )
    same, touch = lists
    rules = tuple(_touch_rule(file, rule, connections) for rule in touch)
    _refuse_twice(file, [rule.name for rule in rules])
    return tuple(_same_invoice(file, rule, connections) for rule in same), rules


def _same_invoice(file: Path, rule: Any, connections: Connections) -> SameInvoice:
    where = f"{file}: [[trail.same_invoice]]"
    match rule:
        case {"name": str(name), "invoices": [_, _, *_] as sides} if len(rule) == 2:
            pairs = tuple(_column(where, side, connections) for side in sides)
            return SameInvoice(name, pairs)
    raise ConfigError(
        f"{where} takes a name and the invoices that are the same",
        hint='Write it like: name = "same number", invoices = ["stuut:number", "exante:number"].',
    )


def _touch_rule(file: Path, rule: Any, connections: Connections) -> TouchRule:
    where = f"{file}: [[trail.touch]]"
    match rule:
        case {"name": str(name), "by": "number" | "contact" as by, "touches": str(touches)} if (
            name and {*rule} == {"name", "by", "touches", "invoices"}
        ):
            read: Callable[..., tuple[str, str]] = _column if by == "number" else _connection
            invoices = read(where, rule["invoices"], connections)
            return TouchRule(name, by, _touches(where, touches, by, connections), invoices)
        case {"name": str(name), "by": "thread" as by, "touches": str(touches)} if (
            name and len(rule) == 3
        ):
            return TouchRule(name, by, _touches(where, touches, by, connections))
    raise ConfigError(
        f"{where} takes a name, what it goes by, the touches and, unless by thread, the invoices",
        hint=_FORMS,
    )


def _refuse_twice(file: Path, names: list[str]) -> None:
    """Refuse two rules of one name: nobody could tell their links apart."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError(
            f"{file}: [[trail.touch]] has two rules called {twice[0]!r}",
            hint="Give each a name of its own: links are marked with it.",
        )


def _touches(where: str, text: str, by: str, connections: Connections) -> tuple[str, str]:
    connection, _, table = text.partition(":")
    _known(where, connection, connections)
    if table not in _TABLES[by]:
        raise ConfigError(
            f"{where}: no touches {table!r} can be linked by {by}",
            hint=f'Write touches = "{connection}:{_TABLES[by][0]}"; by {by} there are '
            f"{', '.join(_TABLES[by])}.",
        )
    return connection, table


def _connection(where: str, name: Any, connections: Connections) -> tuple[str, str]:
    return _known(where, str(name), connections), ""


def _column(where: str, side: Any, connections: Connections) -> tuple[str, str]:
    connection, _, column = str(side).partition(":")
    _known(where, connection, connections)
    columns = [c.name for c in table_of(Invoice.table).columns if c.sql == "TEXT"]
    if column not in columns:
        hint = did_you_mean(column, columns)
        raise ConfigError(f"{where}: invoices have no column {column!r} to compare", hint=hint)
    return connection, column


def _known(where: str, connection: str, connections: Connections) -> str:
    """The name of a connection that is configured."""
    if connection not in connections:
        hint = did_you_mean(connection, connections)
        raise ConfigError(f"{where} names a connection {connection!r} that is not there", hint=hint)
    return connection
