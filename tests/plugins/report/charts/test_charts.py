"""Every chart: its names, its numbers, its colours, and what it does with odd rows."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duetrail_report.charts.ageing import AgeingRow, ageing_chart
from duetrail_report.charts.agents import AgentRow, agents_of
from duetrail_report.charts.attempts import AttemptRow, attempts_of
from duetrail_report.charts.channels import channel_key
from duetrail_report.charts.chart import Chart
from duetrail_report.charts.coming import ComingRow, coming_chart
from duetrail_report.charts.effort import CashRow, TouchesRow, effort_chart
from duetrail_report.charts.funnel import Funnel, funnel_of
from duetrail_report.charts.hours import HourRow, hours_of
from duetrail_report.charts.marks import Key
from duetrail_report.charts.past import past_days
from duetrail_report.charts.style import CSS
from support.chart_samples import BUCKETS, NAMES, cash_rows, charts, page, touches_rows, week
from support.nightly import examples

CHARTS = {chart.id: chart for chart in charts()}
FULL = [chart for chart in CHARTS.values() if not chart.is_empty]
EMPTY = [chart for chart in CHARTS.values() if chart.is_empty]

PLACES = list(enumerate(BUCKETS, 1))

AMOUNTS = st.decimals(-(10**13), 10**13, places=2)


def _id(chart: Chart) -> str:
    return chart.id


def _read(chart: Chart) -> Element:
    return fromstring(chart.__html__())


def _cells(figure: Element) -> set[str]:
    """What stands in the table, in the words of each cell."""
    cells = [*figure.iter("td"), *figure.iter("th")]
    return {word for cell in cells for word in (cell.text or "").split()}


def _told(figure: Element) -> list[str]:
    """What a pointer is told by the marks of both drawings, without what it is of."""
    drawings = [svg for svg in figure.iter("svg") if svg.get("role") == "img"]
    marks = [node for svg in drawings for node in svg.iter() if node.get("class") != "chart-name"]
    titles = [node.findtext("title") for node in marks if node not in drawings]
    return [title.rpartition(": ")[2] for title in titles if title]


def _is_whole(chart: Chart) -> None:
    """Both drawings have no number that is none, and every number they tell is in the table."""
    figure = _read(chart)
    if chart.is_empty:
        assert figure.find("p") is not None
        return
    markup = chart.__html__()
    assert not re.search(r'"-?(nan|inf)', markup, re.IGNORECASE)
    cells = _cells(figure)
    for told in _told(figure):
        numbers = re.findall(r"-?\d[\d,]*(?:\.\d+)?%?", told.replace("95% interval", ""))
        assert set(numbers) <= cells, told


@pytest.mark.parametrize("chart", FULL, ids=_id)
def test_each_drawing_has_a_name_and_a_description(chart: Chart) -> None:
    """A reader of the screen hears both, of the wide drawing or of the narrow one."""
    figure = _read(chart)
    drawings = [svg for svg in figure.iter("svg") if svg.get("role") == "img"]
    assert len(drawings) == 2
    for svg in drawings:
        name, description = (svg.get("aria-labelledby") or "").split()
        assert (svg.findtext("title"), svg.find("title").get("id")) == (chart.name, name)  # type: ignore[union-attr]
        assert (svg.findtext("desc"), svg.find("desc").get("id")) == (chart.summary, description)  # type: ignore[union-attr]
        assert len(chart.summary) > 20


@pytest.mark.parametrize("chart", FULL, ids=_id)
def test_each_number_is_in_the_table(chart: Chart) -> None:
    """What a chart draws can be read beside it."""
    _is_whole(chart)
    assert len(_told(_read(chart))) > 6


@pytest.mark.parametrize("chart", EMPTY, ids=_id)
def test_nothing_is_told_in_a_sentence(chart: Chart) -> None:
    """There is no empty frame, and no table of nothing."""
    figure = _read(chart)
    assert (figure.findtext("p") or "").endswith(".")
    assert [node.tag for node in figure.iter() if node.tag in ("svg", "table")] == []


@pytest.mark.parametrize("chart", FULL, ids=_id)
def test_no_colour_is_written_in_a_chart(chart: Chart) -> None:
    """Colours are those of the custom properties: elements have classes, or a pattern's address."""
    for node in _read(chart).iter():
        assert not {"style", "stroke", "color", "bgcolor", "onload"} & set(node.keys())
        assert re.fullmatch(r"(url\(#[\w-]+\))?", node.get("fill", ""))


def test_rules_take_colours_from_properties_alone() -> None:
    """Each property is said for light and for dark, and no rule beside them has a colour."""
    light, dark = re.findall(r":root \{(.*?)\}", CSS)
    names = [set(re.findall(r"--chart-([\w-]+):", part)) for part in (light, dark)]
    assert names[0] == names[1]
    rules = CSS.replace(light, "").replace(dark, "")
    assert not re.search(r"#[0-9a-f]{3,8}\b|rgb|hsl|: (white|black|red|grey)", rules)
    assert set(re.findall(r"var\(--chart-([\w-]+)\)", rules)) <= names[0]
    drawn = {
        word.removeprefix("chart-")
        for chart in FULL
        for node in _read(chart).iter()
        for word in node.get("class", "").split()
    }
    coloured = {name for name in drawn if re.match(r"(age|by|heat|funnel)-", name)}
    assert coloured <= names[0]


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(one * weight for one, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("place", [0, 1], ids=["light", "dark"])
def test_text_can_be_read_on_its_ground(place: int) -> None:
    """A contrast of 4.5 or more, as the WCAG asks of text."""
    root = re.findall(r":root \{(.*?)\}", CSS)[place]
    colours = dict(re.findall(r"--chart-([\w-]+): (#\w+);", root))
    assert _contrast(colours["ink"], colours["surface"]) >= 7
    assert _contrast(colours["muted"], colours["surface"]) >= 4.5
    for at in range(1, 6):
        assert _contrast(colours[f"on-heat-{at}"], colours[f"heat-{at}"]) >= 4.5


@pytest.mark.parametrize("place", [0, 1], ids=["light", "dark"])
def test_the_age_of_debts_is_told_by_lightness(place: int) -> None:
    """Each bucket is darker than the one before it, so that it can be told without colour."""
    root = re.findall(r":root \{(.*?)\}", CSS)[place]
    colours = dict(re.findall(r"--chart-([\w-]+): (#\w+);", root))
    shades = [_luminance(colours[f"age-{at}"]) for at in range(1, 6)]
    assert shades == sorted(shades, reverse=True)


@pytest.mark.parametrize("place", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    "keys",
    [
        ageing_chart([AgeingRow(("a",), "A", "USD", *one, 1, Decimal(1)) for one in PLACES]).legend,
        [channel_key(one) for one in ("call", "email", "sms", "letter", "chat", "portal", "x")],
    ],
    ids=["ageing", "channels"],
)
def test_no_two_parts_of_a_bar_look_alike_without_colour(keys: list[Key], place: int) -> None:
    """They differ in pattern, or clearly in lightness."""
    root = re.findall(r":root \{(.*?)\}", CSS)[place]
    colours = dict(re.findall(r"--chart-([\w-]+): (#\w+);", root))
    for one, other in combinations(keys, 2):
        contrast = _contrast(colours[one.kind], colours[other.kind])
        assert one.pattern != other.pattern or contrast > 1.2, (one.label, other.label)


def test_ids_are_there_once_in_a_page() -> None:
    """Patterns and names are found in their own drawing; every address leads somewhere."""
    ids = [node.get("id") for chart in CHARTS.values() for node in _read(chart).iter()]
    known = [id for id in ids if id]
    assert len(known) == len(set(known))
    assert set(re.findall(r"url\(#([\w-]+)\)", page())) <= set(known)


def test_a_page_of_charts_has_no_script_and_asks_for_nothing() -> None:
    """No script, no address, no handler."""
    markup = page()
    assert "<script" not in markup
    assert not re.search(r'\b(src|href|on\w+)="', markup)
    assert "url(http" not in markup


def test_the_customers_after_the_fifteenth_are_one_bar() -> None:
    """With the total, nothing is lost."""
    rows = [
        AgeingRow((str(at),), f"C{at}", "USD", 1, "current", 1, Decimal(at)) for at in range(40)
    ]
    chart = ageing_chart(rows)
    assert [row[0] for row in chart.rows[:2]] == ["C39", "C38"]
    assert chart.rows[15] == ("25 other customers", Decimal(300), Decimal(300))
    assert chart.rows[16] == ("All customers", Decimal(780), Decimal(780))


def test_a_bucket_has_its_colour_in_every_currency() -> None:
    """What is 31 days past due is not the darkest because nothing else is older."""
    rows = [AgeingRow(("a",), "A", "USD", 3, "31-60", 1, Decimal(1))]
    assert [key.kind for key in ageing_chart(rows).legend] == ["age-2"]
    assert [key.kind for key in ageing_chart(rows, last=3).legend] == ["age-5"]


def test_two_customers_of_one_name_are_two() -> None:
    """They are told apart by their key."""
    rows = [AgeingRow((id,), "Same", "USD", 1, "current", 1, Decimal(1)) for id in "ab"]
    assert len(ageing_chart(rows).rows) == 3


@settings(max_examples=examples(20, 60), deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([*NAMES, "\x00", ""]), st.integers(1, 6), AMOUNTS), max_size=40
    )
)
def test_ageing_of_any_amounts(rows: list[tuple[str, int, Decimal]]) -> None:
    """Credits, zeros and huge amounts beside small ones: the total is the sum."""
    made = [
        AgeingRow((name,), name, "USD", at, BUCKETS[at - 1], 1, amount) for name, at, amount in rows
    ]
    chart = ageing_chart(made)
    _is_whole(chart)
    if made:
        assert chart.rows[-1][-1] == sum(row.amount for row in made)


@settings(max_examples=examples(14, 40), deadline=None)
@given(st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1, max_size=8), st.integers(0, 350_000))
def test_coming_of_any_amounts(amounts: list[tuple[Decimal, Decimal]], weeks: int) -> None:
    """In the far future, too."""
    start = date(2026, 3, 30) + timedelta(weeks=weeks)
    rows = [
        ComingRow("JPY", start + timedelta(weeks=at), 1, due, 2, promised)
        for at, (due, promised) in enumerate(amounts)
    ]
    _is_whole(coming_chart(rows))


@settings(max_examples=examples(14, 40), deadline=None)
@given(
    st.lists(st.tuples(st.integers(-300, 300), st.integers(0, 10**6)), max_size=8),
    st.lists(st.tuples(st.integers(-300, 300), AMOUNTS), max_size=8, unique_by=lambda one: one[0]),
)
def test_effort_of_any_weeks(
    touches: list[tuple[int, int]], cash: list[tuple[int, Decimal]]
) -> None:
    """Years without anything between, more paid back than received, or one of both alone."""
    done = [TouchesRow(week(at), "call", count) for at, count in touches]
    _is_whole(effort_chart(done, [CashRow("USD", week(at), 1, one) for at, one in cash]))


def test_effort_without_cash_is_shown_and_the_other_way_round() -> None:
    """One of both is enough."""
    assert not effort_chart(touches_rows(), []).is_empty
    assert not effort_chart([], cash_rows()).is_empty


@settings(max_examples=examples(14, 40), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=9))
def test_shares_of_any_counts(counts: list[tuple[int, int]]) -> None:
    """One touch, a million, and channels that nobody knows."""
    pairs = [sorted(pair) for pair in counts]
    channels = ["call", "pigeon", "unknown"]
    attempts = [
        AttemptRow(channels[at % 3], at // 3 + 1, touches, paid)
        for at, (paid, touches) in enumerate(pairs)
    ]
    agents = [
        AgentRow(channels[at % 3], ("human", "ai", "x")[at // 3], touches, paid)
        for at, (paid, touches) in enumerate(pairs)
    ]
    _is_whole(attempts_of(attempts))
    _is_whole(agents_of(agents))
    (paid, touches) = pairs[0]
    _is_whole(funnel_of(Funnel(touches, paid, 0, paid, 0)))


@settings(max_examples=examples(14, 40), deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.integers(1, 7), st.integers(0, 23)),
        st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)),
        max_size=30,
    )
)
def test_hours_of_any_counts(cells: dict[tuple[int, int], tuple[int, int]]) -> None:
    """At night, by thousands, or hardly any."""
    _is_whole(hours_of([HourRow(*at, *sorted(two, reverse=True)) for at, two in cells.items()]))


def test_hours_of_few_calls_stay_blank() -> None:
    """Nineteen calls say nothing; twenty do."""
    chart = hours_of([HourRow(1, 9, 19, 19), HourRow(2, 10, 20, 5)])
    drawn = [node.text for node in _read(chart).iter("text") if "chart-on-heat" in str(node.attrib)]
    assert drawn == ["25", None] or [text for text in drawn if text] == ["25", "25"]
    assert hours_of([HourRow(1, 9, 19, 19)]).is_empty


def test_past_days_are_weeks_that_the_history_knows() -> None:
    """Every second one, at most twelve weeks back, the day itself last."""
    on = date(2026, 3, 31)
    assert past_days(date(2026, 3, 3), on) == [date(2026, 3, 3), date(2026, 3, 17), on]
    assert past_days(date(2020, 1, 1), on)[0] == date(2026, 1, 6)
    assert past_days(on + timedelta(days=1), on) == []
