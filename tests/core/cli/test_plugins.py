"""`duetrail plugins`."""

import json
import subprocess
import sys

from duetrail.hookspecs import CONTRACT

FIELDS = [
    "name",
    "version",
    "distribution",
    "state",
    "cause",
    "resources",
    "optional",
    "records",
    "hooks",
    "commands",
    "contract",
    "import_ms",
]


def test_each_installed_plugin_is_a_line(run):
    """Each installed plugin is a line with its version, its state and what it offers."""
    done = run("plugins")
    lines = {line.split()[0]: line.split() for line in done.out.splitlines()}
    assert done.code == 0
    assert lines["plugin"] == ["plugin", "version", "contract", "state", "import", "offers"]
    assert lines["credira"][2:4] == [CONTRACT, "loaded"]
    assert lines["credira"][5:11] == [
        *("ms", "calls,", "callouts,", "emails,"),
        *("call-details", "(optional),"),
    ]
    assert lines["sandbox"][6:] == ["`demo`,", "`sandbox`"]


def test_for_machines_keys_are_always_the_same(run):
    """For machines it is a list of objects, always with the same keys."""
    rows = json.loads(run("plugins", "--json").out)
    by_name = {row["name"]: row for row in rows}
    assert list(by_name) == sorted(by_name)
    assert all(list(row) == FIELDS for row in rows)
    assert by_name["stuut"]["records"]["callouts"] == "derived"


def test_one_broken(site, run):
    """A broken plugin is a line with its cause; the others are as they were."""
    site.install("acme", "import nowhere_to_be_found", version="3.1")
    done = run("plugins")
    assert done.code == 0
    (line,) = [line for line in done.out.splitlines() if line.startswith("acme")]
    assert line.split()[1:4] == ["3.1", CONTRACT, "failed"]
    assert "ModuleNotFoundError: No module named 'nowhere_to_be_found'" in line
    assert "stuut" in done.out


def test_one_off(run, monkeypatch):
    """A plugin that is off says so."""
    monkeypatch.setenv("DUETRAIL_PLUGINS", "stuut")
    rows = json.loads(run("plugins", "--json").out)
    states = {row["name"]: row["state"] for row in rows}
    assert (states["credira"], states["stuut"]) == ("off", "loaded")


def test_without_plugins_it_says_what_to_install(run, monkeypatch):
    """Without any, it says what to install."""
    monkeypatch.setattr("duetrail.plugins.listings", list)
    assert "pip install duetrail-stuut" in run("plugins").out


def test_what_a_plugin_prints(site, acme, write_config, run):
    """A plugin that prints does not spoil the answer: it goes to stderr."""
    site.install("acme", f"{acme}\nprint('imported')")
    file = write_config(
        '[connections.acme]\nbase_url = "http://127.0.0.1:9"\ntoken = "throw-away"\nattempts = 1'
    )
    for words in (["plugins"], ["sync"], ["check"], ["remap"]):
        site.forget()
        done = run("--config", file, *words, "--json")
        assert json.loads(done.out) is not None
        assert "imported" in done.err


def test_import_time() -> None:
    """What a plugin's import takes is told; what was not imported took none."""
    code = (
        "import os; os.environ['DUETRAIL_PLUGINS'] = 'stuut'\n"
        "from duetrail.cli import main; main(['plugins', '--json'], prog_name='duetrail')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    took = {row["name"]: row["import_ms"] for row in json.loads(done.stdout)}
    assert took["stuut"] > 0
    assert took["credira"] is None


def test_hooks_of_what_is_no_vendor(site, run) -> None:
    """A plugin without a source offers its hooks."""
    code = "from duetrail import hookimpl\n@hookimpl\ndef observe(event): ..."
    site.install("acme", code)
    (line,) = [line for line in run("plugins").out.splitlines() if line.startswith("acme")]
    assert line.split()[-1] == "observe()"
