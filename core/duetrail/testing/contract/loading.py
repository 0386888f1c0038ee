"""The plugin is found, loads alone and beside others, and declares what it takes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

import attrs

from duetrail.config import read_config
from duetrail.http import NoAuth
from duetrail.secrets import Secret
from duetrail.source import Source
from duetrail.testing.contract.advice import expect_none, fail, skip
from duetrail.testing.contract.suite import Suite
from duetrail.testing.wires import bare

_SECRET_WORDS = frozenset(
    {"token", "key", "apikey", "password", "passphrase", "secret", "credential", "credentials"}
)

_PLAIN = (str, int, float, bool)

# Where a stand-in of the vendor is recorded.
_HERE = {"localhost", "127.0.0.1", "::1"}

_BROKEN = "duetrail_broken_neighbour"

# What a child process does: load the plugin by its name, and tell what came with it.
_LOAD = """
import json, sys
from duetrail import installed, plugins
before = set(sys.modules)
plugins.load(sys.argv[1])
new = set(sys.modules) - before
points = installed.points("duetrail")
others = [p.module.partition(".")[0] for p in points if p.name != sys.argv[1]]
print(json.dumps(sorted(set(others) & new)))
"""

_LIST = """
import json
from duetrail import plugins
print(json.dumps({one.name: one.state for one in plugins.listings()}))
"""


class Loading(Suite):
    """How the plugin is loaded and what it declares."""

    def test_it_loads_alone(self) -> None:
        """Loading it imports no other plugin, and prints nothing."""
        done = _child(_LOAD, self._installed())
        if done.returncode:
            fail("it does not load", "install", where=done.stderr.splitlines()[-1:])
        *said, others = done.stdout.splitlines()
        if said or done.stderr:
            fail("loading it prints something", "hooks", where=[*said, *done.stderr.splitlines()])
        if json.loads(others):
            fail("loading it imports other plugins", "hooks", where=json.loads(others))

    def test_it_loads_beside_a_broken_plugin(self) -> None:
        """A neighbour that does not import fails alone."""
        name, folder = self._installed(), self.harness.folder()
        _install_broken(folder)
        done = _child(_LIST, path=folder)
        states = json.loads(done.stdout.splitlines()[-1])
        if states.get(name) != "loaded" or states.get("broken-neighbour") != "failed":
            fail(f"beside a plugin that does not import it is {states.get(name)}", "install")

    def test_it_declares_the_same_twice(self) -> None:
        """Asked again, it declares the same source."""
        harness = self.harness
        again = harness.plugin.implementations["source"]()
        if _plain(again) != _plain(harness.source):
            fail("source() declares something else when it is called again", "declaration")

    def test_every_option_is_explained(self) -> None:
        """Each setting says in a sentence what it does."""
        silent = [
            one.name
            for one in attrs.fields(self.harness.source.options)
            if not one.metadata.get("help")
        ]
        expect_none(
            silent,
            "settings without an explanation",
            "declaration",
            do='declare each with option("What it does.")',
        )

    def test_secrets_are_marked(self) -> None:
        """What is called a token, key, password or secret is a `Secret`."""
        options = self.harness.source.options
        attrs.resolve_types(options)
        plain = [
            one.name
            for one in attrs.fields(options)
            if str in (one.type, *get_args(one.type))
            if _SECRET_WORDS & set(re.split(r"_|\d+", one.name.lower()))
        ]
        expect_none(
            plain,
            "settings that look like secrets are plain text, and would be printed",
            "declaration",
            do=f"declare them as {Secret.__module__}.Secret",
        )

    def test_defaults_are_of_their_type(self) -> None:
        """What a setting is without being set is what it may be set to."""
        options = self.harness.source.options
        attrs.resolve_types(options)
        wrong = [
            f"{one.name}: {one.default!r}"
            for one in attrs.fields(options)
            if bare(one.type) in _PLAIN
            if isinstance(one.default, _PLAIN) and type(one.default) is not bare(one.type)
        ]
        expect_none(wrong, "settings have defaults of another type", "declaration")

    def test_its_address_is_the_recorded_one(self) -> None:
        """Where it declares an address, it is https, and where the recording was made."""
        harness = self.harness
        url = harness.source.base_url
        if url is None:
            skip(f"{harness.source.title} declares no address")
        if not url.startswith("https://") and urlsplit(url).hostname not in _HERE:
            fail(f"the address {url} is not https", "declaration", do="nobody may read along")
        hosts = {urlsplit(one).hostname for one in harness.recording.hosts} - _HERE
        if "base_url" not in harness.settings and hosts and urlsplit(url).hostname not in hosts:
            fail(
                f"the address {url} is another than that of the recording",
                "declaration",
                where=sorted(filter(None, hosts)),
                do="declare the vendor's address, or set base_url in `settings`",
            )

    def test_its_secret_is_used(self) -> None:
        """A source that takes a secret authenticates with it."""
        harness = self.harness
        auth = harness.source.auth(harness.connection().options)
        if harness.canaries and (auth is None or isinstance(auth, NoAuth)):
            fail(
                "a secret is required, and requests are sent without",
                "auth",
                where=harness.canaries,
                do="let Source(auth=...) put it on requests",
            )

    def test_its_settings_are_understood(self) -> None:
        """Written to duetrail.toml, the settings make the same connection."""
        harness = self.harness
        file = harness.folder() / "duetrail.toml"
        config = harness.config()
        lines = [
            f"{key} = {_toml(value)}" for key, value in config.connections[harness.name].items()
        ]
        file.write_text("\n".join([f"[connections.{harness.name}]", *lines, ""]), encoding="utf-8")
        written = attrs.evolve(read_config(file), plugin_overrides=config.plugin_overrides)
        read = written.connection(harness.name)[0].options
        if _shown(read) != _shown(harness.connection().options):
            fail("the settings come out of duetrail.toml differently", "declaration")

    def test_its_page_names_everything(self) -> None:
        """The page of documentation has every resource and every setting."""
        if self.page is None:
            skip("the suite is told of no page of documentation")
        page = Path(self.page)
        if not page.is_file():
            fail(f"there is no page of documentation at {page}", "absence")
        text = page.read_text(encoding="utf-8")
        source = self.harness.source
        names = [one.name for one in (*source.resources, *attrs.fields(source.options))]
        missing = [
            name for name in names if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
        ]
        expect_none(
            missing,
            f"{page.name} does not mention every resource and setting",
            "declaration",
            do="say what each is for",
        )

    def _installed(self) -> str:
        if self.harness.module is not None:
            skip("the plugin is given as a module; that it loads by its name cannot be seen")
        return self.harness.plugin.name


def _child(code: str, *args: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    # The child must find what this process finds, however its path was made.
    places = [str(path), *sys.path] if path else sys.path
    head = f"import sys; sys.path[:] = {places!r}\n"
    # Nor does it matter which plugins its user has switched on.
    environment = {name: value for name, value in os.environ.items() if name != "DUETRAIL_PLUGINS"}
    return subprocess.run(
        [sys.executable, "-c", head + code, *args],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
    )


def _install_broken(folder: Path) -> None:
    (folder / f"{_BROKEN}.py").write_text("raise RuntimeError('broken on purpose')\n")
    facts = folder / f"{_BROKEN}-0.1.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {_BROKEN}\nVersion: 0.1\n")
    (facts / "entry_points.txt").write_text(f"[duetrail]\nbroken-neighbour = {_BROKEN}\n")


def _plain(source: Source) -> Any:
    """What a source declares, without the functions in it."""
    keep = attrs.filters.exclude(attrs.fields(Source).auth, attrs.fields(Source).classify_error)
    return _without_functions(attrs.asdict(source, filter=keep))


def _without_functions(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_functions(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_without_functions(part) for part in value]
    if isinstance(value, type):
        return value.__qualname__
    return None if callable(value) else value


def _shown(options: Any) -> dict[str, Any]:
    """The options; a secret by where it is, since its folder is the file's."""
    values = attrs.asdict(options, recurse=False)
    return {k: v.reference if isinstance(v, Secret) else v for k, v in values.items()}


def _toml(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else json.dumps(value)
