"""Jobs: pieces of work that any process can read, and what they give, which any process can commit.

    with Project("duetrail.toml") as project, project.run() as run:
        while jobs := run.plan():
            for job in jobs:
                run.commit(read(job))

`Run.plan` and `Run.commit` need the store, and stay in one process. `read` needs none, and can be
called anywhere: a job holds the configuration, and references to secrets instead of secrets. Jobs
and results are pickled by the ordinary `pickle`; take them from your own processes only.
"""

from __future__ import annotations

import io
import pickle
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import lru_cache
from graphlib import TopologicalSorter
from itertools import islice
from typing import Any

from attrs import field, frozen

from duetrail.config import Config
from duetrail.errors import DuetrailError
from duetrail.http.budget import Clock, MakesBudget
from duetrail.http.sharing import shared
from duetrail.http.slots import boot_clock
from duetrail.pipeline.batch import Batch
from duetrail.pipeline.plan import KEYS
from duetrail.pipeline.read import Credentials, Reader, ReadResult, Task
from duetrail.pipeline.run import Begun
from duetrail.pipeline.stops import Stops
from duetrail.pipeline.summary import Summary
from duetrail.pipeline.work import GROUP
from duetrail.plugins import Plugin
from duetrail.source import Connection, Resource, Shape, Shard, Source
from duetrail.streams import BoundSource, Stream


@frozen
class Job:
    """A piece of one resource's work, to be read in any process.

    Attributes:
        config: The configuration; secrets in it are references.
        connection: The name of the connection.
        resource: The name of the resource.
        shards: What to read, each with its key or the cursor it goes on from: one part of a
            listing, or some keys.
    """

    config: Config = field(repr=False)
    connection: str
    resource: str
    shards: tuple[Shard, ...]


@frozen(eq=False)
class JobResult:
    """What was read of a shard since the result before it: at most one page, or how it ended.

    Attributes:
        result: The same, as the pipeline has it.
    """

    result: ReadResult
    _origin: tuple[bytes, str] = field(repr=False)  # the configuration, and the connection's name

    @property
    def batch(self) -> Batch | None:
        """The page, mapped: records and rejects; None where there was none."""
        return self.result.batch

    @property
    def end(self) -> str:
        """How the shard ended: `done`, `unknown`, `incomplete`, `failed`; empty before that."""
        return self.result.end

    @property
    def error(self) -> DuetrailError | None:
        """Why, unless it is `done`."""
        return self.result.error

    def __reduce__(self) -> tuple[Callable[..., JobResult], tuple[Any, ...]]:
        resource = self.result.task.stream.resource.name
        return _unpacked, (*self._origin, resource, _packed(self.result))


def read(
    job: Job,
    *,
    budget: MakesBudget = shared,
    clock: Clock = boot_clock,
    rows_only: bool = False,
) -> Iterator[JobResult]:
    """Read and map the shards of a job, here and now; no store is needed.

    A shard that fails is told as a result. The rest of the job is left out after an error that
    refuses the credential, or the resource to it, and where the vendor answers to no key any more.

    Args:
        job: What to read.
        budget: Makes the rate budget of a credential; by default all processes of a user on one
            machine share it.
        clock: The clock of those who share it.
        rows_only: Whether the rows of records are enough, which takes less time.

    Raises:
        ConfigError, PluginError: The connection cannot be made here.
        SecretError: A reference resolves to nothing here.
    """
    origin = (pickle.dumps(job.config), job.connection)
    stream = _bound(*origin).stream(job.resource)
    stops = Stops()
    credentials = _credentials(stream.connection, budget, clock)
    with closing(Reader(credentials, stops.__contains__, rows_only=rows_only)) as reader:
        for shard in job.shards:
            for result in stops.observed(reader.read(Task(stream, shard))):
                yield JobResult(result, origin)


def jobs_of(config: Config, stream: Stream, shards: Iterator[Shard], keys: int) -> Iterator[Job]:
    """The jobs that read some shards of a stream: one for each, or for so many keys.

    Args:
        config: The configuration.
        stream: The stream.
        shards: What to read of it.
        keys: How many keys a job asks.
    """
    most = 1 if stream.resource.keys is None else keys
    names = (stream.connection.name, stream.resource.name)
    while some := tuple(islice(shards, most)):
        yield Job(config, *names, some)


class Run:
    """A run whose jobs are read elsewhere; made by `duetrail.project.Project.run`.

    Args:
        config: The configuration.
        one: The run, as the pipeline has it.
    """

    def __init__(self, config: Config, one: Begun) -> None:
        self._config = config
        self._one = one
        self._sorter = TopologicalSorter(one.plan)
        self._sorter.prepare()
        self._open: list[Stream] = []

    @property
    def summary(self) -> Summary:
        """What the run came to so far."""
        return self._one.summary

    def plan(self, keys: int = KEYS) -> list[Job]:
        """What can be read by now: at first what needs nothing else, then what that gave keys to.

        Call it again when all results of the jobs before were committed: it draws the conclusions
        from them. A shard whose end was not committed by then counts as not read to its end.

        Args:
            keys: How many keys a job asks.

        Returns:
            Jobs, to be read in any order; none when there is nothing left.
        """
        while self._sorter.is_active():
            for stream in self._open:
                self._finish(stream)
            self._open = list(self._sorter.get_ready())
            jobs = [job for stream in self._open for job in self._jobs(stream, keys)]
            if jobs:
                return jobs
        return []

    def commit(self, results: Iterable[JobResult]) -> None:
        """Write what was read, with how far its shards have come; small results share transactions.

        Args:
            results: Of one shard in the order they were read in.

        Raises:
            StoreError: The store cannot be written; what was committed before stays.
        """
        group: list[ReadResult] = []
        size = 0
        for one in results:
            group.append(one.result)
            size += one.result.size
            if len(group) >= GROUP.count or size >= GROUP.size:
                self._one.work.take(group)
                group, size = [], 0
        if group:
            self._one.work.take(group)

    def close(self) -> None:
        """Note of what is not read to its end that the run ended before it."""
        if self._sorter.is_active():
            self._one.work.mark_interrupted()

    def _jobs(self, stream: Stream, keys: int) -> Iterator[Job]:
        tasks = self._one.work.begin(self._one.plan, stream)
        return jobs_of(self._config, stream, (task.shard for task in tasks), keys)

    def _finish(self, stream: Stream) -> None:
        self._one.work.refuse_unread(stream)
        self._one.work.finish(stream)
        self._sorter.done(stream)


# --- the same things in another process -----------------------------------------------------------


@lru_cache(maxsize=64)
def _bound(config: bytes, connection: str) -> BoundSource:
    """The connection of a pickled configuration, made once in a process."""
    made: Config = pickle.loads(config)
    return made.connection(connection)


_shared: dict[tuple[MakesBudget, Clock], Credentials] = {}
_making = threading.Lock()


def _credentials(connection: Connection, budget: MakesBudget, clock: Clock) -> Credentials:
    """The credentials of this process: its jobs share logins and limits."""
    with _making:
        made = _shared.setdefault((budget, clock), Credentials(budget=budget, clock=clock))
        made.of(connection)
        return made


def _packed(result: ReadResult) -> bytes:
    """A result without what its plugin declares, which is the same at the other end."""
    file = io.BytesIO()
    pickler = pickle.Pickler(file)
    # Functions stand in these, which cannot be pickled.
    pickler.dispatch_table = {
        Connection: lambda one: (_declared, ("connection",)),
        Plugin: lambda one: (_declared, ("plugin",)),
        Source: lambda one: (_declared, ("source",)),
        Resource: lambda one: (_declared, ("resource", one.name)),
        Shape: lambda one: (_declared, ("shape", one.name)),
    }
    pickler.dump(result)
    return file.getvalue()


def _unpacked(config: bytes, connection: str, resource: str, result: bytes) -> JobResult:
    stream = _bound(config, connection).stream(resource)
    return JobResult(_Unpickler(io.BytesIO(result), stream).load(), (config, connection))


def _declared(kind: str, name: str = "") -> Any:
    """Stands in a pickled result for what is declared; `_Unpickler` puts another in its place."""
    raise pickle.UnpicklingError("a result is read by its job alone")


class _Unpickler(pickle.Unpickler):
    """Reads a result; what is declared is that of a stream of this process."""

    def __init__(self, file: io.BytesIO, stream: Stream) -> None:
        super().__init__(file)
        self._stream = stream

    def find_class(self, module: str, name: str) -> Any:
        """The class or function of a name."""
        is_ours = (module, name) == (__name__, _declared.__name__)
        return self._here if is_ours else super().find_class(module, name)

    def _here(self, kind: str, name: str = "") -> Any:
        source = self._stream.connection.source
        match kind:
            case "connection":
                return self._stream.connection
            case "plugin":
                return self._stream.plugin
            case "source":
                return source
            case "resource":
                return source.resource(name)
        return next(shape for shape in self._stream.resource.shapes if shape.name == name)
