"""`duetrail metrics`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from duetrail.cli.days import day_of, known_day_of
from duetrail.cli.output import harmless, json_option, write_json, write_table
from duetrail.cli.settings import Settings
from duetrail.errors import UsageError

if TYPE_CHECKING:
    from duetrail.stores.metrics import MetricRows


@click.command()
@click.argument("name", required=False)
@click.option(
    "--on", "day", metavar="DAY", help="The day to look at, such as 2026-06-30; or today."
)
@click.option(
    "--as-of",
    metavar="DAY",
    help="Take records as they were known at the end of this day; needs history.",
)
@click.option(
    "--connection", "connections", multiple=True, metavar="NAME", help="Only of this connection."
)
@click.option(
    "--set", "values", multiple=True, metavar="PARAMETER=VALUE", help="Another parameter."
)
@click.option("--without-people", is_flag=True, help="Leave out names and telephone numbers.")
@click.option("--csv", "as_csv", is_flag=True, help="Answer with CSV on stdout.")
@click.option(
    "--sql", "as_sql", is_flag=True, help="Print its SQL; without NAME, the SQL of views."
)
@json_option
@click.pass_obj
def metrics(
    settings: Settings,
    name: str | None,
    day: str | None,
    as_of: str | None,
    connections: tuple[str, ...],
    values: tuple[str, ...],
    without_people: bool,
    as_csv: bool,
    as_sql: bool,
    as_json: bool,
) -> None:
    """Show the metric NAME as of a day, such as ar_ageing; without NAME, list the metrics.

    With --sql and no NAME it prints the statements that make a view of each metric.
    """
    if as_csv and (as_json or as_sql):
        other = "--sql" if as_sql else "--json"
        raise UsageError(f"--csv and {other} are two answers", hint="Give one of them.")
    if name is None and not as_sql:
        _list(as_json)
        return
    given = _parameters(day or as_of, values)
    if as_of is not None:
        given["as_of"] = known_day_of(as_of)
    if connections:
        given["connections"] = connections
    with settings.project() as project:
        if as_sql:
            _write_sql(project.metric_sql(name, **given), as_json)
            return
        assert name is not None
        found = project.metric(name, **given)
    if without_people:
        found = found.without_people()
    if as_json:
        write_json({"metric": name, "parameters": given, "rows": list(found.dicts())})
    elif as_csv:
        _write_csv(found)
    else:
        _write(found)


def _list(as_json: bool) -> None:
    from duetrail.stores.metrics import METRICS

    if as_json:
        write_json(
            [{"name": one.name, "help": one.help, "formula": one.formula} for one in METRICS]
        )
    else:
        write_table(("metric", "tells"), [(one.name, one.help) for one in METRICS])


def _parameters(day: str | None, values: tuple[str, ...]) -> dict[str, Any]:
    """What was given on the command line, as the parameters of a metric."""
    from duetrail.stores.metrics.parameters import parsed

    if day is None:
        raise UsageError(
            "a metric needs the day to look at", hint="Give --on 2026-06-30, or --on today."
        )
    given: dict[str, Any] = {"on": day_of(day)}
    for value in values:
        name, _, text = value.partition("=")
        given[name] = parsed(name, text)
    return given


def _write_sql(statements: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        write_json(statements)
    else:
        click.echo("".join(f"{one};\n\n" for one in statements), nl=False)


def _write(found: MetricRows) -> None:
    """Print the rows for people: without columns for charts, ratios to four digits."""
    shown = [at for at, name in enumerate(found.columns) if not name.endswith("_chart")]
    if not found.rows:
        click.echo(f"Nothing to show: {found.metric.help}")
        return
    rows = [[_cell(row[at]) for at in shown] for row in found.rows]
    write_table([found.columns[at] for at in shown], rows)


def _cell(value: Any) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4f}" if isinstance(value, float) else value


def _write_csv(found: MetricRows) -> None:
    """Print the rows as CSV, with no text that a spreadsheet or a terminal would obey."""
    import csv
    import io

    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(found.columns)
    for row in found.rows:
        writer.writerow([_plain(one) for one in row])
    click.echo(lines.getvalue(), nl=False)


def _plain(value: Any) -> object:
    """A value as a cell of CSV."""
    from duetrail.exports.csv_files import inert

    if isinstance(value, bool):
        return "true" if value else "false"
    return inert(harmless(value)) if isinstance(value, str) else value
