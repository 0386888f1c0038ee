"""The command itself: help, version, and commands that plugins add."""

import re
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version

import pytest

from duetrail.cli.group import BUILT_IN
from support.measuring import unmeasured

BROKEN = "raise RuntimeError('out of order')"
AUDIT = """
import click

@click.command()
def audit():
    click.echo("audited")
"""


def test_help_tells_what_every_command_is_for(run):
    """Help tells what every command is for, and what exit codes mean."""
    done = run("--help")
    assert done.code == 0
    for command in ("plugins", "status", "sync", "timeline"):
        assert re.search(rf"^  {command} +[A-Z]", done.out, re.MULTILINE)
    assert "Exit codes: 0 all is well" in done.out


@pytest.mark.parametrize("command", ["plugins", "status", "sync", "timeline"])
def test_help_of_commands(run, command):
    """So does the help of each command, which also offers an answer for machines."""
    done = run(command, "-h")
    assert (done.code, "--json" in done.out) == (0, True)


def test_help_imports_little(site):
    """Help loads no plugin, no HTTP client and no database."""
    site.install("acme", BROKEN, commands=("audit",))
    code = f"import sys; sys.path.append({str(site.folder)!r}); from duetrail.cli import main; "
    code += "main(['--help'], standalone_mode=False); print(*sys.modules)"
    # Measuring coverage would load modules of its own.
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=unmeasured()
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "(from duetrail-acme)" in done.stdout
    assert not {"requests", "urllib3", "sqlite3", "tenacity", "pyrate_limiter"} & loaded
    assert not [name for name in loaded if name.startswith(("duetrail_", "duetrail.stores"))]


def test_help_says_what_commands_say():
    """What help says of each command, without importing it, is what the command says itself."""
    for name, (place, help) in BUILT_IN.items():
        module, _, attribute = place.partition(":")
        command = getattr(import_module(module), attribute)
        assert (command.name, command.get_short_help_str(64)) == (name, help)


def test_the_version_is_that_of_the_distribution(run):
    """The version is that of the distribution."""
    assert run("--version").out == f"duetrail {version('duetrail')}\n"


def test_no_such_command(run):
    """A command nobody has is wrong usage."""
    done = run("synk")
    assert (done.code, done.out) == (2, "")
    assert "No such command 'synk'" in done.err


def test_command_of_a_plugin(site, run):
    """A plugin's command is one of Duetrail's."""
    site.install("acme", AUDIT, commands=("audit",))
    assert run("audit").out == "audited\n"


def test_command_of_a_plugin_that_is_off(site, run, monkeypatch):
    """Not while the plugin is off."""
    site.install("acme", AUDIT, commands=("audit",))
    monkeypatch.setenv("DUETRAIL_PLUGINS", "stuut")
    assert run("audit").code == 2


def test_command_that_is_broken(site, run):
    """A command that does not import is one line; the others work."""
    site.install("acme", BROKEN, commands=("audit",))
    done = run("audit")
    assert done.code == 1
    assert done.err == ("Error: the command 'audit' does not import: RuntimeError: out of order\n")
    assert run("--version").code == 0


def test_command_that_is_taken(site, run, synced):
    """A plugin cannot replace a command of Duetrail's."""
    site.install("acme", AUDIT.replace("audit", "status"), commands=("status",))
    assert "audited" not in run("--config", synced / "duetrail.toml", "status").out
