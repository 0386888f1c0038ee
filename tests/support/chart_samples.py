"""Made-up rows for every chart of the report: a company with customers of every kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from duetrail_report.charts.ageing import AgeingRow, ageing_chart
from duetrail_report.charts.agents import AgentRow, agents_of
from duetrail_report.charts.attempts import AttemptRow, attempts_of
from duetrail_report.charts.chart import Chart
from duetrail_report.charts.coming import ComingRow, coming_chart
from duetrail_report.charts.effort import CashRow, TouchesRow, effort_chart
from duetrail_report.charts.funnel import Funnel, funnel_of
from duetrail_report.charts.hours import HourRow, hours_of
from duetrail_report.charts.past import PastRow, past_chart
from duetrail_report.charts.style import CSS

MONDAY = date(2026, 3, 30)
"""The week of the day that the samples look at."""

BUCKETS = ("current", "1-30", "31-60", "61-90", "90+", "no due date")
"""The buckets of an ageing, in order."""

NAMES = (
    "Northwind Traders", "Blue Yonder Airlines", "Contoso", "Kestrel & Sons (Holdings) Limited",
    "Gebrüder Müller Maschinenbau GmbH & Co. Kommanditgesellschaft", "شركة النور للتجارة",
    "חברת האור בע״מ", "株式会社東京システムズ", "Wide World Importers", "Tailspin Toys",
    "<script>alert(1)</script>", "Adatum", "=HYPERLINK(\"http://x\")", "Lucerne Publishing",
    "Proseware", "Margie's Travel", "Fourth Coffee", "Woodgrove Bank", "Litware", "Fabrikam",
    "Trey Research", "Coho Winery",
)  # fmt: skip
"""Names of customers: long ones, some of other scripts, and hostile ones."""


def week(number: int) -> date:
    """The Monday some weeks after `MONDAY`, or before it."""
    return MONDAY + timedelta(weeks=number)


def ageing_rows(currency: str = "USD") -> list[AgeingRow]:
    """What each customer owes; the one named last has a credit."""
    random = Random(7)
    rows = []
    for place, name in enumerate(NAMES):
        size = Decimal(180_000) / (place + 2)
        for position, bucket in enumerate(BUCKETS, 1):
            if random.random() < 0.6 or (place == 0 and position < 6):
                amount = (size * Decimal(random.randint(1, 100)) / 100).quantize(Decimal("0.01"))
                row = (f"c{place}",), name, currency, position, bucket, 1 + place % 4, amount
                rows.append(AgeingRow(*row))
    return rows


def coming_rows(currency: str = "USD") -> list[ComingRow]:
    """Eight weeks."""
    due = (84_200, 132_750, 61_300, 0, 45_900, 98_400, 23_100, 12_650)
    promised = (31_000, 18_500, 42_250, 9_900, 0, 0, 5_000, 0)
    return [
        ComingRow(currency, week(at), one // 9000, Decimal(one), other // 8000, Decimal(other))
        for at, (one, other) in enumerate(zip(due, promised, strict=True))
    ]


def touches_rows(weeks: int = 14) -> list[TouchesRow]:
    """Calls, emails, text messages and letters."""
    random = Random(3)
    sizes = {"call": 90, "email": 140, "sms": 30, "letter": 8}
    return [
        TouchesRow(week(at - weeks + 1), channel, round(size * (0.5 + random.random())))
        for at in range(weeks)
        for channel, size in sizes.items()
    ]


def cash_rows(currency: str = "USD", weeks: int = 14) -> list[CashRow]:
    """Cash of each week; one of them paid back more than came in."""
    random = Random(5)
    amounts = [Decimal(random.randint(20_000_00, 140_000_00)) / 100 for _ in range(weeks)]
    amounts[weeks // 3] = Decimal("-12400.10")
    return [CashRow(currency, week(at - weeks + 1), 3 + at, one) for at, one in enumerate(amounts)]


def attempt_rows() -> list[AttemptRow]:
    """Calls, emails and text messages; of the last few."""
    counts = {
        "call": ((412, 92), (301, 81), (188, 44), (97, 15), (61, 8)),
        "email": ((1210, 170), (940, 102), (610, 61), (388, 30), (702, 33)),
        "sms": ((140, 26), (88, 18), (35, 9), (12, 5)),
        "letter": ((44, 9), (21, 6), (7, 3)),
    }
    return [
        AttemptRow(channel, attempt, touches, paid)
        for channel, rows in counts.items()
        for attempt, (touches, paid) in enumerate(rows, 1)
    ]


def agent_rows() -> list[AgentRow]:
    """People and machines that call and write."""
    return [
        AgentRow("call", "human", 420, 118),
        AgentRow("call", "ai", 639, 122),
        AgentRow("email", "human", 310, 40),
        AgentRow("email", "automation", 3540, 356),
        AgentRow("sms", "ai", 14, 5),
        AgentRow("sms", "unknown", 261, 53),
    ]


FUNNEL = Funnel(3850, 3702, 604, 2911, 396)
"""Emails."""


def hour_rows() -> list[HourRow]:
    """Calls on working days, and a few on Saturday."""
    random = Random(11)
    rows = []
    for weekday in range(1, 7):
        for hour in range(8, 19):
            calls = random.randint(14, 90) if weekday < 6 else random.randint(0, 9)
            share = 0.18 + 0.3 * (10 <= hour <= 11) + 0.14 * (hour >= 16) + random.random() * 0.12
            rows.append(HourRow(weekday, hour, calls, round(calls * share)))
    return rows


def past_rows(currency: str = "USD") -> list[PastRow]:
    """A quarter; one day has no sales, and so no DSO."""
    return [
        PastRow(
            currency,
            week(at - 12),
            Decimal(1_250_000) - 31_000 * at + 9_000 * (at % 4),
            None if at == 3 else 58.4 - at * 0.9 + (at % 3),
            None if at == 3 else 31.2 + (at % 4) * 0.6,
        )
        for at in range(13)
    ]


def charts() -> Iterator[Chart]:
    """Every chart, with much to show and with nothing."""
    yield ageing_chart(ageing_rows())
    yield coming_chart(coming_rows())
    yield effort_chart(touches_rows(), cash_rows())
    yield attempts_of(attempt_rows())
    yield agents_of(agent_rows())
    yield funnel_of(FUNNEL)
    yield hours_of(hour_rows())
    yield past_chart(past_rows())
    yield ageing_chart([], "no-ageing")
    yield coming_chart([], "no-coming")
    yield effort_chart([], [], "no-effort")
    yield attempts_of([], id="no-attempts")
    yield agents_of([], id="no-agents")
    yield funnel_of(Funnel(0, 0, 0, 0, 0), id="no-funnel")
    yield hours_of([], "no-hours")
    yield past_chart([], "no-past")


def odd_charts() -> Iterator[Chart]:
    """Charts that are hard to draw: huge, tiny, negative, alone, many, long."""
    vast, one = Decimal(10) ** 14, Decimal("0.01")
    labels = ["current", *(f"{at * 10 + 1}-{at * 10 + 10}" for at in range(24)), "241+"]
    lines = [AgeingRow(("c",), "One", "JPY", at, label, 1, one) for at, label in enumerate(labels)]
    yield ageing_chart(lines, "odd-buckets")
    credits = [
        AgeingRow((str(at),), "W" * 80, "USD", 1, "1-30", 1, (-3) ** at * vast) for at in range(3)
    ]
    yield ageing_chart(credits, "odd-credits")
    yield coming_chart([ComingRow("USD", week(300_000), 1, one, 0, Decimal(0))], "odd-week")
    yield coming_chart(
        [ComingRow("USD", week(at), 1, -vast, 1, vast) for at in range(8)], "odd-due"
    )
    yield effort_chart(touches_rows(523), cash_rows("USD", 523), "odd-years")
    yield effort_chart([TouchesRow(MONDAY, "pigeon", 1)], [], "odd-touch")
    many = [AttemptRow(f"channel {at}", 1, 10**at, 10**at // 2) for at in range(7)]
    yield attempts_of(many, 366, "odd-channels")
    yield agents_of([AgentRow("W" * 40, "M" * 40, 1, 0)], id="odd-agent")
    yield funnel_of(Funnel(10**9, 10**9, 1, 0, 0), 366, "odd-emails")
    yield hours_of([HourRow(7, hour, 10**6, 10**6) for hour in range(24)], "odd-hours")
    past = [PastRow("USD", week(at * 40_000), -vast, None, 0.0) for at in range(2)]
    yield past_chart(past, "odd-past")


def page(shown: Iterable[Chart] | None = None) -> str:
    """A page of charts; of all but the odd ones unless others are given."""
    ground = (
        "body { margin: 0 auto; padding: 32px 16px; max-width: 820px; "
        "background: var(--chart-surface); } .chart { margin: 0 0 56px; }"
    )
    figures = "\n".join(chart.__html__() for chart in (charts() if shown is None else shown))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Charts</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<style>{CSS}{ground}</style><body>{figures}</body></html>"
    )
