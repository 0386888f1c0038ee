"""The contract suite passes a sound plugin, and each of its tests fails the bug it is for."""

from __future__ import annotations

import importlib.util
import sys
import tomllib
import types
from pathlib import Path

import attrs
import pytest

from duetrail.testing import ContractTests
from duetrail.testing.contract.project import Project

_HERE = Path(__file__).parent
_SAID = tomllib.loads((_HERE / "acme.toml").read_text(encoding="utf-8"))


def module_in(file: Path) -> types.ModuleType:
    """A plugin that is a file, and installed nowhere."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[file.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestAcme(ContractTests):
    """A sound plugin."""

    source = module_in(_HERE / "acme.py")
    cassettes = _HERE / "acme.yaml"
    absent = _SAID["absent"]
    known = _SAID["known"]


# --- bugs ----------------------------------------------------------------------------------------

# What is wrong, what it is written in place of what, and the test that says so.
BUGS = [
    (
        "an amount goes through a float",
        "Money.major(_number(call.price), call.currency)",
        "Money.major(Decimal(repr(float(call.price or 0))), call.currency)",
        "test_money_is_exact",
    ),
    (
        "a yen has cents",
        'Money.from_minor(bill.total_cents, bill.currency, "$.total_cents")',
        "Money.major(bill.total_cents and bill.total_cents / 100, bill.currency)",
        "test_minor_units_go_by_the_currency",
    ),
    ("a leaf is forgotten", "number=bill.number,", "", "test_every_claimed_leaf_changes_a_record"),
    (
        "a field is forgotten",
        "    issued: datetime | None = None",
        "    posted: datetime | None = None",
        "test_every_field_is_filled_or_declared_absent",
    ),
    ("the word is lost", "status_raw=bill.state,", "", "test_unknown_words_survive"),
    (
        "a word is guessed",
        "status=canonical(CallStatus, call.state)",
        "status=CallStatus.COMPLETED if call.state else None",
        "test_unknown_words_survive",
    ),
    (
        "an unknown word is an error",
        "status=canonical(InvoiceStatus, bill.state, KNOWN)",
        "status=bill.state and (KNOWN.get(bill.state) or InvoiceStatus(bill.state))",
        "test_unknown_words_survive",
    ),
    (
        "a time loses its offset",
        "issued_at=bill.issued",
        "issued_at=bill.issued and bill.issued.replace(microsecond=0)",
        "test_times_are_the_same_instant",
    ),
    (
        "a mapping reads the clock",
        "issued_at=bill.issued",
        "issued_at=bill.issued or datetime.now().astimezone()",
        "test_a_mapping_asks_nobody",
    ),
    (
        "a mapping counts",
        "id=bill.id,",
        "id=f'{bill.id}{KNOWN.setdefault(\"n\", KNOWN.__len__())}'"
        " if KNOWN.update(x=KNOWN.get('x', 0) + 1) else f\"{bill.id}{KNOWN['x']}\",",
        "test_the_same_item_gives_the_same_records",
    ),
    (
        "the connection has the plugin's name",
        "connection=connection.name,\n        id=call.id,",
        "connection='acme',\n        id=call.id,",
        "test_every_resource_brings_a_record",
    ),
    ("everything is one record", "id=bill.id,", "id='b1',", "test_every_item_is_a_record"),
    (
        "the last page is forgotten",
        'cursor = page.data["next"]',
        "cursor = None",
        "test_the_recording_is_played_whole",
    ),
    (
        "a page that names itself passes for the last",
        'cursor = page.data["next"]',
        'cursor = page.data["next"] if page.data["next"] != cursor else None',
        "test_pages_that_repeat_come_to_an_end",
    ),
    (
        "a page is asked for and left out",
        "        yield page\n        cursor",
        "        if cursor != 'b3': yield page\n        cursor",
        "test_every_page_is_yielded",
    ),
    (
        "a key is put into a path as it is",
        "{segment(shard.key.value)}",
        "{shard.key.value}",
        "test_keys_are_quoted",
    ),
    (
        "a cursor is not gone on from",
        "shard.cursor or 0",
        "0",
        "test_a_second_run_goes_on_from_its_cursor",
    ),
    (
        "an error is swallowed",
        '        page = session.get("/bills", {"after": cursor, "limit": size})',
        "        try:\n"
        '            page = session.get("/bills", {"after": cursor, "limit": size})\n'
        "        except Exception:\n"
        "            return",
        "test_a_lasting_fault_is_told_and_heals",
    ),
    *(
        (
            f"a 404 is swallowed: {what}",
            old,
            "        try:\n"
            f"    {old}\n"
            "        except FetchError as error:\n"
            "            if error.status == 404:\n"
            f"                {instead}\n"
            "            raise",
            "test_a_list_that_is_not_there_is_not_empty",
        )
        for what, old, instead in (
            (
                "the list ends",
                '        page = session.get("/bills", {"after": cursor, "limit": size})',
                "return",
            ),
            (
                "the list of news ends",
                '        page = session.get("/calls", {"after": after})',
                "return",
            ),
            (
                "the page is empty",
                '        page = session.get("/mails", {"page": number, "per_page": size})',
                "return Listing(page=Page(url='mails', status=404, headers={}, body=b'{}', "
                "data={'mails': []}), rows=[], total=0)",
            ),
        )
    ),
    *(
        (
            f"a Link header is read naively: {what}",
            'cursor = page.data["next"]',
            f"""found = __import__("re").search({pattern!r}, page.headers.get("link", ""))
        cursor = found and found[1]""",
            "test_links_are_read_as_the_standard_has_them",
        )
        for what, pattern in (
            ("small letters", r"after=(\w*)[^>]*>; *rel=\W?next"),
            ("quotes", r'(?i)after=(\w*)[^>]*>; *rel="[^"]*next'),
            ("one relation", r'(?i)after=(\w*)[^>]*>; *rel="?next'),
        )
    ),
    (
        "a cursor is never yielded",
        "        yield Cursor(after)\n",
        "",
        "test_a_cursor_that_is_read_is_yielded",
    ),
    (
        "day and month are swapped",
        "due_on=bill.due",
        "due_on=bill.due and bill.due.replace(day=bill.due.month, month=min(bill.due.day, 12))",
        "test_days_are_the_same_day",
    ),
    (
        "day and month of a time are swapped",
        "issued_at=bill.issued",
        "issued_at=bill.issued"
        " and bill.issued.replace(day=bill.issued.month, month=min(bill.issued.day, 12))",
        "test_times_are_the_same_instant",
    ),
    (
        "one key that fails ends the others",
        '            yield session.get(f"/bills/{segment(shard.key.value)}/calls")',
        "            if KNOWN.get('dead'): raise ValueError\n"
        "            KNOWN['dead'] = 1\n"
        '            yield session.get(f"/bills/{segment(shard.key.value)}/calls")\n'
        "            del KNOWN['dead']",
        "test_one_bad_key_stops_no_other",
    ),
    (
        "the token is in the address",
        '{"after": after}',
        '{"after": after, "k": connection.options.token.resolve()}',
        "test_the_recording_is_read",
    ),
    (
        "the token is in the record",
        "number=bill.number,",
        "number=bill.number and bill.number + connection.options.token.resolve(),",
        "test_no_secret_is_stored",
    ),
    (
        "the token is plain text",
        'token: Secret = option("The API key.")',
        'token: Secret = option("The API key.")\n    api_key: str = option("Another.", default="")',
        "test_secrets_are_marked",
    ),
    ("an option is silent", '"Bills and mails a page."', '""', "test_every_option_is_explained"),
    (
        "the token is printed",
        '    cursor = ""',
        '    cursor = ""\n    print("bills")',
        "test_nothing_is_printed",
    ),
    (
        "another host is asked",
        '    cursor = ""',
        '    cursor = ""\n    import socket\n    try: socket.create_connection(("192.0.2.1", 80))'
        "\n    except OSError: pass",
        "test_no_other_host_is_asked",
    ),
    (
        "a bug keeps every item",
        "        case Bill() as bill:",
        "        case Bill() as bill:\n            KNOWN[bill.id] = [bill.id] * 99",
        "test_a_mapping_keeps_nothing",
    ),
    (
        "pages are collected",
        "        yield from _bills(session, connection.options.size)",
        "        yield from list(_bills(session, connection.options.size))",
        "test_pages_are_yielded_as_they_come",
    ),
    (
        "two times are confused",
        "started_at=call.began,\n        ended_at=call.ended,",
        "started_at=call.ended,\n        ended_at=call.began,",
        "test_what_is_known_is_so",
    ),
    (
        "a price that is no number is told nowhere",
        'raise BadItem("a price is no number", path="$.price") from None',
        "return None",
        "test_text_that_is_no_number",
    ),
]


@pytest.mark.parametrize(("bug", "old", "new", "test"), BUGS, ids=[bug[0] for bug in BUGS])
def test_a_bug_is_found(bug, old, new, test, tmp_path):
    """Acme with one bug fails the test that is for it."""
    text = (_HERE / "acme.py").read_text(encoding="utf-8")
    assert text.count(old) >= 1, bug
    file = tmp_path / "acme_with_a_bug.py"
    text = text.replace(old, new)
    text = text.replace("import BadItem", "import BadItem, FetchError")
    file.write_text(text, encoding="utf-8")
    facts = {"source": module_in(file), "cassettes": _HERE / "acme.yaml", **_SAID}
    suite = type("TestBug", (ContractTests,), facts)
    try:
        with pytest.raises(pytest.fail.Exception):
            run(suite, test)
    finally:
        suite.teardown_class()


def run(suite: type[ContractTests], test: str) -> None:
    """One test of a suite, with all its parameters, or all tests that begin so."""
    for name in [name for name in dir(suite) if name.startswith(test)]:
        method = getattr(suite(), name)
        marks = [m for m in getattr(method, "pytestmark", ()) if m.name == "parametrize"]
        for value in marks[0].args[1] if marks else [None]:
            method(value) if marks else method()


def test_children_that_the_store_lacks_are_found(monkeypatch):
    """Records whose lines are not in the store as they were mapped fail the test for children."""
    whole = Project.records

    def without_lines(project):
        bare = (
            attrs.evolve(one, lines=()) if hasattr(one, "lines") else one for one in whole(project)
        )
        return list(bare)

    try:
        run(TestAcme, "test_every_child_is_kept")
        monkeypatch.setattr(Project, "records", without_lines)
        with pytest.raises(pytest.fail.Exception, match="invoice_lines of invoices"):
            run(TestAcme, "test_every_child_is_kept")
    finally:
        TestAcme.teardown_class()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("None", r"nothing has '\+1 Gr[^#]*put it into extra"),
        ("customer.name and customer.name.lower()", "is nowhere in the record[^#]*no lower"),
    ],
)
def test_a_text_that_is_lost_is_not_told_as_one_that_is_altered(name, told, tmp_path):
    """Where nothing has it, the advice is to keep it; else to take it as it is."""
    text = (_HERE / "acme.py").read_text(encoding="utf-8")
    lost = "name=customer.name if len(customer.name or '') < 99 else "
    file = tmp_path / "acme_that_loses.py"
    file.write_text(text.replace("name=customer.name,", f"{lost}{name},"), encoding="utf-8")
    facts = {"source": module_in(file), "cassettes": _HERE / "acme.yaml", **_SAID}
    suite = type("TestLosing", (ContractTests,), facts)
    try:
        with pytest.raises(pytest.fail.Exception, match=told):
            run(suite, "test_text_is_kept")
    finally:
        suite.teardown_class()


def test_a_text_that_is_no_amount_is_told_with_what_is_made_of_it(tmp_path):
    """The message names the field, and what may be done with a text that is a word."""
    text = (_HERE / "acme.py").read_text(encoding="utf-8")
    bug = 'raise BadItem("a price is no number", path="$.price") from None'
    file = tmp_path / "acme_that_drops.py"
    file.write_text(text.replace(bug, "return None"), encoding="utf-8")
    facts = {"source": module_in(file), "cassettes": _HERE / "acme.yaml", **_SAID}
    suite = type("TestDropping", (ContractTests,), facts)
    try:
        with pytest.raises(
            pytest.fail.Exception, match=r"of which Call.cost is made: [^#]*is a currency"
        ):
            run(suite, "test_text_that_is_no_number")
    finally:
        suite.teardown_class()


def test_a_word_that_decides_over_an_amount_is_named_as_a_word(acme):
    """The message says that it is no amount, and what to do with one that is not known."""
    suite = acme.suite(
        (
            'Money.from_minor(bill.total_cents, bill.currency, "$.total_cents")',
            "Money.from_minor(bill.total_cents and bill.total_cents"
            ' * (1 if bill.state == "paid" else -1), bill.currency, "$.total_cents")',
        )
    )
    says = r"state: 'paid' there is a word and no amount.*raise BadItem\(reason, path=path\)"
    with pytest.raises(pytest.fail.Exception, match=f"(?s){says}"):
        acme.run(suite, "test_money_is_exact")
