"""Find, list and load plugins. One broken plugin is one clear line; all others work.

A plugin is an installed distribution with an entry point in the group `duetrail`. It is listed
from its metadata and imported when it is needed. `DUETRAIL_PLUGINS=a,b` limits which may load.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, update_wrapper, wraps
from pathlib import Path
from time import perf_counter
from typing import Any, cast

import attrs
import pluggy
from attrs import evolve, field, frozen

from duetrail import hookspecs
from duetrail.errors import DuetrailError, PluginError, did_you_mean, nearest
from duetrail.installed import COMMANDS, GROUP, EntryPoint, is_on, names, points, version_of
from duetrail.model import Record
from duetrail.requirement import refused
from duetrail.source import (
    Connection,
    Cursor,
    Item,
    Notice,
    Page,
    Resource,
    Shard,
    Skip,
    Source,
)


@frozen
class Plugin:
    """A loaded plugin.

    Attributes:
        name: Its entry point's name.
        version: Its distribution's version.
        hooks: The names of the hooks it implements.
        source: What it declares, if it speaks for a vendor.
        implementations: Its hooks as plain functions that take every argument by name.
        import_ms: Milliseconds its import took, with all that only it imports; little where that
            was imported before.
    """

    name: str
    version: str
    hooks: tuple[str, ...]
    source: Source | None
    implementations: dict[str, Callable[..., Any]]
    import_ms: float = field(default=0.0, eq=False)

    def fetch(
        self, shard: Shard, session: Any, connection: Connection
    ) -> Iterable[Page | Cursor | Notice]:
        """The pages of a shard, and what goes with them (see `duetrail.hookspecs.fetch`)."""
        found: Iterable[Page | Cursor | Notice] = self.implementations["fetch"](
            shard=shard, session=session, connection=connection
        )
        return found

    def map_item(self, item: Item, connection: Connection) -> Iterable[Record | Skip]:
        """The records of an item (see `duetrail.hookspecs.map_item`)."""
        records: Iterable[Record | Skip] = self.implementations["map_item"](
            item=item, connection=connection
        )
        return records

    def plan(self, resource: Resource, connection: Connection) -> Iterable[Shard]:
        """The shards of a resource (see `duetrail.hookspecs.plan`)."""
        if "plan" not in self.implementations:
            return (Shard(resource.name),)
        shards: Iterable[Shard] = self.implementations["plan"](
            resource=resource, connection=connection
        )
        return shards


class MapDeclared:
    """The hook `map_item` of a plugin that declares mappings.

    Args:
        hook: The plugin's own, for the shapes that have none.
        source: Its hook `source`, whose code stands for it where it has no `map_item`.
    """

    def __init__(self, hook: Callable[..., Any] | None, source: Callable[..., Any]) -> None:
        self._map_item = hook or source
        update_wrapper(self, self._map_item)

    def __call__(self, item: Item, connection: Connection) -> Iterable[Record | Skip]:
        """The records of an item."""
        mapping = item.shape.mapping
        if mapping is not None and item.shape.is_declared(item.wire):
            around = item.parent if mapping.parents else None
            return (mapping.record(item.wire, connection.name, connection.options, around),)
        records: Iterable[Record | Skip] = self._map_item(item=item, connection=connection)
        return records


@frozen
class Listing:
    """One row of `duetrail plugins`.

    Attributes:
        name: The entry point's name.
        version: The distribution's version.
        distribution: The distribution's name.
        state: `loaded`, `off` or `failed`.
        cause: Why it failed, otherwise empty.
        resources: The names of its resources.
        optional: Those of them that are read only where somebody names them.
        records: Each main table with `native`, `derived` or `unsupported`.
        hooks: The hooks it implements.
        commands: The commands it adds.
        contract: The version of the contract it was loaded with.
        import_ms: Milliseconds its import took; None where it was not imported.
    """

    name: str
    version: str
    distribution: str
    state: str
    cause: str = ""
    resources: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    records: Mapping[str, str] = field(factory=dict)
    hooks: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    contract: str = hookspecs.CONTRACT
    import_ms: float | None = field(default=None, eq=False)


def where_it_failed(error: BaseException) -> str:
    """The type of a plugin's own error and the line it came from; never its text.

    What a plugin's bug says may hold what it was working on: names, addresses, amounts.
    """
    every = traceback.extract_tb(error.__traceback__)
    frames = [one for one in every if not one.filename.startswith("<frozen ")]
    if not frames:
        return type(error).__name__
    return f"{type(error).__name__} at {Path(frames[-1].filename).name}:{frames[-1].lineno}"


@contextmanager
def plugin_errors(failed: str, hint: str = "") -> Iterator[None]:
    """Whatever a plugin raises in the block, unless it is meant for people, as an error that is.

    Args:
        failed: What failed, such as `the fetch of plugin 'acme'`.
        hint: What to do next.

    Raises:
        PluginError: A plugin failed.
        DuetrailError: As it was raised.
    """
    try:
        yield
    except DuetrailError:
        raise
    except Exception as error:
        # The original stays in `__context__`; a traceback that showed it would show data.
        raise PluginError(f"{failed}: {where_it_failed(error)}", hint=hint) from None


@cache
def load(name: str) -> Plugin:
    """Import a plugin and register its hooks.

    Raises:
        PluginError: It is not installed, off, installed twice, for another version of Duetrail,
            does not import, implements a hook that does not exist, or declares something
            impossible.
    """
    point = _the_point(name)
    _refuse_unfit(point)
    begin = perf_counter()
    try:
        module = point.load()
    except DuetrailError as error:  # such as of a mapping that fits no record
        message = f"plugin {name!r} does not import: {error.message}"
        raise PluginError(message, hint=error.hint) from error
    except (Exception, SystemExit) as error:
        raise PluginError(
            f"plugin {name!r} does not import: {type(error).__name__}: {error}",
            hint=f"Reinstall or remove it: pip uninstall {point.distribution}.",
        ) from error
    import_ms = round((perf_counter() - begin) * 1000, 1)
    return evolve(bind(name, module, point.version), import_ms=import_ms)


def bind(name: str, module: Any, version: str = "unknown") -> Plugin:
    """A plugin made of what has its hooks, whether or not it is installed.

    Args:
        name: What its source is called.
        module: A module, or anything else whose attributes are the hooks.
        version: Its version, for rejects and summaries.

    Raises:
        PluginError: It implements a hook that does not exist, or declares something impossible.
    """
    manager = pluggy.PluginManager("duetrail")
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(module, name)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise PluginError(f"plugin {name!r} {_misspelt(error, module)}") from error
    return _bound(name, version, manager)


def listings() -> list[Listing]:
    """Every installed plugin with its state; imports each one that is not off."""
    commands = points(COMMANDS)
    return [_listing(point, commands) for point in sorted(points(GROUP), key=lambda p: p.name)]


# --- loading -------------------------------------------------------------------------------------


def _the_point(name: str) -> EntryPoint:
    found = [point for point in points(GROUP) if point.name == name]
    if not found:
        near = did_you_mean(name, names())
        line = f"pip install duetrail-{name}"
        raise PluginError(
            f"plugin {name!r} is not installed",
            hint=f"{near} If not: {line}" if near else line,
        )
    if len(found) > 1:
        both = " and ".join(f"{p.distribution} {p.version}" for p in found)
        raise PluginError(f"two plugins are called {name!r}: {both}", hint="Uninstall one of them.")
    if not is_on(name):
        raise PluginError(
            f"plugin {name!r} is off: DUETRAIL_PLUGINS does not name it",
            hint=f"Add {name} to DUETRAIL_PLUGINS, or unset it.",
        )
    return found[0]


def _refuse_unfit(point: EntryPoint) -> None:
    """Refuse a plugin whose distribution requires another Duetrail: pip would not have let it in.

    Its own errors would say less: a hook nobody knows, a name that cannot be imported.
    """
    ours = version_of("duetrail")
    for line in point.requires if ours else ():
        if wanted := refused(line, "duetrail", ours):
            raise PluginError(
                f"plugin {point.name!r} {point.version} is not for this Duetrail: it requires "
                f"{wanted}, this is {ours}",
                hint=f"pip install --upgrade duetrail {point.distribution}",
            )


def _bound(name: str, version: str, manager: pluggy.PluginManager) -> Plugin:
    hooks = {}
    for caller in manager.get_hookcallers(manager.get_plugin(name)) or []:
        for implementation in caller.get_hookimpls():
            offered = caller.spec.argnames if caller.spec else ()
            hooks[caller.name] = _by_keyword(
                implementation.function, implementation.argnames, offered
            )
    source = _declared(name, hooks)
    names = tuple(sorted(hooks))
    if source is not None and any(shape.mapping for shape in source.shapes):
        hooks["map_item"] = MapDeclared(hooks.get("map_item"), hooks["source"])
    return Plugin(name, version, names, source, hooks)


def _declared(name: str, hooks: dict[str, Any]) -> Source | None:
    if "source" not in hooks:
        return None
    try:
        source = hooks["source"]()
    except PluginError:
        raise
    except Exception as error:
        raise PluginError(
            f"plugin {name!r} cannot declare its source: {type(error).__name__}: {error}"
        ) from error
    _check(name, source, hooks)
    return cast("Source", source)


def _by_keyword(
    function: Callable[..., Any], wanted: tuple[str, ...], offered: tuple[str, ...]
) -> Callable[..., Any]:
    """A hook that takes all that is offered by name, and leaves what it does not want."""
    if set(wanted) == set(offered):
        return function
    return wraps(function)(lambda **given: function(**{name: given[name] for name in wanted}))


def _check(name: str, source: Any, hooks: dict[str, Any]) -> None:
    if not isinstance(source, Source):
        raise PluginError(f"plugin {name!r}: source() gave {type(source).__name__}, not a Source")
    if source.name != name:
        raise PluginError(
            f"plugin {name!r} declares a source called {source.name!r}",
            hint="The source and its entry point must have one name.",
        )
    has_mappings = all(shape.mapping and not shape.unless for shape in source.shapes)
    for hook in ("fetch",) if has_mappings else ("fetch", "map_item"):
        if hook not in hooks:
            raise PluginError(
                f"plugin {name!r} declares a source but has no {hook} hook",
                hint="Mark it with @hookimpl, in the module that the entry point names or imported "
                "there; a function of that name without the mark is none.",
            )
    _check_dispatch(name, source, hooks)
    try:
        _refuse_unfit_types(source)
        _check_requests(source, hooks)
    except PluginError as error:
        raise PluginError(f"plugin {name!r}: {error.message}", hint=error.hint) from None


def _check_dispatch(name: str, source: Source, hooks: dict[str, Any]) -> None:
    """Refuse a `fetch` by resource that leaves one out, or has one too many."""
    fetched = getattr(hooks.get("fetch"), "resources", None)
    declared = {one.name for one in source.resources}
    if fetched is not None and fetched != declared:
        raise PluginError(
            f"plugin {name!r} fetches other resources than it declares: "
            f"{', '.join(sorted(fetched ^ declared))}",
            hint="Give by_resource one function for each resource of the source.",
        )


def _check_requests(source: Source, hooks: dict[str, Any]) -> None:
    """Refuse names in what declared lists ask for that stand for nothing."""
    for resource, in_request in getattr(hooks.get("fetch"), "names_asked", {}).items():
        if in_request:
            from duetrail.http.filled import refuse_unknown  # what it imports takes its time

            refuse_unknown(source, source.resource(resource), in_request)


def _refuse_unfit_types(source: Source) -> None:
    """Refuse classes whose types cannot be used: the first answer would be too late to say so."""
    from duetrail.wire import refuse_unfit  # what it imports takes its time

    try:
        attrs.resolve_types(source.options)
    except Exception as error:
        raise PluginError(
            f"the types of its options {source.options.__qualname__} cannot be resolved: {error}",
            hint="They are needed when the plugin runs: import them at the top of the module, and "
            "not under `if TYPE_CHECKING`.",
        ) from None
    for wire in {shape.wire: None for shape in source.shapes}:
        refuse_unfit(wire)


def _misspelt(error: pluggy.PluginValidationError, module: Any) -> str:
    known = [name for name in vars(hookspecs) if hasattr(getattr(hookspecs, name), "duetrail_spec")]
    for name, value in vars(module).items():
        if getattr(value, "duetrail_impl", None) is not None and name not in known:
            near = nearest(name, known)
            asked = f"; did you mean {near}?" if near else f"; there are {', '.join(known)}"
            return f"implements a hook {name!r} that does not exist{asked}"
    return f"does not fit the contract: {str(error).splitlines()[-1]}"


# --- listing -------------------------------------------------------------------------------------


def _listing(point: EntryPoint, all_commands: list[EntryPoint]) -> Listing:
    name, distribution = point.name, point.distribution
    added = sorted(c.name for c in all_commands if c.distribution == distribution)
    if not is_on(name):
        return Listing(name, point.version, distribution, "off")
    try:
        plugin = load(name)
    except PluginError as error:
        return Listing(name, point.version, distribution, "failed", cause=error.message)
    source = plugin.source
    return Listing(
        name,
        plugin.version,
        distribution,
        "loaded",
        resources=tuple(r.name for r in source.resources) if source else (),
        optional=tuple(r.name for r in source.resources if r.optional) if source else (),
        records=source.coverage() if source else {},
        hooks=plugin.hooks,
        commands=tuple(added),
        import_ms=plugin.import_ms,
    )
