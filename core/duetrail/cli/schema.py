"""`duetrail schema`."""

from __future__ import annotations

import click

from duetrail.cli.output import json_option, write_json


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["ddl", "json-schema", "arrow", "dbt"]),
    default="ddl",
    show_default=True,
    help="SQL, JSON Schema of the records, Arrow schemas of the tables, or sources of dbt.",
)
@click.option("--sql", "short", flag_value="ddl", help="The same as --format ddl.")
@click.option("--arrow", "short", flag_value="arrow", help="The same as --format arrow.")
@click.option("--dbt", "short", flag_value="dbt", help="The same as --format dbt.")
@click.option(
    "--dialect",
    type=click.Choice(["sqlite", "postgresql"]),
    default="sqlite",
    show_default=True,
    help="Whose SQL.",
)
@json_option
def schema(form: str, short: str | None, dialect: str, as_json: bool) -> None:
    """Print the tables of a store, or the records, as a schema.

    Sources of dbt are a `sources.yml`, for a store or an export to DuckDB: every table and column
    with its description, and with tests of keys, references and words.

    JSON Schema describes records as `msgspec.json.encode` writes them; Arrow schemas have Arrow's
    own JSON form. Both are JSON in any case, and dbt's are YAML; with --json, SQL is a list of
    statements.
    """
    form = short or form
    if form == "dbt":
        from duetrail.stores.schema.dbt import dbt_sources

        click.echo(dbt_sources(), nl=False)
    elif form == "json-schema":
        from duetrail.stores.schema.json_schema import json_schema

        write_json(json_schema())
    elif form == "arrow":
        from duetrail.stores.schema.arrow import arrow_schemas

        write_json(arrow_schemas())
    else:
        from duetrail.stores.schema import ddl

        _print_sql(ddl(dialect), as_json)


def _print_sql(statements: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        write_json(statements)
    else:
        click.echo("".join(f"{statement};\n\n" for statement in statements), nl=False)
