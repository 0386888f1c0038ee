"""What a command does not need is not imported: its start is what a short command costs."""

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import attrs
import pytest

from duetrail_sandbox.server import Sandbox

# Measured to take long, and needed by few.
_HTTP = {"requests", "urllib3", "tenacity", "http.client", "ssl"}
_RARE = {"rich", "packaging", "iso4217", "xml", "cattrs", "tomllib", "vcr", "copier", "keyring"}
_SLOW = {"sqlite3", "filelock", "importlib.metadata"}

_TOLD = """
import sys, os
out = os.dup(1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
from duetrail.cli import main
try:
    main(sys.argv[1:], prog_name="duetrail")
except SystemExit as ended:
    code = ended.code
os.write(out, " ".join(sys.modules).encode())
sys.exit(code)
"""


def loaded(*words: str, folder: Path) -> set[str]:
    """The modules that a command imported, and the packages they are in."""
    # Measuring coverage would load modules of its own.
    env = {name: value for name, value in os.environ.items() if "COV" not in name}
    done = subprocess.run(
        [sys.executable, "-c", _TOLD, *words], capture_output=True, text=True, cwd=folder, env=env
    )
    assert done.returncode in (0, 3), done.stderr
    return set(done.stdout.split())


def of_vendors(modules: set[str]) -> set[str]:
    """The plugins among modules."""
    return {name.partition(".")[0] for name in modules if name.startswith("duetrail_")}


def test_help_imports_nothing_that_reads_or_stores(tmp_path):
    """Help needs click, and nothing that reads, stores, or knows a vendor."""
    modules = loaded("--help", folder=tmp_path)
    assert not modules & (_HTTP | _RARE | _SLOW | {"attrs", "pluggy", "msgspec"})
    ours = {name for name in modules if name.startswith("duetrail")}
    assert ours == {
        "duetrail",
        "duetrail.cli",
        "duetrail.cli.group",
        "duetrail.errors",
        "duetrail.garbage",
        "duetrail.installed",
        "duetrail.late",
        "duetrail.signals",
    }


def test_help_of_a_command(tmp_path):
    """The help of a command needs that command's module, and no vendor."""
    modules = loaded("sync", "--help", folder=tmp_path)
    assert not modules & (_HTTP | _RARE | _SLOW)
    assert not of_vendors(modules)
    assert "duetrail.pipeline" not in modules


def test_the_list_of_plugins_imports_no_client_and_no_store(tmp_path):
    """The list of plugins imports plugins, to say what they offer; no client, store or pipeline."""
    modules = loaded("plugins", folder=tmp_path)
    assert not modules & (_HTTP | _RARE | _SLOW)
    assert not {"duetrail.pipeline", "duetrail.stores", "duetrail.config"} & modules


def test_plugins_that_are_off(tmp_path, monkeypatch):
    """A plugin that is off is listed from metadata."""
    monkeypatch.setenv("DUETRAIL_PLUGINS", "credira")
    assert of_vendors(loaded("plugins", folder=tmp_path)) == {"duetrail_credira"}


@pytest.fixture
def vendor(tmp_path):
    """A configuration that reads from the sandbox."""
    with Sandbox(invoices=3, vendors=("stuut",)) as sandbox:
        (tmp_path / "duetrail.toml").write_text(sandbox.config)
        yield tmp_path


def test_a_sync_imports_no_other_command(vendor):
    """A sync needs a client and a store; no other command, no judge, no trail, and no display."""
    modules = loaded("sync", "stuut", "--select", "invoices", folder=vendor)
    assert {"requests", "sqlite3", "duetrail_stuut"} <= modules
    assert of_vendors(modules) == {"duetrail_stuut"}
    assert not modules & (_RARE - {"tomllib"})
    assert "filelock" not in modules or sys.platform == "win32"
    others = {"testing", "scaffold", "trail.telling", "trail.touch_rules", "privacy.contacts"}
    others |= {f"pipeline.{name}" for name in ("drift", "explain", "erasure", "checking", "apart")}
    assert not {f"duetrail.{name}" for name in others} & modules


@pytest.mark.parametrize("name", ["declared.rules", "stores.schema.tables", "wire.compiled"])
def test_what_the_core_alone_makes_is_of_no_attrs(name):
    """A struct is made in a thirtieth of the time that a class of attrs takes."""
    module = import_module(f"duetrail.{name}")
    own = [
        one for one in vars(module).values() if getattr(one, "__module__", "") == module.__name__
    ]
    assert [one for one in own if isinstance(one, type) and attrs.has(one)] == []


def test_status_loads_no_http_client(vendor):
    """What only looks at a store loads no HTTP client."""
    loaded("sync", "stuut", "--select", "invoices", folder=vendor)
    modules = loaded("status", folder=vendor)
    assert "sqlite3" in modules
    assert not modules & (_HTTP)


@pytest.mark.parametrize(
    "words",
    [
        ("export", "--to", "jsonl:out"),
        ("erase", "--contact", "pat@acme.example"),
        ("history", "build"),
    ],
)
def test_what_shows_how_far_it_is_loads_no_display(vendor, words):
    """What works on a store alone, and ends at once, loads neither client nor display."""
    loaded("sync", "stuut", "--select", "invoices", folder=vendor)
    modules = loaded(*words, folder=vendor)
    assert "duetrail.cli.progress" in modules
    assert not modules & ({"rich"} | _HTTP)
