"""The report as one page of HTML."""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from duetrail import Project
from duetrail.stores.metrics import MetricParameters
from duetrail.trail.drawing import TRAIL_CSS
from duetrail_report import charts
from duetrail_report.act import actions, as_link, called_again, called_too_often
from duetrail_report.drilldown import customer_link, drill_down
from duetrail_report.numbers import Numbers, Scope, shortened
from duetrail_report.packing import Packer
from duetrail_report.templates import environment
from duetrail_report.tiles import tiles
from duetrail_report.trust import MOST, trust

_PARTS = (
    ("tiles", "In short"),
    ("ageing", "Ageing"),
    ("coming", "Coming"),
    ("effort", "Effort"),
    ("works", "What works"),
    ("hours", "When to call"),
    ("past", "As it was"),
    ("act", "Act today"),
    ("customers", "Customers"),
    ("doubts", "Doubts"),
    ("formulas", "Formulas"),
)

# Rows of CSV that a page has for each currency, without --all.
_MOST_ACTIONS = 500


def write_report(project: Project, file: str | Path, on: date, **options: Any) -> int:
    """Write the report to a file; how many bytes it has.

    Args:
        project: The project, or one of another store.
        file: The file, which only its owner may read; one that is there is replaced.
        on: The day that is looked at, to its end in UTC.
        **options: Those of `render_report`.

    Raises:
        UsageError: A connection is not known, or the store does not know the past day.
        StoreError: There is no store, or it cannot be used.
        OSError: The file cannot be written.
    """
    page = render_report(project, on, **options).encode()
    _replace(Path(file), page)
    return len(page)


def _replace(file: Path, content: bytes) -> None:
    """Put a file in its place as a whole, for its owner only, as the store is."""
    file = file.resolve()  # a link stays one
    if file.exists() and not file.is_file():
        file.write_bytes(content)  # a device or a pipe, such as /dev/null, must stay what it is
        return
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
        draft.replace(file)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


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
    env = environment()
    money = tiles(numbers)
    found = actions(numbers, whole=whole)
    down = drill_down(env, project, numbers, packer, whole)
    groups = [
        (one.currency, [action for action in found if action.currency == one.currency])
        for one in money
    ]
    most = None if whole else _MOST_ACTIONS
    told = [action for _, some in groups for action in some[:most]]
    style = "\n".join((_file("page.css"), charts.CSS, TRAIL_CSS))
    script = _file("page.js")
    given = MetricParameters(on=on)
    context: dict[str, Any] = {
        "scope": scope,
        "served": filters,
        "trust": trust(project, numbers),
        "parts": _PARTS,
        "money": money,
        **_charts(numbers, [one.currency for one in money], given.within_days, whole),
        "within_days": given.within_days,
        "days": given.days,
        "most_calls": given.most_calls,
        "actions": found,
        "action_groups": groups,
        "actions_in_csv": len(told),
        "csv": as_link(told),
        "called": called_too_often(numbers, whole=whole),
        "again": called_again(numbers, whole=whole),
        "again_count": numbers.count("called_after_conversation", {}),
        "quiet_days": given.quiet_days,
        "most": MOST,
        "customer_link": lambda one: customer_link(one, down),
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


def _charts(
    numbers: Numbers, currencies: Sequence[str], within_days: int, whole: bool
) -> dict[str, list[charts.Chart]]:
    ask = numbers.metric
    named = partial(shortened, whole=whole)

    def ordered(found: Iterable[charts.Chart]) -> list[charts.Chart]:
        """The charts of money with the currency first that has most open items."""
        places = {currency: place for place, currency in enumerate(currencies)}
        return sorted(found, key=lambda chart: places.get(chart.currency or "", len(places)))

    return {
        "ageing": ordered(charts.ageing_charts(ask("ar_ageing_by_customer"), shown=named)),
        "coming": ordered(charts.coming_charts(ask("ar_coming"))),
        "effort": ordered(charts.effort_charts(ask("touches_by_week"), ask("cash_by_week"))),
        "works": [
            charts.attempts_chart(ask("touch_yield"), within_days),
            charts.agents_chart(ask("yield_by_agent"), within_days),
            charts.funnel_chart(ask("email_rates"), ask("emails_paid"), within_days),
        ],
        "hours": [charts.hours_chart(ask("answer_hours"))],
        "past": ordered(charts.past_charts(numbers.past("ar_dso"))),
    }


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


def _policy(style: str, script: str, *, is_served: bool) -> str:
    """What the page may do: its own script and style, and nothing else."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'self'" if is_served else "form-action 'none'",
        )
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _file(name: str) -> str:
    return (Path(__file__).parent / "page" / name).read_text(encoding="utf-8")
