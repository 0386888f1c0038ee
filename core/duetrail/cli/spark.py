"""`duetrail spark`."""

from __future__ import annotations

import click

from duetrail.cli.output import json_option, write_json


@click.group()
def spark() -> None:
    """Take Duetrail to Spark."""


@spark.command("bundle")
@click.argument("plugins", nargs=-1, required=True)
@json_option
def bundle_(plugins: tuple[str, ...], as_json: bool) -> None:
    """Print Duetrail and PLUGINS as one importable Python file.

    For platforms that cannot import packages: `duetrail spark bundle stuut > stuut_source.py`.
    """
    from duetrail.engines.spark.bundle import bundle

    text = bundle(plugins)
    if as_json:
        write_json({"plugins": list(plugins), "text": text})
    else:
        click.echo(text, nl=False)
