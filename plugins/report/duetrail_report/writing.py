"""The report as one page of HTML."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

from attrs import frozen
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from duetrail import Project
from duetrail.model import Invoice, Money
from duetrail.stores.metrics import MetricParameters
from duetrail.trail.drawing import TRAIL_CSS, draw_trail
from duetrail.trail.markup import clean
from duetrail_report import charts
from duetrail_report.act import Action, actions, as_link, called_too_often
from duetrail_report.customers import Customer, customers, trails
from duetrail_report.numbers import Numbers, Scope, shown_time
from duetrail_report.packing import Packer
from duetrail_report.tiles import tiles
from duetrail_report.trust import MOST, trust

_PARTS = (
    ("tiles", "In short"),
    ("ageing", "Ageing"),
    ("coming", "Coming"),
    ("effort", "Effort"),
    ("works", "What works"),
    ("hours", "When to call"),
    ("act", "Act today"),
    ("customers", "Customers"),
    ("doubts", "Doubts"),
    ("formulas", "Formulas"),
)

# Customers that are on the page as they are; the others come in compressed ranges of so many.
_RANGE = 200

# Bytes of compressed trails and rows of CSV that a page has, without --all: mail takes such a file.
_MOST_BYTES = 2_600_000
_MOST_ACTIONS = 3_000


@frozen
class Range:
    """Customers that are listed when somebody asks for them.

    Attributes:
        number: The block that lists them.
        first: The place of the first one, counted from 0.
        last: The place of the last one.
    """

    number: int
    first: int
    last: int


@frozen(kw_only=True)
class DrillDown:
    """The customers of a page.

    Attributes:
        first: The entries that are on the page as they are.
        ranges: The others.
        places: The place of each customer.
        customer_count: How many customers there are.
        invoice_count: How many invoices they have.
        omissions: What is left out, in sentences.
    """

    first: Sequence[Markup]
    ranges: Sequence[Range]
    places: dict[tuple[str, str], int]
    customer_count: int
    invoice_count: int
    omissions: Sequence[str]


def write_report(project: Project, file: str | Path, on: date, **options: Any) -> int:
    """Write the report to a file; how many bytes it has.

    Args:
        project: The project, or one of another store.
        file: The file; one that is there is replaced.
        on: The day that is looked at, to its end in UTC.
        **options: Those of `render_report`.

    Raises:
        UsageError: A connection is not known, or the store does not know the past day.
        StoreError: There is no store, or it cannot be used.
        OSError: The file cannot be written.
    """
    page = render_report(project, on, **options).encode()
    Path(file).write_bytes(page)
    return len(page)


def render_report(
    project: Project,
    on: date,
    *,
    as_of: date | None = None,
    connections: Sequence[str] = (),
    with_people: bool = True,
    whole: bool = False,
    filters: Sequence[str] = (),
) -> str:
    """The report as a page of HTML that asks for nothing.

    Args:
        project: The project, or one of another store.
        on: The day that is looked at, to its end in UTC.
        as_of: The day at whose end records are taken from history; None for now.
        connections: Only these connections; all of them if empty.
        with_people: Whether names, addresses and what people wrote are shown.
        whole: Whether old invoices and long texts are there, however large the page gets.
        filters: The connections to choose from, for a page that a server makes anew.

    Raises:
        UsageError: A connection is not known, or the store does not know the past day.
        StoreError: There is no store, or it cannot be used.
    """
    for name in connections:
        project.refuse_unknown(name)
    scope = Scope(on=on, as_of=as_of, connections=tuple(connections), with_people=with_people)
    numbers = Numbers(project, scope)
    packer = Packer()
    env = _environment()
    found = actions(numbers)
    down = _drill_down(env, project, numbers, packer, whole)
    told = found if whole else found[:_MOST_ACTIONS]
    style = "\n".join((_file("page.css"), charts.CSS, TRAIL_CSS))
    script = _file("page.js")
    given = MetricParameters(on=on)
    context: dict[str, Any] = {
        "scope": scope,
        "served": filters,
        "trust": trust(project, numbers),
        "parts": _PARTS,
        "money": tiles(numbers),
        **_charts(numbers, given.within_days),
        "within_days": given.within_days,
        "days": given.days,
        "most_calls": given.most_calls,
        "actions": found,
        "actions_in_csv": len(told),
        "csv": as_link(told),
        "called": called_too_often(numbers),
        "most": MOST,
        "customer_link": lambda one: _link(one, down),
        "first_customers": down.first,
        "customer_blocks": down.ranges,
        "customer_count": down.customer_count,
        "invoice_count": down.invoice_count,
        "omissions": down.omissions,
        "digest": project.status(with_digest=True)["digest"],
        "versions": (metadata.version("duetrail"), metadata.version("duetrail-report")),
        "style": Markup(style),
        "script": Markup(script),
        "policy": _policy(style, script, is_served=bool(filters)),
    }
    context["metrics"] = _formulas(env, numbers, packer)
    packer.close()
    context["blocks"] = packer.blocks
    return env.get_template("report.html").render(context)


def _charts(numbers: Numbers, within_days: int) -> dict[str, Any]:
    ask = numbers.metric
    return {
        "ageing": charts.ageing_charts(ask("ar_ageing_by_customer")),
        "coming": charts.coming_charts(ask("ar_coming")),
        "effort": charts.effort_charts(ask("touches_by_week"), ask("cash_by_week")),
        "works": [
            charts.attempts_chart(ask("touch_yield"), within_days),
            charts.agents_chart(ask("yield_by_agent"), within_days),
            charts.funnel_chart(ask("email_rates"), ask("emails_paid"), within_days),
        ],
        "hours": charts.hours_chart(ask("answer_hours")),
        "past": (),
    }


# --- customers -----------------------------------------------------------------------------------


def _drill_down(
    env: Environment, project: Project, numbers: Numbers, packer: Packer, whole: bool
) -> DrillDown:
    found = customers(project, numbers, whole=whole)
    names = sorted({one.key.connection for one in found} | _connections(project))
    places = _packed(env, project, found, numbers.scope, packer, whole, names)
    missing = sum(len(one.invoices) for one in found[len(places) :])
    older = sum(one.left_out for one in found)
    entry = env.get_template("customer.html")
    entries = [
        Markup(entry.render(customer=one, place=place, at=at, count=_count(one)))
        for place, (one, at) in enumerate(_zipped(found, places))
    ]
    ranges = []
    for first in range(_RANGE, len(entries), _RANGE):
        some = entries[first : first + _RANGE]
        packer.close()
        for one in some:
            packer.add(one)
        ranges.append(Range(len(packer.blocks), first, first + len(some) - 1))
    packer.close()
    return DrillDown(
        first=entries[:_RANGE],
        ranges=ranges,
        places={one.key: place for place, one in enumerate(found)},
        customer_count=len(found),
        invoice_count=sum(len(one.invoices) + one.left_out for one in found),
        omissions=list(_omissions(missing, older, whole)),
    )


def _packed(
    env: Environment,
    project: Project,
    found: Sequence[Customer],
    scope: Scope,
    packer: Packer,
    whole: bool,
    names: Sequence[str],
) -> list[tuple[int, int]]:
    """Where the invoices of each customer are, as far as there is room on the page."""
    template = env.get_template("invoices.html")
    places = []
    for one, told in zip(found, trails(project, found, scope, whole=whole), strict=False):
        if packer.used > _MOST_BYTES and not whole:
            break
        fragment = template.render(
            customer=one,
            timelines=told,
            draw=lambda told: Markup(draw_trail(told, colours=names)),
            status=_status,
            amount=_amount,
        )
        places.append(packer.add(fragment))
    packer.close()
    return places


def _zipped(
    found: Sequence[Customer], places: Sequence[tuple[int, int]]
) -> Iterator[tuple[Customer, tuple[int, int] | None]]:
    for place, one in enumerate(found):
        yield one, places[place] if place < len(places) else None


def _omissions(missing: int, older: int, whole: bool) -> Iterator[str]:
    if missing:
        yield (
            f"There is no room for {missing:,} invoices of the last customers; --all includes them."
        )
    if older:
        yield (
            f"{older:,} older invoices of customers with very many are left out; "
            "--all includes them."
        )
    if not whole:
        yield "Texts of more than 600 characters are shortened; --all has them whole."


def _count(one: Customer) -> str:
    count = len(one.invoices) + one.left_out
    return f"{count:,} invoice{'' if count == 1 else 's'}"


def _connections(project: Project) -> set[str]:
    counts = project.status()["counts"]
    return {*counts}


def _link(one: Action, down: DrillDown) -> Markup:
    place = down.places.get((one.connection, one.customer_id or ""))
    name = clean(one.customer)
    if place is None:
        return Markup("<bdi>{}</bdi>").format(name)
    return Markup('<a href="#c{}"><bdi>{}</bdi></a>').format(place, name)


def _status(invoice: Invoice | None) -> str:
    if invoice is None:
        return "named by others only"
    word = invoice.status_raw if invoice.status in (None, "unknown") else invoice.status
    words = [(word or "").replace("_", " ")]
    due = invoice.due_on or (invoice.due_at.date() if invoice.due_at else None)
    words.append(f"due {due}" if due else "no due date")
    return ", ".join(filter(None, words))


def _amount(invoice: Invoice | None) -> str:
    """What is left to pay, else the total."""
    if invoice is None:
        return ""
    left, total = invoice.amount_remaining, invoice.total
    if left is not None and (left.amount or left.minor):
        return f"{_money(left)} left"
    return _money(total) if total is not None else ""


def _money(money: Money) -> str:
    if money.amount is None:
        return f"{money.minor} minor units of {money.currency or 'an unknown currency'}"
    return f"{money.amount:,f} {money.currency or ''}".strip()


# --- the page ------------------------------------------------------------------------------------


def _formulas(
    env: Environment, numbers: Numbers, packer: Packer
) -> list[tuple[Any, dict[str, Any], tuple[int, int]]]:
    """Each metric that was asked, with its parameters, and the block that has its SQL."""
    template = env.from_string('<button class="copy">Copy the SQL</button><pre>{{ sql }}</pre>')
    packer.close()
    return [
        (found.metric, given, packer.add(template.render(sql=found.sql)))
        for found, given in numbers.asked.values()
    ]


def _environment() -> Environment:
    """Templates in which every text is escaped, and holds no secret."""
    env = Environment(
        loader=PackageLoader("duetrail_report", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_cleaned,
    )
    env.globals["time"] = shown_time
    return env


def _cleaned(value: Any) -> Any:
    """A text as a page can show it; markup is there already."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _policy(style: str, script: str, *, is_served: bool) -> str:
    """What the page may do: its own script and style, and nothing else."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "img-src data:",
            "base-uri 'none'",
            f"form-action {chr(39)}{'self' if is_served else 'none'}{chr(39)}",
        )
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _file(name: str) -> str:
    return (Path(__file__).parent / "page" / name).read_text(encoding="utf-8")
