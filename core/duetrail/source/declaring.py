"""What a vendor plugin declares of itself, and what a configuration makes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from attrs import field, frozen

from duetrail.declared import FieldMapping
from duetrail.declared.around import check_parents
from duetrail.declared.rules import Computed, Misfit, or_none, text_of
from duetrail.declared.where import Where
from duetrail.errors import DuetrailError, PluginError
from duetrail.model import Call, Callout, Email, Invoice, Record, Ref, Touch, only
from duetrail.source.oauth2 import OAuth2
from duetrail.source.pages import Page
from duetrail.source.paths import is_inside, path_around, steps_from
from duetrail.source.renamed import former_fields

if TYPE_CHECKING:
    from requests.auth import AuthBase

_MAIN = (Invoice, Call, Callout, Email)

FILLED = frozenset({"(what its mapping fills)"})
"""For `Shape.carries`: the fields that the shape's mapping fills, whichever they are."""


def option(help: str, *, default: Any = attrs.NOTHING, validator: Any = None) -> Any:
    """One setting of a connection, as a field of a source's options class.

    Args:
        help: What it does, in one sentence, with units and range; shown to users.
        default: Its value where the configuration does not set it; without one it is required.
        validator: An attrs validator, for example `attrs.validators.in_(("minor", "major"))`.
    """
    return field(default=default, validator=validator, metadata={"help": help}, kw_only=True)


def between(low: int, high: int) -> Any:
    """The validator of a setting that is a number from one to another, both included."""
    return attrs.validators.and_(attrs.validators.ge(low), attrs.validators.le(high))


def with_page_size(options: type[Any], most: int) -> type[Any]:
    """An options class with one more setting, `page_size`: rows per page.

    Args:
        options: The class, such as `OAuth2UserOptions`.
        most: The most that the vendor gives, which is the default.
    """
    rows = field(
        type=int,
        default=most,
        validator=between(1, most),
        metadata={"help": f"Rows per page, 1 to {most}."},
        kw_only=True,
    )
    return attrs.make_class("Options", {"page_size": rows}, bases=(options,), frozen=True)


@former_fields(settled="is_final")
@frozen(kw_only=True)
class Keys:
    """Where the keys of a keyed resource come from: a column of stored records.

    Attributes:
        record: The records that feed it, for example `Invoice`.
        column: The column that holds the key; for an option it is the default, which the user
            may override (`"stuut-us:remote_id"`).
        option: The option in which the user says whose records they are, or lists the keys;
            None where they are the connection's own.
        is_final: Given the stored record, when its key was last asked, and the connection's
            options: whether the answer can have changed no more, so that the key need not be asked
            again. None where it always can. `--full` asks every key.
    """

    record: type[Record]
    column: str = "id"
    option: str | None = None
    is_final: Callable[[Any, datetime, Any], bool] | None = None

    def __attrs_post_init__(self) -> None:
        if self.column not in {field.name for field in attrs.fields(self.record)}:
            raise PluginError(
                f"keys cannot come from {self.column!r} of {self.record.table}: there is no such "
                "column"
            )


@frozen(kw_only=True)
class KeySource:
    """What the user answered for a `Keys.option`: whose records, or which keys.

    Written as `"stuut-us"`, `"stuut-us:remote_id"`, `"file:ids.txt"` (one key a line) or a list.

    Attributes:
        connection: The connection whose stored records give the keys.
        column: The column of those records, where it is not the default.
        file: A file of keys.
        values: The keys themselves.
    """

    connection: str | None = None
    column: str | None = None
    file: Path | None = None
    values: tuple[str, ...] = ()


@frozen(kw_only=True, eq=False)
class Shape:
    """One form in which a resource shows an object: in a list, embedded, in detail.

    Where an object comes in several shapes, the newest sight of each is kept and the record is
    folded from them: each field is taken from the shape of the highest rank that carries it.

    Attributes:
        name: What this shape is called, such as `invoice` or `invoice.email`; unlike the others
            of its resource.
        mapping: How its objects are mapped (see `duetrail.declared`); without one, `map_item` does.
        unless: `computed(...)` of keys of the mapping: an object for which it is true is left to
            `map_item`, such as one that further records are derived from.
        where: Which of the objects that stand there are meant, where there are several kinds: by
            key, the value it must have, or some of which it must have one, such as
            `{"type": "email"}`. An object that no shape is for is left out, and counted.
        record: The record it becomes; the mapping's, where there is one.
        wire: The attrs class that names the fields in use (see `duetrail.wire`); the mapping's,
            where there is one.
        path: Where such objects stand on a page: `$.data[*]`, `$.data[*].calls[*]`; `$` where the
            page is the object.
        id: The vendor's key of the identifying field.
        version: The vendor's key of a value that grows when the object changes, such as
            `modified_at`; of two sights the one with the greater version is newer.
        carries: The record fields this shape can fill. If nothing is said: `FILLED`, those that its
            mapping has rules for; where it has none, or an `unless`, all of them (None).
        rank: Which shape wins where several carry a field: the highest; of equal ranks the one
            with the newer version.
        needs_id: Whether an object without an id is a bad item. Where it is not, such an object is
            left out: it is known by what stands around it alone.
        may_be_absent: Whether a page may lack the list, or the object, where there is none, or
            what that stands in. Else such a page is an error, so that another answer is never taken
            for an empty list. Of a shape inside other objects: whether it is normal that none of
            them has it; else that is told. Where they have no shape and nothing else was read
            either, it is told all the same.
        derives: Further kinds of record made from the same object, such as a Callout read off a
            planned call. They disappear when the object no longer gives rise to them.
    """

    name: str
    mapping: FieldMapping[Any] | None = None
    unless: Computed | None = None
    where: Mapping[str, Any] = field(factory=dict)
    record: type[Record] = field()
    wire: type[Any] = field()
    path: str
    id: str = "id"
    version: str | None = None
    carries: frozenset[str] | None = None
    rank: int = 0
    needs_id: bool = True
    may_be_absent: bool = False
    derives: tuple[type[Record], ...] = ()

    @record.default
    def _record(self) -> type[Record]:
        return self._mapped.kind

    @wire.default
    def _wire(self) -> type[Any]:
        return self._mapped.wire

    @property
    def _mapped(self) -> FieldMapping[Any]:
        if self.mapping is None:
            raise PluginError(
                f"shape {self.name!r} does not say what its objects become",
                hint="Give it a record and a wire class, or a mapping.",
            )
        return self.mapping

    def __attrs_post_init__(self) -> None:
        Where.of(self.where)
        steps_from("$", self.path, self.name)
        if self.mapping is None:
            if self.carries is FILLED:
                self._mapped  # noqa: B018 - says what is missing
            return
        if self.record is not self.mapping.kind or self.wire is not self.mapping.wire:
            raise PluginError(
                f"shape {self.name!r} has a mapping, and another record or wire class",
                hint="Leave out `record` and `wire`: the mapping has both.",
            )
        if not issubclass(self.record, Record):
            raise PluginError(
                f"shape {self.name!r} has a mapping of {self.record.__name__}, which is no record",
                hint="Use it inside the mapping of a record.",
            )
        if self.carries is FILLED or (self.carries is None and self.unless is None):
            names = " ".join(self.mapping.fields)
            object.__setattr__(self, "carries", only(self.record, f"{names} extra"))
        if self.derives and self.unless is None:
            raise PluginError(
                f"shape {self.name!r} has a mapping, which makes one record, and derives others",
                hint="Say with `unless` which objects are left to map_item.",
            )
        keys = self.mapping.keys
        if self.unless and not all(
            key in keys and type_ in (text_of(keys[key]), or_none(text_of(keys[key])))
            for key, type_ in self._unless_keys().items()
        ):
            raise PluginError(
                f"shape {self.name!r} has an `unless` of keys that its mapping reads otherwise, or "
                "not at all",
                hint="It is computed of keys of the mapping, with the types they have there.",
            )

    def _unless_keys(self) -> dict[str, Any]:
        assert self.unless is not None
        try:
            return self.unless.parameters()
        except Misfit as error:
            raise PluginError(
                f"`unless` of shape {self.name!r} {error}",
                hint="Give it a function with a typed parameter for each of its keys.",
            ) from None

    def is_declared(self, wire: Any) -> bool:
        """Whether its mapping makes the record of an object, and not `map_item`."""
        mapping, unless = self.mapping, self.unless
        return mapping is not None and not (unless and mapping.is_true(unless, wire))


@frozen(kw_only=True, eq=False)
class Resource:
    """One thing the vendor's API can be asked for.

    Attributes:
        name: Its name in commands and summaries, such as `invoices`.
        shapes: What stands on its pages.
        keys: Where its keys come from, if it can only be asked per key.
        never_stored: JSON keys cut wherever they stand before anything is written: secrets,
            presigned links.
        volatile: JSON keys whose values change by themselves (an age in days): kept on the page,
            but no reason to call an item changed.
        optional: Whether it is read only where a connection's `include`, or `--select`, names it.
        since: What `--since` means to its `fetch`, as the end of "from that day on, by ...", such
            as `issued_at`; empty where the vendor cannot be asked so, and everything is read.
        until: What `--until` means to its `fetch`, likewise: the same field up to a time, which is
            excluded. What else an answer shows does no harm.
        exhaustive: Whether a reading without cursor and date shows everything there is. Where it
            covers a stretch of time only, nothing is inferred from what it does not show, and it is
            read in full again only when the user asks for it.
        filtered: Given the connection's options, whether they leave some of it out: then nothing is
            inferred from what a reading does not show, either. None where they never do.
    """

    name: str
    shapes: tuple[Shape, ...]
    keys: Keys | None = None
    never_stored: frozenset[str] = frozenset()
    volatile: frozenset[str] = frozenset()
    optional: bool = False
    since: str = ""
    until: str = ""
    exhaustive: bool = True
    filtered: Callable[[Any], bool] | None = None

    def __attrs_post_init__(self) -> None:
        names = [shape.name for shape in self.shapes]
        if len(set(names)) < len(names):
            raise PluginError(
                f"resource {self.name!r} has two shapes of one name: {', '.join(sorted(names))}",
                hint="Give each shape a name of its own.",
            )
        for shape in self.shapes:
            if shape.mapping is not None:
                around = [one.wire for one in self.around(shape)]
                stands = self.path_around(shape) is not None
                what = f"shape {shape.name!r}"
                check_parents(what, shape.mapping.parents, around, stands_in_one=stands)

    def around(self, shape: Shape) -> list[Shape]:
        """The shapes whose objects stand nearest around those of another."""
        paths = {one.path for one in self.shapes if is_inside(shape.path, one.path)}
        return [one for one in self.shapes if paths and one.path == max(paths, key=len)]

    def path_around(self, shape: Shape) -> str | None:
        """The path of the object around those of a shape, with a shape or without, if any."""
        around = self.around(shape)
        return around[0].path if around else path_around(shape.path)

    def proves_absence(self, options: Any) -> bool:
        """Whether what a complete reading with these options does not show is not there."""
        return self.exhaustive and not (self.filtered and self.filtered(options))

    @property
    def yields(self) -> tuple[type[Record], ...]:
        """The kinds of record its pages may become, native ones first."""
        native = [shape.record for shape in self.shapes]
        derived = [record for shape in self.shapes for record in shape.derives]
        return tuple(dict.fromkeys(native + derived))


@frozen(kw_only=True)
class Period:
    """A rule by which touches belong to an invoice: same customer, within the invoice's period.

    The core derives the links after each sync, from `period_start_at` up to, not including,
    `period_end_at`; they carry the rule's name.

    Attributes:
        name: The rule, for the links it makes, such as `billing period`.
        touch: The records it links.
        at: Their field that must lie in the period.
        where: Values other fields of theirs must have.
        counted: The field of the invoice that says how many there should be; a disagreement is
            listed by `duetrail status --checks`.
    """

    name: str
    touch: type[Touch]
    at: str
    where: Mapping[str, str] = field(factory=dict)
    counted: str | None = None


@former_fields(fault="classify_error")
@frozen(kw_only=True, eq=False)
class Source:
    """What a vendor plugin declares of itself.

    Attributes:
        name: The plugin's name; the same as its entry point.
        title: The vendor's name for people.
        options: The attrs class of its settings; fields are made with `option`.
        base_url: Where the API is unless the configuration says otherwise; None where there is
            no safe default.
        resources: What it can be asked for.
        unsupported: The kinds of record this vendor does not have. Together with what the
            resources yield they must name Invoice, Call, Callout and Email, so that "none" is
            never mistaken for "not asked".
        auth: Makes the authentication from the options.
        classify_error: Says which error an answer stands for, or None where it is good; the default
            goes by the HTTP status alone.
        login: The path of the one POST that is allowed, where a login gives the token.
        oauth2: Where its tokens come from, for an `OAuth2Auth`; None where it has no OAuth2.
        headers: Headers of every request that are no credentials, such as the version of the API;
            or, given the options, such headers.
        reads: The paths that are read by POST, such as `/graphql` and `/databases/{}/query`, in
            which `{}` is one segment. Anything else by POST is refused before it is sent.
        decoders: How answers that are not JSON become JSON, by media type:
            `{"text/csv": csv_rows()}` (see `duetrail.http`).
        requests_per_second: The vendor's announced limit per credential; None where unknown.
        periods: Rules that link touches to invoices by customer and time, where the vendor names
            no link.
        account: Given a session and the options, the vendor's id of the account that the
            credentials belong to, such as an organization; None where an answer does not say.
            Called at the beginning of each sync, so that the data of two accounts is not mixed.
            Leave it out where the vendor does not tell.
    """

    name: str
    title: str
    options: type[Any]
    resources: tuple[Resource, ...]
    auth: Callable[[Any], AuthBase]
    base_url: str | None = None
    unsupported: tuple[type[Record], ...] = ()
    classify_error: Callable[[Page], DuetrailError | None] | None = None
    login: str | None = None
    oauth2: OAuth2 | None = None
    headers: Mapping[str, str] | Callable[[Any], Mapping[str, str]] = field(factory=dict)
    reads: tuple[str, ...] = ()
    decoders: Mapping[str, Callable[[bytes], bytes]] = field(factory=dict)
    requests_per_second: float | None = None
    periods: tuple[Period, ...] = ()
    account: Callable[[Any, Any], str | None] | None = None

    def __attrs_post_init__(self) -> None:
        yielded = {record for resource in self.resources for record in resource.yields}
        for record in _MAIN:
            if (record in yielded) == (record in self.unsupported):
                raise PluginError(
                    f"source {self.name!r} must either yield {record.table} or declare them "
                    "unsupported",
                    hint="Name each of Invoice, Call, Callout and Email once: in a shape, or in "
                    "`unsupported`.",
                )
        for path in self.reads:
            if not path.startswith("/") or path == self.login or "?" in path:
                raise PluginError(
                    f"source {self.name!r} reads {path!r} by POST, which is no path to read",
                    hint="Name paths below base_url, such as /graphql; a login is none of them.",
                )
        rules = [period.name for period in self.periods]
        if len(set(rules)) < len(rules):
            raise PluginError(
                f"source {self.name!r} has two periods of one name: {', '.join(sorted(rules))}",
                hint="Give each a name of its own: the links it makes carry it.",
            )

    def resource(self, name: str) -> Resource:
        """The resource of this name.

        Raises:
            KeyError: There is none.
        """
        return next(r for r in self.resources if r.name == name)

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The shapes of all its resources."""
        return tuple(shape for resource in self.resources for shape in resource.shapes)

    def coverage(self) -> dict[str, str]:
        """Each main table with `native`, `derived` or `unsupported`."""
        # What is optional is not what a reader can count on.
        usual = [r for r in self.resources if not r.optional]
        native = {shape.record for r in usual for shape in r.shapes}
        derived = {kind for r in usual for kind in r.yields} - native
        native |= {kind for r in self.resources for kind in r.yields} - derived
        return {
            record.table: (
                "native" if record in native else "derived" if record in derived else "unsupported"
            )
            for record in _MAIN
        }

    def shapes_of(self, record: type[Record]) -> list[tuple[Resource, Shape]]:
        """Every (resource, shape) that shows this kind of record, highest rank first."""
        found = [(r, s) for r in self.resources for s in r.shapes if s.record is record]
        return sorted(found, key=lambda pair: (-pair[1].rank, pair[0].name, pair[1].name))


@frozen(kw_only=True)
class Connection:
    """A configured source: whose account, where, with which settings.

    Attributes:
        name: The name in the configuration, such as `stuut-us`.
        source: What its plugin declares.
        base_url: Where requests go; no other host ever sees the credentials.
        options: An instance of `source.options`.
        timeout: Seconds to wait for a connection or for the next bytes.
        attempts: How often one request is tried.
        requests_per_second: The limit in force; None where unknown.
        include: The names of the optional resources that are read.
        full_every: Days after which a listing with a cursor is read in full again.
        max_body: MiB of one answer, decompressed, beyond which it is refused.
        max_time: Seconds of one answer, from the request to its last byte, after which it is given
            up and tried again.
        mass_loss_share: From which share of a listing's records on missing ones are not marked
            absent before a second reading misses them, too.
        mass_loss_least: The least number of missing records for which that holds.
        token_url: Where tokens of OAuth2 are asked for; None where its source has no OAuth2.
        transforms: What every record passes through once it is mapped, in this order, by the name
            of the plugin that has it.
    """

    name: str
    source: Source
    base_url: str
    options: Any
    timeout: float = 60.0
    attempts: int = 5
    requests_per_second: float | None = None
    include: tuple[str, ...] = ()
    full_every: float = 7.0
    max_body: float = 64.0
    max_time: float = 600.0
    mass_loss_share: float = 1 / 3
    mass_loss_least: int = 5
    token_url: str | None = None
    transforms: Mapping[str, Callable[[Record], Record]] = field(factory=dict, repr=False)

    def reads(self, resource: Resource) -> bool:
        """Whether a resource is read without being selected by name."""
        return not resource.optional or resource.name in self.include

    def ref(self, record: type[Record], id: str) -> Ref:
        """A reference to a record of this connection, whether or not it has been read."""
        return Ref(self.name, record.table, id)
