"""Ids are a vendor's to choose, and may be anything: they never become paths, SQL or addresses."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from duetrail.errors import ProtocolError
from duetrail.http.address import Address, segment
from duetrail.stores import as_line
from support.nightly import examples

PIECES = ["'", '"', "/", "..", "\\", "\n", "\r", "%2e%2e", "%00", ";--", "*", "?", "#", ":", " "]
WORDS = ["DROP TABLE invoices", "../../etc/passwd", "$.data[0]", "all", "[secret]", "�", "é", "1"]
IDS = st.lists(st.sampled_from(PIECES + WORDS), min_size=1, max_size=6).map("".join) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=60
)


def answers(ids: list[str]) -> dict[str, object]:
    """Echo's answers with these ids: invoices with a call inside, and calls asked for by number."""
    inside = [{"id": f"in {id}", "state": "done"} for id in ids]
    invoices = [
        {"id": id, "number": id, "calls": [one]} for id, one in zip(ids, inside, strict=True)
    ]
    calls = {id: [{"calls": [{"id": f"of {id}", "state": "done"}]}] for id in ids}
    return {"invoices": [{"invoices": invoices}], "calls": calls}


@settings(max_examples=examples(8, 40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ids=st.lists(IDS, min_size=1, max_size=5, unique=True))
@example(ids=["a", "a\nb", "b", '"a\\nb"', "x" * 1000, "a\\nb"])
@example(ids=["'; DROP TABLE invoices; --", "../../../tmp/x", "../", "\u202e", "all"])
def test_a_whole_sync(project, ids):
    """A sync with any ids, as keys too, stores just these, touches no other file, and is stable."""
    for file in project.folder.glob("duetrail.db*"):
        file.unlink()
    files = {file.name for file in project.folder.iterdir()}
    summary = project.answer(**answers(ids)).sync()
    assert (summary.exit_code, summary.open_rejects) == (0, 0)
    assert {id for (id,) in project.rows("SELECT id FROM invoices")} == set(ids)
    rows = project.rows("SELECT id, invoice_id, how FROM links WHERE record = 'calls'")
    wanted = {(f"in {id}", id, "contained") for id in ids} | {
        (f"of {id}", id, "keyed") for id in ids
    }
    assert set(rows) == wanted
    made = {file.name for file in project.folder.iterdir()} - files
    assert made <= {f"duetrail.db{end}" for end in ("", "-wal", "-shm", ".lock")}
    assert project.sync().written == 0


@settings(max_examples=examples(8, 25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ids=st.lists(IDS, min_size=2, max_size=4, unique=True))
@example(ids=["a", "a\nb", "b"])
@example(ids=['"', "\n", "\\n", '"\\n"'])
def test_what_goes_away(project, ids):
    """What is not listed any more is marked with all that stood in it, and nothing else is."""
    for file in project.folder.glob("duetrail.db*"):
        file.unlink()
    project.answer(**answers(ids)).sync()
    gone, *stay = ids
    left = answers(stay)
    left["calls"][gone] = answers([gone])["calls"][gone]
    project.answer(**left).sync()
    absent = "SELECT id FROM {} WHERE absent_since IS NOT NULL"
    assert project.rows(absent.format("invoices")) == [(gone,)]
    assert {id for (id,) in project.rows(absent.format("calls"))} == {f"in {gone}"}


@pytest.mark.parametrize("key", ["a", "a\nb", '"a"', '"', "a\\nb", "\n"])
def test_what_a_key_is_not_answered_with(project, key):
    """What the answer to a key does not show any more is marked, whatever the key looks like."""
    project.answer(**answers([key])).sync()
    less = answers([key])
    less["calls"][key] = [{"calls": []}]
    project.answer(**less).sync()
    assert project.rows("SELECT id FROM calls WHERE absent_since IS NOT NULL") == [(f"of {key}",)]


@pytest.mark.parametrize("id", ["a\0b", "x" * 1025, "", None, [], {"a": 1}, 1.5, True])
def test_ids_that_are_none(project, id):
    """What is too long, holds a NUL, or is no id at all, is set aside; the rest is stored."""
    page = {"invoices": [{"id": id}, {"id": "good"}]}
    summary = project.answer(invoices=[page]).sync()
    assert (summary.exit_code, summary.open_rejects) == (3, 1)
    assert project.rows("SELECT id FROM invoices") == [("good",)]


def test_a_key_that_is_very_long(project):
    """A key of any length is asked for, and told of in part."""
    key = "9" * 100_000
    summary = project.answer(invoices=[{"invoices": [{"id": "1", "number": key}]}], calls={}).sync()
    (calls,) = [entry for entry in summary.resources if entry.resource == "calls"]
    (problem,) = calls.problems
    assert (calls.unknown_keys, len(problem.shard) <= 200, len(problem.message) <= 600) == (1, 1, 1)


@given(IDS)
@example("../..")
@example("%2e%2e/")
@example("//stranger.example/x")
@example("\\\\stranger.example")
def test_ids_in_addresses(id):
    """An id is one segment below the base URL, or is not asked for."""
    address = Address.of("https://api.acme.example/v1", "acme")
    try:
        url = address.url(f"/bills/{segment(id)}/calls", {"id": id})
    except ProtocolError:
        return
    path, _, _ = url.partition("?")
    head, one, tail = path.removeprefix("https://").rsplit("/", 2)
    assert (head, tail) == ("api.acme.example/v1/bills", "calls")
    assert unquote(one) == id


@given(st.lists(IDS, min_size=1, max_size=4))
def test_no_two_ids_are_the_same_line_of_a_place(ids):
    """Each id is one line of where an object stands, and no two ids are the same line."""
    lines = [as_line(id) for id in ids]
    assert "\n".join(lines).split("\n") == lines
    assert len(set(lines)) == len(set(ids))


def test_no_answer_leaves_the_folder(project):
    """Ids that are paths make no files anywhere near the store."""
    before = sorted(Path(project.folder).parent.rglob("*"))
    project.answer(**answers(["../escaped", "/tmp/escaped", "~/escaped"])).sync()
    made = set(Path(project.folder).parent.rglob("*")) - set(before)
    assert {file.parent for file in made} == {project.folder}
    assert all(file.name.startswith("duetrail.db") for file in made)
    assert msgspec.json.decode((project.folder / "answers.json").read_bytes())
