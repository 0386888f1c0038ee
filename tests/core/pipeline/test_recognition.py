"""Recognition: what is known by its bytes says what it would say if it were mapped again."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duetrail.model import Email, Invoice
from duetrail.pipeline import recognition, work
from duetrail.pipeline.batch import Batch
from duetrail.pipeline.commit import Committer
from duetrail.pipeline.outcome import Outcome
from duetrail.pipeline.pool import Limits
from duetrail.source import Key, KeySource
from duetrail.stores import ObservationQuery
from support.nightly import examples

_NUMBERS = count()


def invoices(*rows: Any) -> dict[str, Any]:
    return {"invoices": list(rows)}


@pytest.fixture
def see(toy: Any, ledger: Any) -> Callable[..., Outcome]:
    """Commits a page, mapping of it what the store does not know."""

    def commit(data: Any, *place: Any, **how: Any) -> Outcome:
        outcome: Outcome = ledger.commit(
            toy.batch(data, *place, known=ledger.committer.known, **how)
        )
        return outcome

    return commit


def names(ledger: Any) -> list[str]:
    found: list[str] = ledger.column("parties", "name")
    return found


def test_what_went_stale_is_back_with_its_document(toy: Any, ledger: Any, see: Any) -> None:
    """A differing observation that was forgotten counts again when its document is back."""
    window = evolve(toy.source.resource("invoices"), exhaustive=False)
    new = {"id": "i1", "customer": {"id": "u1", "name": "New", "revision": 2}}
    old = {"id": "i2", "customer": {"id": "u1", "name": "Old", "revision": 1}}
    see(invoices(new, old), window)
    assert names(ledger) == ["New"]
    ledger.run()
    see(invoices(old), window)
    ledger.committer.end_listing(toy.connection, window, 2, ["all"])
    assert names(ledger) == ["Old"]
    ledger.run()
    see(invoices(new, old), window)
    assert names(ledger) == ["New"]


def test_an_older_copy_brings_back_what_was_missing(toy: Any, ledger: Any) -> None:
    """What is known of a thing in its place counts again, and its record is merged with it."""
    customers = toy.source.resource("customers")
    inside = {"id": "i1", "customer": {"id": "u1", "name": "Old", "revision": 1}}
    ledger.commit(toy.batch(invoices(inside)))
    ledger.commit(
        toy.batch({"customers": [{"id": "u1", "name": "New", "revision": 2}]}, "customers")
    )
    assert names(ledger) == ["New"]
    ledger.run()
    for resource in (toy.source.resource("invoices"), customers):
        ledger.committer.end_listing(toy.connection, resource, 2, ["all"])
    ledger.run()
    ledger.commit(toy.batch(invoices(inside)))
    assert names(ledger) == ["Old"]
    ledger.commit(
        toy.batch({"customers": [{"id": "u1", "name": "Old", "revision": 1}]}, "customers")
    )
    assert names(ledger) == ["New"]


def test_what_differed_once_and_agrees_now_is_not_forgotten(toy: Any, ledger: Any) -> None:
    """Where nothing differs any more, what was not met again stays, as if it never had."""
    a, b = {"id": "e1", "subject": "A"}, {"id": "e1", "subject": "B"}
    for there, here in ([a], [a]), ([b], [a]), ([a], []):
        run = len(ledger.column("runs", "run"))
        rows = {"id": "i2", "emails": there}, {"id": "i3", "emails": here}
        ledger.commit(toy.batch(invoices(*rows)))
        ledger.committer.end_listing(toy.connection, toy.source.resource("invoices"), run, ["all"])
        ledger.run()
    places = ledger.store.observations(ObservationQuery(refs=[toy.connection.ref(Email, "e1")]))
    assert sorted(one.within for one in places) == ["i2", "i3"]


def test_a_link_that_another_key_took_away_is_back_with_its_answer(project: Any) -> None:
    """Where a key stands for an invoice again, the same answer links to that invoice again."""
    calls = {"calls": [{"id": "c1"}]}

    def links(**numbers: str) -> list[Any]:
        rows = [{"id": id, "number": number} for id, number in numbers.items()]
        project.answer(invoices=[invoices(*rows)], calls={"k1": [calls], "k2": [calls]}).sync()
        found: list[Any] = project.rows("SELECT invoice_id FROM links ORDER BY 1")
        return [id for (id,) in found]

    assert links(i1="k1", i2="k2") == ["i1", "i2"]
    assert links(i1="k9", i2="k2", i3="k2") == ["i2", "i3"]
    assert links(i1="k1", i2="k2", i3="k2") == ["i1", "i2", "i3"]


@pytest.mark.parametrize("inside", [False, True])
def test_what_is_good_again_is_no_reject_any_more(see: Any, ledger: Any, inside: bool) -> None:
    """A document that was bad for a while closes its reject when it is as it was before."""

    def page(seconds: int) -> Any:
        call = {"id": "c1", "seconds": seconds}
        return {"calls": [call]} if not inside else invoices({"id": "i1", "calls": [call]})

    resource = "invoices" if inside else "calls"
    key = {} if inside else {"key": Key("k1")}
    see(page(1), resource, **key)
    ledger.run()
    assert see(page(-1), resource, **key).rejected == 1
    ledger.run()
    see(page(1), resource, **key)
    assert ledger.count("rejects") == 0


def test_an_object_twice_on_a_page_is_shown_by_both(see: Any, ledger: Any, toy: Any) -> None:
    """Where two documents show one object, either of them alone shows it again."""
    one = {"id": "i1", "calls": [{"id": "c1"}]}
    two = {"id": "i1", "calls": [{"id": "c1"}, {"id": "c2"}]}
    see(invoices(one, two))
    ledger.run()
    see(invoices(two))
    ledger.committer.end_listing(toy.connection, toy.source.resource("invoices"), 2, ["all"])
    assert ledger.column("invoices", "absent_since") == [None]


def test_two_documents_on_a_page_are_not_taken_for_one(see: Any, ledger: Any, toy: Any) -> None:
    """What only the other one shows is not seen with it."""
    old = {"id": "i1", "revision": 1, "emails": [{"id": "e1", "subject": "a", "revision": 9}]}
    new = {"id": "i1", "revision": 2, "calls": [{"id": "c1"}]}
    both = {"id": "i1", "emails": old["emails"], "calls": new["calls"]}
    other = {"id": "i2", "emails": [{"id": "e1", "subject": "b", "revision": 1}]}
    see(invoices(both, other))
    ledger.run()
    see(invoices(old, new, other))
    ledger.run()
    see(invoices(new, other))
    ledger.committer.end_listing(toy.connection, toy.source.resource("invoices"), 3, ["all"])
    assert ledger.column("emails", "subject") == ["b"]


def test_a_mapping_that_was_taken_back(toy: Any, see: Any, ledger: Any) -> None:
    """What a remap made of a page is undone by a mapping that is as it was before it."""
    mapping = toy.plugin.implementations["map_item"]

    def mended(item: Any, connection: Any) -> Any:
        for record in mapping(item=item, connection=connection):
            yield evolve(record, number="mended") if isinstance(record, Invoice) else record

    page = invoices({"id": "i1", "number": "1"})
    see(page)
    again = toy.batch(page, plugin=toy.hooked(map_item=mended))
    ledger.run()
    ledger.committer.commit_again(again, 1, 1)
    assert ledger.column("invoices", "number") == ["mended"]
    ledger.run()
    see(page)
    assert ledger.column("invoices", "number") == ["1"]


def test_what_was_gone_may_be_back_with_more(toy: Any, ledger: Any, see: Any) -> None:
    """Where only what no field claims has changed meanwhile, the new page is the record's."""
    resource = toy.source.resource("invoices")
    see(invoices({"id": "i1", "colour": "red"}, {"id": "i2"}))
    for run in (2, 3):
        ledger.run()
        page = [{"id": "i1", "colour": "blue"}] if run == 3 else []
        outcome = see(invoices(*page, {"id": "i2"}))
        ledger.committer.end_listing(toy.connection, resource, run, ["all"])
    assert outcome.pages == 1


# --- pages and answers that are taken for known --------------------------------------------------

KEYS = [f"k{number:02}" for number in range(60)]


def calls(number: int, news: set[int], pages: int = 1) -> list[Any]:
    """The answer to a key; a changed one has other seconds."""
    seconds = 7 + (number in news)
    return [{"calls": [{"id": f"c{number}-{page}", "seconds": seconds}]} for page in range(pages)]


def company(news: set[int], pages: int = 1) -> dict[str, Any]:
    """Invoices with a key each, and the answers to all keys."""
    rows = [{"id": f"i{number}", "number": key} for number, key in enumerate(KEYS)]
    answers = {key: calls(number, news, pages) for number, key in enumerate(KEYS)}
    return {"invoices": [invoices(*rows)], "calls": answers}


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("news", [set(), {40}, {0, 17, 18, 59}, set(range(20, 60))])
def test_news_among_many_known_answers(projects: Any, news: set[int], workers: int) -> None:
    """However many answers in a row were known, one that has changed is mapped."""
    project = projects("twice").answer(**company(set()))
    project.sync(workers=workers)
    summary = project.answer(**company(news)).sync(workers=workers)
    once = projects("once").answer(**company(news))
    once.sync(workers=workers)
    assert project.digest == once.digest
    assert [one.mapped for one in summary.resources if one.resource == "calls"] == [len(news)]


def listed(news: set[int]) -> list[Any]:
    """Twenty pages of a list; what has changed has another number."""
    rows = [{"id": f"i{n}", "number": "new" if n in news else "old"} for n in range(20)]
    return [invoices(row, {"id": f"{row['id']}-too"}) for row in rows]


@pytest.mark.parametrize("news", [set(), {17}, {0, 17, 19}])
def test_news_among_many_known_pages(projects: Any, news: set[int]) -> None:
    """However many pages of a list were known in a row, what has changed on one is mapped."""
    project = projects("twice").answer(invoices=listed(set()))
    project.sync(select=["echo.invoices"])
    summary = project.answer(invoices=listed(news)).sync(select=["echo.invoices"])
    once = projects("once").answer(invoices=listed(news))
    once.sync(select=["echo.invoices"])
    assert project.digest == once.digest
    assert [one.mapped for one in summary.resources] == [len(news)]


def test_a_bug_met_on_a_page_taken_for_known(
    projects: Any, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends the list there, as if its pages had been asked for."""
    mapping = toy.plugin.implementations["map_item"]

    def buggy(item: Any, connection: Any) -> Any:
        if getattr(item.wire, "number", None) == "new":
            return [Email(connection=connection.name, id="undeclared")]
        return mapping(item=item, connection=connection)

    buggy.__wrapped__ = mapping  # type: ignore[attr-defined]
    told = []
    for enough in (0, 10**9):
        monkeypatch.setattr(recognition, "_ENOUGH", enough)
        project = projects(f"after {enough}").answer(invoices=listed(set()))
        connection = toy.connect(answers=str(project.folder / "answers.json"))
        project.run(toy.plugin, connection, workers=1)
        project.answer(invoices=listed({17}))
        entry = project.run(toy.hooked(map_item=buggy), connection, workers=1).resources[0]
        assert (entry.state, entry.items) == ("failed", 34)
        told.append([(one.kind, one.shard, one.message) for one in entry.problems])
    assert told[0] == told[1]


@pytest.mark.parametrize("pages", [1, 2])
def test_a_bug_met_by_an_answer_taken_for_known(project: Any, toy: Any, pages: int) -> None:
    """It fails that key, which is asked again, and no other."""
    mapping = toy.plugin.implementations["map_item"]
    feed = KeySource(connection="echo", column="number")
    connection = toy.connect(answers=str(project.folder / "answers.json"), invoices=feed)
    project.answer(**company(set(), pages)).run(toy.plugin, connection, workers=1)

    def buggy(item: Any, connection: Any) -> Any:
        if getattr(item.wire, "seconds", None) == 8:
            return [Invoice(connection=connection.name, id="undeclared")]
        return mapping(item=item, connection=connection)

    # The same code by its fingerprint, so that what is stored is known.
    buggy.__wrapped__ = mapping  # type: ignore[attr-defined]
    project.answer(**company({40}, pages))
    summary = project.run(toy.hooked(map_item=buggy), connection, workers=1)
    (entry,) = [one for one in summary.resources if one.resource == "calls"]
    assert (entry.state, entry.shards, entry.mapped) == ("failed", len(KEYS) - 1, 0)
    assert [problem.shard for problem in entry.problems] == [KEYS[40]]
    again = project.run(toy.plugin, connection, workers=1)
    assert [one.mapped for one in again.resources if one.resource == "calls"] == [pages]


@pytest.mark.parametrize("is_slow", [False, True])
def test_what_the_page_before_showed_is_not_mapped_again(
    project: Any, monkeypatch: pytest.MonkeyPatch, is_slow: bool
) -> None:
    """Pages of a list overlap: what both show is mapped once, whether the first is stored or not.

    What is not stored as it was shown before, such as a reject, is looked at each time.
    """
    one, two, three, bad = ({"id": f"i{n}", "number": "A"} for n in range(4))
    bad["number"] = 5  # type: ignore[assignment]
    mapped = []
    every = Batch.__init__

    def noted(self: Batch, *args: Any, **named: Any) -> None:
        every(self, *args, **named)
        mapped.append([item.item for item in self.mapped] + ["bad"] * len(self.rejected))

    monkeypatch.setattr(Batch, "__init__", noted)
    if is_slow:
        monkeypatch.setattr(Committer, "known", lambda self, hashes: set())
    pages = [invoices(one, two, bad), invoices(two, bad, three), invoices({**two, "number": "B"})]
    summary = project.answer(invoices=pages).sync(select=["echo.invoices"])
    assert mapped == [["i0", "i1", "bad"], ["i2", "bad"], ["i1"]]
    assert [summary.resources[0].items, summary.resources[0].unchanged] == [7, 1]
    assert project.rows("SELECT id, number FROM invoices ORDER BY 1") == [
        ("i0", "A"),
        ("i1", "B"),
        ("i2", "A"),
    ]


def random_company(chance: Random) -> dict[str, Any]:
    """Invoices, some with one number, and the answers to it: of many calls, some in many answers.

    Some answers are unknown, empty, of two pages, or have a call that cannot be mapped.
    """
    rows = [
        {"id": f"i{n}", "number": f"k{chance.choice((n, n, n, 0))}", "cents": chance.randrange(2)}
        for n in range(14)
        if chance.random() < 0.9
    ]

    def call() -> dict[str, Any]:
        state = chance.choice(["completed", "completed", "planned"])
        seconds = chance.choice([1, 1, 1, 2, -1])
        return {"id": f"c{chance.randrange(12)}", "state": state, "seconds": seconds}

    def page() -> dict[str, Any]:
        return {"calls": [call() for _ in range(chance.choice([0, 1, 1, 2]))]}

    answers = {f"k{n}": [page() for _ in range(chance.choice([0, 1, 1, 1, 2]))] for n in range(12)}
    return {"invoices": [invoices(*rows)], "calls": answers}


@settings(max_examples=examples(5, 40), deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**6))
def test_when_answers_are_taken_for_known_makes_no_difference(
    projects: Any, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Always, after three known ones, or never: each run leaves the same store and numbers."""
    every = []
    # What is committed together must not depend on how busy the machine is.
    monkeypatch.setattr(work, "GROUP", Limits(seconds=3600))
    for enough in (0, 3, 10**9):
        monkeypatch.setattr(recognition, "_ENOUGH", enough)
        project, chance = projects(f"{next(_NUMBERS)}"), Random(seed)
        now, told = random_company(chance), []
        for _ in range(4):
            told.append(project.answer(**now).sync(workers=1).as_dict()["resources"])
            told.append(project.digest)
            news = random_company(chance)
            # Most of what was there before is there still.
            some = dict(chance.sample(sorted(news["calls"].items()), 3))
            now = {"invoices": chance.choice([now, news])["invoices"], "calls": now["calls"] | some}
        every.append(told)
    assert every[0] == every[1] == every[2]
