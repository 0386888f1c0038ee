"""What records were is kept as they change: built last, history is what it is when built first."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from duetrail.model import Invoice, Link, LinkKind, Ref
from duetrail.pipeline import history
from duetrail.privacy import erasure
from duetrail.stores import Changes, RecordQuery, Row, Store, open_store, to_row
from support.books import noon
from support.nightly import examples

IDS = ("1", "2", "pat@acme.example")
PERSON = ["pat@acme.example"]

_id = st.sampled_from(IDS)
_step = st.one_of(
    st.tuples(st.just("put"), _id, st.sampled_from(["a", "pat@acme.example"])),
    st.tuples(st.just("remove"), _id),
    st.tuples(st.just("mark"), _id),
    st.tuples(st.just("unmark"), _id),
    st.tuples(st.just("link"), _id, _id),
    st.tuples(st.just("unlink"), _id, _id),
    st.tuples(st.just("rule"), st.lists(st.tuples(_id, _id), max_size=2)),
)
# Each run has several steps; one that is cut off is followed by the next.
_runs = st.lists(st.lists(_step, min_size=1, max_size=5), min_size=2, max_size=5)
_whole = st.lists(st.booleans(), min_size=6, max_size=6)
_ALL = [("put", id, "a") for id in IDS]


def _ref(id: str) -> Ref:
    return Ref("erp", "invoices", id)


def _link(touch: str, invoice: str) -> Link:
    return Link(_ref(touch), _ref(invoice), LinkKind.DERIVED, "user")


def _stored(store: Store, *ids: str) -> dict[Ref, Row]:
    return {row.ref: row for row in store.records(RecordQuery("invoices", ids=ids))}


def _do(store: Store, run: int, kind: str, *what: Any) -> None:
    """A step of a run, as the pipeline would have decided it."""
    here = _stored(store, what[0]) if kind != "rule" else {}
    if kind == "put":
        row = to_row(Invoice(connection="erp", id=what[0], customer_name=what[1]))
        store.apply(Changes(run=run, rows={row.ref: row}, known={*here}))
    elif kind == "rule":
        links = [_link(*pair) for pair in what[0] if _stored(store, pair[0])]
        store.replace_links("invoices", links, run)
    elif not here:
        return
    elif kind == "mark":
        store._mark(here, "2026-01-01T00:00:00.000000Z", run)  # type: ignore[attr-defined]
    elif kind in ("link", "unlink"):
        links = {_link(*what)}
        store.apply(Changes(run=run, **{"links" if kind == "link" else "dropped_links": links}))
    else:
        store.apply(Changes(run=run, **{"removed" if kind == "remove" else "present": {*here}}))


def _at(store: Store, time: str) -> list[tuple[Any, ...]]:
    """What is valid at a time."""
    rows = store.answer(  # type: ignore[attr-defined]
        "SELECT id, content FROM history "
        f"WHERE valid_from <= '{time}' AND (valid_to IS NULL OR valid_to > '{time}') ORDER BY id"
    )
    return [tuple(row) for row in rows]


def _live(store: Store, runs: list[list[tuple[Any, ...]]], whole: list[bool], gone: int) -> None:
    """Run after run, a day each; one of them is followed by an erasure."""
    for at, steps in enumerate(runs):
        history.follow(store)
        run = store.begin_run(_time(at))
        for step in steps:
            with store.transaction():
                _do(store, run, *step)
        if whole[at]:
            history.follow(store)
        if at == gone:
            erasure.erase(store, PERSON)
    history.build(store, noon("2026-04-01"))


def _time(at: int) -> str:
    return f"2026-03-{at + 1:02}T12:00:00.000000Z"


@settings(max_examples=examples(40, 600))
@given(runs=_runs, whole=_whole, gone=st.integers(0, 3))
def test_built_last_it_is_what_it_is_when_built_first(
    runs: list[list[tuple[Any, ...]]], whole: list[bool], gone: int, tmp_path_factory: Any
) -> None:
    """Whatever runs do, and whoever is erased between them, at the time of each run."""
    folder: Path = tmp_path_factory.mktemp("past")
    with ExitStack() as stack:
        first, last = (
            stack.enter_context(closing(open_store(url, folder=folder, create=True)))
            for url in ("sqlite:///first.db", "sqlite:///last.db")
        )
        history.build(first, noon("2026-03-01"))
        for store in (first, last):
            store._db.execute("PRAGMA synchronous = OFF")  # type: ignore[attr-defined]
            _live(store, [_ALL, *runs], whole, gone)
        for at in range(len(runs) + 1):
            assert _at(last, _time(at)) == _at(first, _time(at)), at
