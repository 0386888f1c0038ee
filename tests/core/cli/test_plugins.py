"""`duetrail plugins`."""

import json

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
]


def test_table(run):
    """Each installed plugin is a line with its version, its state and what it offers."""
    done = run("plugins")
    lines = {line.split()[0]: line.split() for line in done.out.splitlines()}
    assert done.code == 0
    assert lines["plugin"] == ["plugin", "version", "state", "offers"]
    assert lines["credira"][2:6] == ["loaded", "calls,", "callouts,", "emails,"]
    assert lines["credira"][6:8] == ["call-details", "(optional),"]
    assert lines["sandbox"][2:] == ["loaded", "`demo`,", "`sandbox`"]


def test_json(run):
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
    assert line.split()[1:3] == ["3.1", "failed"]
    assert "ModuleNotFoundError: No module named 'nowhere_to_be_found'" in line
    assert "stuut" in done.out


def test_one_off(run, monkeypatch):
    """A plugin that is off says so."""
    monkeypatch.setenv("DUETRAIL_PLUGINS", "stuut")
    rows = json.loads(run("plugins", "--json").out)
    states = {row["name"]: row["state"] for row in rows}
    assert (states["credira"], states["stuut"]) == ("off", "loaded")


def test_none(run, monkeypatch):
    """Without any, it says what to install."""
    monkeypatch.setattr("duetrail.plugins.listings", list)
    assert "pip install duetrail-stuut" in run("plugins").out


def test_what_a_plugin_prints(site, acme, write_config, run):
    """A plugin that prints does not spoil the answer: it goes to stderr."""
    site.install("acme", f"{acme}\nprint('imported')")
    file = write_config('[connections.acme]\nbase_url = "http://127.0.0.1:9"\ntoken = "throw-away"')
    for words in (["plugins"], ["sync"], ["check"], ["remap"]):
        site.forget()
        done = run("--config", file, *words, "--json")
        assert json.loads(done.out) is not None
        assert "imported" in done.err
