"""The engine's own tables: what it knows beside the records."""

from __future__ import annotations

from functools import partial

from duetrail.stores.schema.tables import ColumnSchema, Index, Kind, TableSchema

_text = partial(ColumnSchema, kind=Kind.TEXT, nullable=False)
_time = partial(ColumnSchema, kind=Kind.TIME, nullable=False)
_whole = partial(ColumnSchema, kind=Kind.WHOLE, nullable=False)
_bytes = partial(ColumnSchema, kind=Kind.BYTES, nullable=False)
_json = partial(ColumnSchema, kind=Kind.JSON, nullable=False)


def engine_tables() -> tuple[TableSchema, ...]:
    """The tables that hold no records, in the order in which they are shown."""
    return _TABLES


_TABLES = (
    TableSchema(
        name="links",
        help="Which touch belongs to which invoice, and how that is known.",
        columns=(
            _text("connection", help="the touch's connection"),
            _text("record", help="its table: `calls`, `callouts`, `emails`, or `invoices`"),
            _text("id", help="its id"),
            _text("invoice_connection", help="the invoice's connection, which may be another"),
            _text("invoice_id", help="the invoice's id; the invoice itself need not be stored"),
            _text("how", help="how the link is known"),
            _text("rule", help="the name of the rule of a derived link; otherwise empty"),
        ),
        primary_key=(
            "connection",
            "record",
            "id",
            "invoice_connection",
            "invoice_id",
            "how",
            "rule",
        ),
        indexes=(Index("links_by_invoice", ("invoice_connection", "invoice_id")),),
        is_clustered=True,
    ),
    TableSchema(
        name="removals",
        help="Records that are not stored any more, for whoever has copied them.",
        columns=(
            _text("connection", help="the record's connection"),
            _text("record", help="its table"),
            _text(
                "id",
                help="its id; of a record that was erased, because its id was a person, "
                "`erased:`, a random salt, `:`, and the SHA-256 of that salt followed by the id",
            ),
            _whole("run", help="the run that removed it"),
        ),
        primary_key=("connection", "record", "id"),
        is_clustered=True,
    ),
    TableSchema(
        name="rejects",
        help="Items that could not be mapped, each kept whole.",
        columns=(
            _text("connection", help="whose item it is"),
            _text("resource", help="the resource it was seen in"),
            _text("shape", help="in which form"),
            _text(
                "key",
                help="what tells it from others: a hash over where it stood, its id and its "
                "content",
            ),
            _text(
                "within",
                help="what it stood in: the key it was asked with, the items around it",
            ),
            _text("shard", help="the shard it came with"),
            _text("item", help="its id, if it has one", nullable=True),
            _text("path", help="where on the page it stood"),
            _text("json_path", help="what in the item is wrong"),
            _text("reason", help="why, for people"),
            _text("plugin", help="the plugin and version that refused it"),
            _whole("page", help="the page it stood on"),
            _whole("run", help="the run that saw it last"),
            _text("raw", help="the item as received, as JSON"),
        ),
        primary_key=("connection", "resource", "shape", "key"),
        indexes=(Index("rejects_by_item", ("connection", "resource", "item")),),
        is_clustered=True,
    ),
    TableSchema(
        name="pages",
        help="The answers that records and rejects came from, without what is never stored.",
        columns=(
            _whole("number", help="its number"),
            _text("connection", help="the connection that asked"),
            _text("resource", help="the resource"),
            _text("shard", help="the shard"),
            _whole("run", help="the run that brought it"),
            _text("url", help="what was asked, without secrets"),
            _whole("status", help="the HTTP status"),
            _time("received_at", help="when it came"),
            _bytes("body", help="the answer, compressed (Zstandard; zlib before schema 7)"),
        ),
        primary_key=("number",),
    ),
    TableSchema(
        name="extras",
        help="What stood only on pages that were dropped.",
        columns=(
            _whole("page", help="the number of the dropped page"),
            _bytes(
                "extras",
                help="of each object on it its shape, its path and what no field had a home for; "
                "JSON, compressed as pages are",
            ),
        ),
        primary_key=("page",),
    ),
    TableSchema(
        name="suppressed",
        help="Whom to keep out.",
        columns=(
            _text("kind", help="`address`, `number` or `name`"),
            _whole("size", help="the digits of a number, the words of a name; 0 for an address"),
            _bytes(
                "salt", help="what hashes are keyed with; the store's own, the same in every row"
            ),
            _bytes("hash", help="blake2b of the contact in its normal form"),
        ),
        primary_key=("kind", "size", "hash"),
    ),
    TableSchema(
        name="erasures",
        help="One row while an erasure is unfinished, otherwise empty.",
        columns=(_whole("pending", help="1"),),
        primary_key=("pending",),
        checks=("pending = 1",),
    ),
    TableSchema(
        name="fingerprints",
        help="The account that the data of each connection comes from.",
        columns=(
            _text("connection", help="the connection"),
            _text("plugin", help="the name of its plugin"),
            _text("base_url", help="the address it was read from, normalised"),
            _bytes("salt", help="the salt of the two hashes, random for each connection"),
            _bytes(
                "account",
                help="PBKDF2-HMAC-SHA256 of what the vendor calls the account; NULL if it does "
                "not say",
                nullable=True,
            ),
            _bytes(
                "credential",
                help="the same of the secrets of the connection; NULL if it has none",
                nullable=True,
            ),
        ),
        primary_key=("connection",),
        is_clustered=True,
    ),
    TableSchema(
        name="documents",
        help="The top-level objects of pages, each with everything inside it.",
        columns=(
            _whole("document", help="its number"),
            _bytes(
                "hash",
                help="16 bytes, 12 over what was received and 4 over how it is mapped; a document "
                "whose hash is known is not mapped again. Only the 12, or NULL: it is mapped "
                "whenever it is seen",
                nullable=True,
            ),
            _whole("page", help="the page it stood on when it was new or changed last"),
            _whole("run", help="the last run that saw it"),
            _whole("items", help="how many observations are part of what it shows"),
        ),
        primary_key=("document",),
        indexes=(Index("documents_by_hash", ("hash",)),),
    ),
    TableSchema(
        name="observations",
        help="For each record the newest sight of it in each place.",
        columns=(
            _text("connection", help="the record's connection"),
            _text(
                "record",
                help="its table; `SHAPE (no record)` for an object of a list that became no record "
                "and may hold others",
            ),
            _text("id", help="its id"),
            _text("resource", help="the resource it was seen in"),
            _text(
                "shape",
                help="in which form; of what is no record as its table",
            ),
            _text(
                "within",
                help="what it stood in: the key it was asked with, the items around it; empty at "
                "the top of a list",
            ),
            _text(
                "version",
                help="the vendor's version of it, as text that compares; empty for none",
            ),
            _bytes("hash", help="over what was made of it, and its version"),
            _whole("document", help="the document it stood in; 0 where that is not known"),
            _whole("page", help="the page it stood on"),
            _text("path", help="where on that page"),
            _whole(
                "run",
                help="the last run that saw it with this hash; where it stands on the page of its "
                "document, the document's run counts",
            ),
            _whole("missing", help="0, or the first run that proved it is not there any more"),
        ),
        primary_key=("connection", "record", "id", "resource", "shape", "within"),
        indexes=(Index("observations_by_page", ("page", "document")),),
        is_clustered=True,
    ),
    TableSchema(
        name="variants",
        help="What observations say, where those of one record differ.",
        columns=(
            _bytes("hash", help="the hash of the observations that say this"),
            _text("content", help="the rows they make, as JSON"),
        ),
        primary_key=("hash",),
        is_clustered=True,
    ),
    TableSchema(
        name="derivations",
        help="Which records were read off which.",
        columns=(
            _text("connection", help="the connection of both"),
            _text("record", help="the table of the record with the vendor's object"),
            _text("id", help="its id"),
            _text("derived", help="the table of the record that was read off it"),
            _text("derived_id", help="the id of that one"),
        ),
        primary_key=("connection", "record", "id", "derived", "derived_id"),
        is_clustered=True,
    ),
    TableSchema(
        name="withheld",
        help="Records that were missing from a complete reading, but too many at once to be "
        "marked absent.",
        columns=(
            _text("connection", help="their connection"),
            _text("resource", help="the resource they are missing from"),
            _text("record", help="their table"),
            _text("id", help="the id"),
            _whole("run", help="the last run in which it was missing"),
        ),
        primary_key=("connection", "resource", "record", "id"),
        is_clustered=True,
    ),
    TableSchema(
        name="checkpoints",
        help="How far each shard has come.",
        columns=(
            _text("connection", help="the connection"),
            _text(
                "resource",
                help="the resource; `*` and the name of a table for all that fills it",
            ),
            _text("shard", help="the shard; empty for the whole"),
            _whole("run", help="the run that read that far"),
            _time("at", help="when that run began"),
            _text(
                "state",
                help="`begun`, `done`, `unknown` (the vendor does not know the key), `failed`, "
                "`incomplete` or `limited`; for a whole resource `full` once it was read in full, "
                "or `withheld` if another full reading has to confirm what was missing",
            ),
            _json(
                "cursor",
                help="how far the listing was read, as JSON; NULL where everything is read each "
                "time",
                nullable=True,
            ),
        ),
        primary_key=("connection", "resource", "shard"),
        is_clustered=True,
    ),
    TableSchema(
        name="history",
        help="What records were, from when to when; once history was built, what they are, too.",
        columns=(
            _text("connection", help="the record's connection"),
            _text("record", help="its table"),
            _text("id", help="its id"),
            _time(
                "valid_from",
                help="from when on this state is valid: when the run began that found it",
            ),
            _time(
                "valid_to",
                help="until when it is valid: when the run began that found another state, or "
                "removed the record; NULL while it is valid, and until history is built also of "
                "the last state before the one that is stored",
                nullable=True,
            ),
            _whole("run", help="the run that found this state last"),
            _json(
                "content",
                help="its columns as the store keeps them, its children and its links, as JSON; "
                "without long texts",
            ),
        ),
        primary_key=("connection", "record", "id", "valid_from"),
        indexes=(Index("history_by_time", ("record", "valid_from")),),
    ),
    TableSchema(
        name="history_state",
        help="One row once history was built, otherwise empty.",
        columns=(
            _whole("built", help="1"),
            _time("since", help="from when on the store can be asked what it was"),
            _whole("run", help="the last run that history has followed"),
        ),
        primary_key=("built",),
        checks=("built = 1",),
    ),
    TableSchema(
        name="history_since",
        help="One row where records changed before it was kept what they were, otherwise empty.",
        columns=(
            _whole("kept", help="1"),
            _whole(
                "run",
                help="the run from which on it is known what records were; without this row it "
                "is from the first on",
            ),
        ),
        primary_key=("kept",),
        checks=("kept = 1",),
    ),
    TableSchema(
        name="runs",
        help="One row per sync.",
        columns=(
            _whole("run", help="its number"),
            _time("started_at", help="when it began"),
            _time("ended_at", help="when it ended; NULL if it was cut off", nullable=True),
            _text(
                "state",
                help="`running` (also if its process was killed; `duetrail status` tells these "
                "apart), `interrupted`, `ended`, or `read`: everything was read, but the steps "
                "after that, such as linking, were not finished",
            ),
            _json(
                "summary",
                help="its result, as JSON: the same as `duetrail sync --json` gives",
                nullable=True,
            ),
        ),
        primary_key=("run",),
    ),
)
