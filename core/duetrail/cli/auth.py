"""`duetrail auth`."""

from __future__ import annotations

import click

from duetrail.cli.output import json_option, one_line, stdout_to_stderr, write_json
from duetrail.cli.settings import Settings


@click.command()
@click.argument("connection")
@click.option("--device", is_flag=True, help="By a code that is typed in on another device.")
@click.option("--no-browser", is_flag=True, help="Print the address, and open no browser here.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="The port of this machine the browser is sent back to, where the vendor has to know it.",
)
@json_option
@click.pass_obj
def auth(
    settings: Settings,
    connection: str,
    device: bool,
    no_browser: bool,
    port: int | None,
    as_json: bool,
) -> None:
    """Have somebody agree to what CONNECTION reads (OAuth2): in a browser, or on another device.

    The tokens are written where the connection's settings say; each sync renews them.
    """
    import webbrowser

    from duetrail.http.consent import Prompt

    prompt = Prompt(
        show=_show,
        open_browser=None if no_browser else webbrowser.open,
        ask_address=_ask_address,
    )
    with settings.project() as project, stdout_to_stderr():
        done = project.authorize(connection, prompt, by_device=device, port=port)
    if as_json:
        write_json(done)
        return
    click.echo(f"The tokens of {done.connection} are in {done.tokens}.")
    if not done.is_renewable:
        click.echo("No refresh token came: when the token ends, run this again.", err=True)
    click.echo(f"Next: duetrail check {done.connection}")


def _ask_address() -> str:
    # Hidden: it holds the code that is exchanged for the tokens.
    text: str = click.prompt(
        "Paste the address that the browser shows then (it is not shown here)",
        hide_input=True,
        err=True,
    )
    return text


def _show(address: str, code: str) -> None:
    # Not redacted: the client's name has to stand in the address.
    click.echo(f"Open this address, and agree:\n  {' '.join(address.split())}", err=True)
    if code:
        click.echo(f"Type in there: {one_line(code)}", err=True)
