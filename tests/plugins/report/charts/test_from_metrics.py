"""From a store over its metrics to charts: the numbers are those of the metrics."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from duetrail.model import AgentKind, CallOutcome, Party
from duetrail.stores import Store, open_store
from duetrail.stores.metrics import MetricParameters, MetricRows, read_metric
from duetrail_report.charts import (
    Chart,
    ageing_charts,
    agents_chart,
    attempts_chart,
    coming_charts,
    effort_charts,
    funnel_chart,
    hours_chart,
    past_charts,
)
from support.books import ON, about, call, email, fill, invoice, paid


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    one = open_store("sqlite:///store.db", folder=tmp_path, create=True)
    yield one
    one.close()


def _ask(store: Store, name: str) -> MetricRows:
    return read_metric(store, name, MetricParameters(on=ON))


def _every_chart(store: Store) -> Iterator[Chart]:
    yield from ageing_charts(_ask(store, "ar_ageing_by_customer"))
    yield from coming_charts(_ask(store, "ar_coming"))
    yield from effort_charts(_ask(store, "touches_by_week"), _ask(store, "cash_by_week"))
    yield attempts_chart(_ask(store, "touch_yield"))
    yield agents_chart(_ask(store, "yield_by_agent"))
    yield funnel_chart(_ask(store, "email_rates"), _ask(store, "emails_paid"))
    yield hours_chart(_ask(store, "answer_hours"))
    yield from past_charts([(ON, _ask(store, "ar_dso"))])


def test_an_empty_store_gives_sentences(store: Store) -> None:
    """Every chart says that there is nothing; none fails."""
    charts = list(_every_chart(store))
    assert len(charts) == 8
    assert all(chart.is_empty for chart in charts)


def test_each_currency_has_its_own_ageing(store: Store) -> None:
    """Amounts of different ones are never in one chart."""
    fill(
        store,
        invoice("1", "10.10", "2026-03-01", customer_id="a", customer_name="Ann"),
        invoice("2", 20, "2026-05-01", customer_id="a", customer_name="Ann"),
        invoice("3", 7, currency="JPY", customer_id="b"),
    )
    yen, dollars = ageing_charts(_ask(store, "ar_ageing_by_customer"))
    assert (yen.currency, dollars.currency) == ("JPY", "USD")
    assert yen.columns == ("Customer", "No due date", "Total JPY")
    assert dollars.columns == ("Customer", "Not due", "1\u201330 days", "Total USD")
    assert dollars.rows[0] == ("Ann", Decimal(20), Decimal("10.10"), Decimal("30.10"))
    assert len({yen.id, dollars.id}) == 2


def test_without_people_customers_have_their_ids(store: Store) -> None:
    """The chart is the same but for the names."""
    fill(store, invoice("1", 10, customer_id="a", customer_name="Ann"), invoice("2", 10))
    (chart,) = ageing_charts(_ask(store, "ar_ageing_by_customer").without_people())
    assert [row[0] for row in chart.rows] == ["Customer a", "Customer not known", "All customers"]


def test_what_is_coming_has_eight_weeks(store: Store) -> None:
    """Weeks in which nothing is due are there, too."""
    fill(store, invoice("1", 10, "2026-04-01", promised_to_pay_on=date(2026, 4, 30)))
    (chart,) = coming_charts(_ask(store, "ar_coming"))
    assert [row[2] for row in chart.rows] == [Decimal(10), *[Decimal(0)] * 7]
    assert chart.rows[4][4] == Decimal(10)


def test_effort_is_shown_for_each_currency_of_cash(store: Store) -> None:
    """The touches are the same in each."""
    fill(
        store,
        *(paid("1", 10, "2026-03-30"), paid("2", 5, "2026-03-30", currency="EUR")),
        *(call("1", "2026-03-31"), email("2", "2026-03-31")),
    )
    charts = effort_charts(_ask(store, "touches_by_week"), _ask(store, "cash_by_week"))
    assert [chart.currency for chart in charts] == ["EUR", "USD"]
    assert [chart.rows[-1][1:] for chart in charts] == [
        (1, 1, 1, Decimal(5)),
        (1, 1, 1, Decimal(10)),
    ]
    assert charts[0].columns == ("Week", "Calls", "Emails", "Payments", "Cash EUR")


def test_weekdays_and_connections_are_added_up(store: Store) -> None:
    """What works tells channels and attempts apart, the funnel neither."""
    one, two = paid("1", 10, "2026-03-10"), invoice("2", 10)
    human = {"agent_kind": AgentKind.HUMAN}
    touches = [
        (call("1", "2026-03-02", **human), one),
        (call("2", "2026-03-03", **human), two),
        (email("3", "2026-03-04"), one),
        (email("4", "2026-03-04", connection="other", bounced=True), two),
        (email("5", "2026-03-04", connection="other"), two),
    ]
    links = [link for touch, about_it in touches for link in about(touch, about_it)]
    fill(store, one, two, *(touch for touch, _ in touches), links=links)
    attempts = attempts_chart(_ask(store, "touch_yield"))
    assert attempts.rows[0][:4] == ("Calls", "1", 2, 1)
    assert agents_chart(_ask(store, "yield_by_agent")).rows[0][:4] == ("Calls", "Human", 2, 1)
    funnel = funnel_chart(_ask(store, "email_rates"), _ask(store, "emails_paid"))
    assert [row[1:3] for row in funnel.rows] == [(3, 3), (2, 3), (0, 2), (1, 2)]


def test_answers_are_shown_where_calls_are_many(store: Store) -> None:
    """Twenty calls at ten on Mondays, eight of them answered."""
    calls = [
        call(
            str(at), "2026-03-02T10:30:00", f"+1 202 555 {at:04}", customer_id="a",
            outcome=CallOutcome.ANSWERED if at < 8 else CallOutcome.NO_ANSWER,
        )
        for at in range(20)
    ]  # fmt: skip
    fill(store, Party(connection="voice", id="a", timezone="Etc/UTC"), *calls)
    assert hours_chart(_ask(store, "answer_hours")).rows == (("Mon", "10:00", 20, 8, "40%"),)


def test_past_days_are_drawn_where_there_are_two(store: Store) -> None:
    """One day is no line."""
    fill(store, invoice("1", 10, "2026-03-01"))
    rows = _ask(store, "ar_dso")
    (alone,) = past_charts([(ON, rows)])
    assert alone.is_empty
    (chart,) = past_charts([(ON - timedelta(days=7), rows), (ON, rows)])
    assert chart.rows[1] == ("31 Mar 2026", Decimal("90.0"), Decimal("0.0"), Decimal(10))
