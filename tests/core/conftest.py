"""What the tests of the core share: installed plugins, stores, a synced folder, the commands."""

from __future__ import annotations

import importlib
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attrs import frozen

from duetrail import api, hookspecs, plugins
from duetrail.cli import main
from duetrail.config import read_config
from duetrail.model import Link, LinkKind, Record, Touch
from duetrail.source import Connection
from duetrail.stores import Changes, Store, open_store, to_row


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have settings of their own."""
    monkeypatch.delenv("DUETRAIL_CONFIG", raising=False)
    monkeypatch.delenv("DUETRAIL_PLUGINS", raising=False)


# --- plugins -------------------------------------------------------------------------------------


class Site:
    """A folder of installed distributions, filled while a test runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.modules: set[str] = set()

    def install(
        self,
        name: str,
        code: str,
        *,
        distribution: str | None = None,
        version: str = "1.0",
        commands: tuple[str, ...] = (),
        requires: str = "",
    ) -> None:
        """Put a plugin there as an installer would: a module, and metadata beside it.

        A command called x is the function x of the plugin's module.
        """
        distribution = distribution or f"duetrail-{name}"
        module = distribution.replace("-", "_")
        self.modules.add(module)
        (self.folder / f"{module}.py").write_text(code)
        info = self.folder / f"{module}-{version}.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
            + (f"Requires-Dist: {requires}\n" if requires else "")
        )
        lines = ["[duetrail]", f"{name} = {module}", "[duetrail.commands]"]
        lines += [f"{command} = {module}:{command}" for command in commands]
        (info / "entry_points.txt").write_text("\n".join(lines))
        self.forget()

    def forget(self) -> None:
        """Have everything found and imported anew."""
        importlib.invalidate_caches()
        plugins.load.cache_clear()
        for module in self.modules:
            sys.modules.pop(module, None)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    one = Site(folder)
    yield one
    one.forget()


@pytest.fixture(scope="session")
def acme() -> str:
    """The code of the plugin that the contract shows."""
    assert hookspecs.__doc__ is not None
    lines = hookspecs.__doc__.splitlines()[2:]
    shown = [line for line in lines if not line or line.startswith("    ")]
    return textwrap.dedent("\n".join(shown)).strip() + "\n"


# --- configurations ------------------------------------------------------------------------------

BILLING = """
from datetime import date
from attrs import frozen, validators
from duetrail import hookimpl
from duetrail.http import NoAuth
from duetrail.model import Call, Callout, Email, Invoice
from duetrail.secrets import Secret
from duetrail.source import KeySource, Source, option

@frozen
class Options:
    token: Secret = option("The API key.")
    spare: Secret | None = option("Another key.", default=None)
    page_size: int = option("Bills a page, 1 to 200.", default=50, validator=validators.le(200))
    drafts: bool | None = option("Only drafts.", default=None)
    states: tuple[str, ...] = option("Only these states.", default=())
    units: str = option("Units.", default="minor", validator=validators.in_(("minor", "major")))
    bills: KeySource | None = option("Which bills.", default=None)
    begins: date | None = option("The first day.", default=None)

@hookimpl
def source():
    return Source(
        name="acme", title="Acme Billing", options=Options, resources=(),
        base_url="https://api.acme.example/v1/", requests_per_second=2.5,
        unsupported=(Invoice, Call, Callout, Email), auth=lambda options: NoAuth(),
    )

@hookimpl
def fetch(): ...

@hookimpl
def map_item(): ...
"""


@pytest.fixture
def write_config(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a configuration; its path."""

    def write(text: str) -> Path:
        file = tmp_path / "duetrail.toml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


@pytest.fixture
def billing(site: Site) -> str:
    """The code of a plugin `acme` that has a setting of every type; installed."""
    site.install("acme", BILLING)
    return BILLING


@pytest.fixture
def connect(billing: str, write_config: Callable[[str], Path]) -> Callable[..., Connection]:
    """The connection `a` to that plugin, configured with these lines."""

    def one(*lines: str, token: str = 'token = "env:ACME_TOKEN"') -> Connection:
        text = "\n".join(["[connections.a]", 'plugin = "acme"', token, *lines])
        return read_config(write_config(text)).connection("a")[0]

    return one


# --- stores --------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    one = open_store("sqlite:///store.db", folder=tmp_path, create=True)
    yield one
    one.close()


@pytest.fixture
def keep(store: Store) -> Callable[..., None]:
    """Writes records, and links their touches to the invoices they name."""

    def write(*records: Record, how: LinkKind = LinkKind.NATIVE) -> None:
        touches = [record for record in records if isinstance(record, Touch)]
        with store.transaction():
            rows = {record.ref: to_row(record) for record in records}
            links = {Link(t.ref, ref, how) for t in touches for ref in t.invoices}
            store.apply(Changes(rows=rows, known=set(rows), links=links))

    return write


@pytest.fixture(scope="session")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a configuration and the store of a made-up company of twelve invoices."""
    # Imported here: most tests need no sandbox, and should not fail with it.
    from duetrail_sandbox.server import Sandbox

    folder = tmp_path_factory.mktemp("synced")
    with Sandbox(invoices=12, seed=7) as sandbox:
        (folder / "duetrail.toml").write_text(sandbox.config)
        api.sync("stuut", "credira", config=folder / "duetrail.toml")
    return folder


# --- commands ------------------------------------------------------------------------------------


@frozen
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Runs `duetrail` with arguments; anything but an orderly end is a failure of the test."""

    def command(*arguments: object) -> Done:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments], prog_name="duetrail")
        shown = capsys.readouterr()
        return Done(int(ended.value.code or 0), shown.out, shown.err)

    return command
