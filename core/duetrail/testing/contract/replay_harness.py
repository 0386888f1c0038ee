"""The harness of a suite: the plugin, its recording on a replay server, and syncs from there."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property, partial
from itertools import count
from pathlib import Path
from secrets import token_hex
from types import ModuleType
from typing import Any, get_args
from urllib.parse import urlsplit

import attrs

from duetrail.config import Config
from duetrail.errors import DuetrailError, ProtocolError
from duetrail.http.answer import Answer, decoded
from duetrail.pipeline.checking import Finding, check
from duetrail.pipeline.read import Credentials, Reader
from duetrail.plugins import Plugin, bind, load, where_it_failed
from duetrail.recording.cassettes import Cassette, RecordedExchange, facts_of, read_cassettes
from duetrail.secrets import Secret
from duetrail.source import Connection, Resource, Source
from duetrail.streams import BoundSource
from duetrail.testing.contract.advice import fail
from duetrail.testing.contract.hosts import WATCH
from duetrail.testing.contract.project import Done, Project
from duetrail.testing.contract.stand_in_tokens import StandInTokens
from duetrail.testing.fault_proxy import FaultProxy, SeenRequest
from duetrail.testing.fault_rules import FaultRule
from duetrail.testing.faults import INTERNAL_ERROR
from duetrail.testing.replay_server import Otherwise, ReplayServer

# A walk that asks so many times more than was recorded will not end by itself.
_MANY, _MORE = 10, 50

_NOTHING = Cassette()


class ReplayHarness:
    """The plugin with a vendor that replays its recording, and syncs from there.

    Args:
        source: The plugin's name, or the module that has its hooks.
        place: A cassette, a folder of cassettes, or None where the plugin asks nobody.
        settings: The connection's settings, as in duetrail.toml.
        now: When the recording was made; None where that does not matter.

    Attributes:
        canaries: The made-up secret of each option that is one.
        received: What the vendor answered, as it is on the cassette.
        recording: What the vendor answers; all of it in JSON, so that it can be changed.
        facts: What the cassette says of how it was recorded, if it does.
        beyond: Answers what nobody else has an answer to.
        module: The module that was given in place of a name.
        tokens: The token host in place of the vendor's, for a source with OAuth2.
    """

    def __init__(
        self,
        source: str | ModuleType,
        place: Path | None,
        settings: Mapping[str, Any],
        now: datetime | None,
    ) -> None:
        self.module = None if isinstance(source, str) else source
        self.plugin = load(source) if isinstance(source, str) else _bound(source)
        if self.plugin.source is None:
            fail(f"plugin {self.plugin.name!r} speaks for no vendor", "hooks")
        self.source: Source = self.plugin.source
        self.facts = {} if place is None else facts_of(place)
        self.settings = _recorded(self.facts, self.source) | dict(settings)
        self.now = now or _moment(self.facts) or datetime.now(UTC)
        named = {**settings, **dict.fromkeys(self.facts.get("secrets") or ())}
        self.canaries = {name: f"canary-{token_hex(16)}" for name in _secrets(self.source, named)}
        self.beyond: Otherwise = lambda method, target: None
        self.received = _NOTHING if place is None else read_cassettes(place)
        self.recording = self.received.edited(partial(_as_json, self.source.decoders))
        self.is_recorded = place is not None
        self._folder = Path(tempfile.mkdtemp(prefix="duetrail-suite-"))
        self._numbers = count(1)
        self.replay_server = ReplayServer(self.recording)
        self.proxy = FaultProxy(self.replay_server.url + self._base)
        self.replay_server.shown = "http://" + urlsplit(self.proxy.url).netloc
        self.tokens: StandInTokens | None = None
        if self.source.oauth2 is not None:
            self.tokens = StandInTokens(self.source, self._folder)
            self.replay_server.lets_in = self.tokens.server.lets_in
            self.tokens.serve(self.connection)

    def close(self) -> None:
        """Stop the servers and remove the stores."""
        self.proxy.close()
        if self.tokens is not None:
            self.tokens.server.close()
        self.replay_server.close()
        shutil.rmtree(self._folder)

    # --- configuration ---------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The connection's name: not the plugin's, so that whoever mixes them up is found out."""
        return f"{self.plugin.name}-tested"

    @property
    def package(self) -> str:
        """The top package of the plugin's code."""
        return str(self.plugin.implementations["source"].__module__).partition(".")[0]

    @property
    def _base(self) -> str:
        public = self.settings.get("base_url") or self.source.base_url
        return urlsplit(public or next(iter(self.recording.hosts), "")).path.rstrip("/")

    def config(self, **settings: Any) -> Config:
        """A configuration that leads to the replay server."""
        table = {"attempts": 2, "timeout": 10.0, **self.settings, **self.canaries}
        table |= {"plugin": self.plugin.name, "base_url": self.proxy.url}
        if self.source.requests_per_second is not None:
            table.setdefault("requests_per_second", 1000.0)
        if self.tokens is not None:
            table |= self.tokens.settings
        connections = {self.name: table | settings}
        plugins = {self.plugin.name: self.plugin}
        return Config(self._folder / "duetrail.toml", "", connections, plugin_overrides=plugins)

    def connection(self, **settings: Any) -> Connection:
        """The connection under test.

        Raises:
            ConfigError: A setting is missing, unknown or wrong.
        """
        return self.bound(**settings).connection

    def bound(self, **settings: Any) -> BoundSource:
        """The same, with its plugin."""
        return self.config(**settings).connection(self.name)

    def project(self, **settings: Any) -> Project:
        """A store that holds nothing yet."""
        return Project(self.config(**settings), self._folder / f"{next(self._numbers)}.db")

    def synced(self) -> Project:
        """A store that holds what a sync of the recording leaves."""
        made = self.project()
        shutil.copy(self._synced, made.file)
        return made

    @cached_property
    def _synced(self) -> Path:
        """The file of such a store, which nobody changes."""
        project = self.project()
        self.sync(project)
        return project.file

    def folder(self) -> Path:
        """A new folder for whatever a test writes."""
        made = self._folder / f"folder-{next(self._numbers)}"
        made.mkdir()
        return made

    @cached_property
    def resources(self) -> list[Resource]:
        """The resources that the connection reads."""
        connection = self.connection()
        return [one for one in self.source.resources if connection.reads(one)]

    # --- syncs -----------------------------------------------------------------------------------

    def sync(
        self,
        project: Project,
        recording: Cassette | None = None,
        *,
        rules: Sequence[FaultRule] = (),
        refuse: int | None = None,
        otherwise: Otherwise = lambda method, target: None,
        heard: Callable[[SeenRequest], object] = lambda asked: None,
        **more: Any,
    ) -> Done:
        """Sync a project from the beginning of a recording.

        Args:
            project: Whose store.
            recording: What the vendor answers, if not what was recorded.
            rules: What goes wrong meanwhile.
            refuse: As for `ReplayServer.begin`.
            otherwise: As for `ReplayServer.begin`.
            heard: Is told each request as it comes.
            **more: As for `duetrail.sync`.
        """
        self.begin(recording, rules=rules, refuse=refuse, otherwise=otherwise, heard=heard)
        with WATCH.only(*self.ports, package=self.package) as others:
            summary, said = project.run(**{"workers": 1, "now": self.now} | more)
        self.reached, self.violations = others, sorted(set(WATCH.violations))
        return Done(summary, self.asked, said)

    def begin(
        self,
        recording: Cassette | None = None,
        *,
        rules: Sequence[FaultRule] = (),
        refuse: int | None = None,
        otherwise: Otherwise = lambda method, target: None,
        heard: Callable[[SeenRequest], object] = lambda asked: None,
    ) -> None:
        """Have the vendor begin anew; the arguments are those of `sync`."""
        played = self.recording if recording is None else recording
        most = _MANY * len(played.exchanges) + _MORE

        def listen(one: SeenRequest) -> None:
            heard(one)
            if one.number > most:  # no answer: else a walk without end would never end
                raise OSError("more requests than any walk over this recording needs")

        self.replay_server.begin(
            played,
            refuse=refuse,
            otherwise=lambda method, target: (
                otherwise(method, target) or self.beyond(method, target)
            ),
        )
        self.proxy.begin(*rules, heard=listen)
        self.most = most

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """Have the vendor begin anew; what reads from it and reaches nobody else."""
        self.begin()
        with WATCH.only(*self.ports), closing(Reader(Credentials())) as reader:
            yield reader

    def check(self, *, refuse: int | None = None) -> list[Finding]:
        """What a check finds of a vendor that begins anew; `refuse` as for `sync`."""
        self.begin(refuse=refuse)
        with WATCH.only(*self.ports):
            return list(check(self.bound(), None, self.now))

    @property
    def asked(self) -> tuple[str, ...]:
        """What was asked since the vendor began anew."""
        return tuple(f"{one.method} {one.target}" for one in self.proxy.asked)

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports of replay server, proxy and token host."""
        urls = [self.proxy.url, self.replay_server.url]
        urls += [self.tokens.server.url] if self.tokens else []
        return tuple(urlsplit(one).port or 0 for one in urls)


def failing(url: str) -> FaultRule:
    """A server error for whoever asks for this URL, every time."""
    return FaultRule(INTERNAL_ERROR, path=f"{re.escape(target_of(url))}$", times=None)


def target_of(url: str) -> str:
    """The path and the query of a URL."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _recorded(facts: Mapping[str, Any], source: Source) -> dict[str, Any]:
    """The settings a cassette was recorded with, as far as they are settings still."""
    known = {one.name for one in attrs.fields(source.options)} | {"include"}
    known |= set() if source.base_url else {"base_url"}
    settings: Mapping[str, Any] = facts.get("settings") or {}
    return {name: value for name, value in settings.items() if name in known}


def _moment(facts: Mapping[str, Any]) -> datetime | None:
    """When a cassette says that it was recorded."""
    return datetime.fromisoformat(facts["now"]) if "now" in facts else None


def _bound(module: Any) -> Plugin:
    try:
        declared = module.source()
    except DuetrailError:
        raise
    except Exception as error:
        where = [where_it_failed(error)]
        fail(f"source() failed: {type(error).__name__}: {error}", "hooks", where=where)
    return bind(getattr(declared, "name", "unnamed"), module)


def _as_json(decoders: Mapping[str, Any], exchange: RecordedExchange) -> RecordedExchange:
    """An answer as the core keeps it."""
    headers = {name.lower(): value for name, value in exchange.headers.items()}
    answer = Answer(
        url=exchange.address, status=exchange.status, headers=headers, body=exchange.body
    )
    with suppress(ProtocolError):  # the first sync says what is wrong with it
        if (read := decoded(answer, decoders)) is not answer:
            headers = headers | {"content-type": "application/json"}
            return attrs.evolve(exchange, headers=headers, body=read.body)
    return exchange


def _secrets(source: Source, settings: Mapping[str, Any]) -> list[str]:
    """The options that hold secrets: those that are required, and those the settings name."""
    attrs.resolve_types(source.options)
    return [
        one.name
        for one in attrs.fields(source.options)
        if one.type is Secret or Secret in get_args(one.type)
        if one.default is attrs.NOTHING or one.name in settings
    ]
