"""Yeti, filters on calls: the hidden day, values that are dropped, operators by type."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

STRANGER = "11111111-2222-1333-8444-555555555555"
NOW = datetime.fromisoformat("2026-06-30T12:00:00Z")
EVER = {"filter[time-start-gteq]": "2020-01-01T00:00:00Z"}


def total(answer):
    assert answer.status_code == 200
    return answer.json()["meta"]["total-count"]


def values(answer, name):
    return [row["attributes"][name] for row in answer.json()["data"]]


def refused(answer, status, code):
    assert answer.status_code == status
    assert answer.json()["errors"][0]["code"] == str(code)


@pytest.fixture(scope="module")
def everything(yeti):
    return total(yeti("/cdrs", **EVER))


@pytest.fixture
def ask(yeti):
    """Ask for calls of all time, up to a thousand."""

    def asked(**filters):
        return yeti("/cdrs", **({"page[size]": 1000} | EVER | filters))

    return asked


@pytest.mark.parametrize("kind", ["cdrs", "incoming-cdrs"])
def test_trap_1_only_a_day_is_shown_unasked(yeti, kind):
    """Without a start, only calls of the last 24 hours are listed, by the company's clock."""
    answer = yeti(f"/{kind}")
    starts = [datetime.fromisoformat(one) for one in values(answer, "time-start")]
    assert all(NOW - timedelta(hours=24) <= one <= NOW for one in starts)
    assert total(answer) < total(yeti(f"/{kind}", **EVER))


def test_trap_1_a_single_call_is_always_shown(yeti, ask):
    """The day cuts lists, and not what is asked for by its id."""
    oldest = ask(sort="time-start").json()["data"][0]
    assert yeti(f"/cdrs/{oldest['id']}").status_code == 200


@pytest.mark.parametrize(
    "name",
    ["time-start-gteq", "time_start_gteq", "time-start_gteq", "time_start_gt"],
)
def test_trap_1_the_day_is_lifted(yeti, everything, name):
    """A start in any spelling lifts it, and gt with underscores."""
    assert total(yeti("/cdrs", **{f"filter[{name}]": "2020-01-01T00:00:00Z"})) == everything


def test_trap_1_eq_with_underscores_lifts_the_day(yeti):
    """The call that began at the very border is found by its time, in one spelling alone."""
    border = "2026-06-01T00:00:00Z"
    assert total(yeti("/cdrs", **{"filter[time_start_eq]": border})) == 1
    assert total(yeti("/cdrs", **{"filter[time-start-eq]": border})) == 0


@pytest.mark.parametrize("name", ["time-start-gt", "time-start_gt", "time-start-lt"])
def test_trap_1_other_spellings_leave_the_day(yeti, name):
    """With dashes gt does not lift it, nor does an upper bound."""
    old = yeti("/cdrs", **{f"filter[{name}]": "2026-06-01T00:00:00Z"})
    assert total(old) in (0, total(yeti("/cdrs")))


def test_trap_1_an_old_window_without_gteq_is_empty(yeti):
    """That looks like success with nothing to see."""
    window = {
        "filter[time-start-gt]": "2026-05-01T00:00:00Z",
        "filter[time-start-lt]": "2026-06-01T00:00:00Z",
    }
    assert total(yeti("/cdrs", **window)) == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("time-connect-lt", "yesterday"),
        ("success-eq", "perhaps"),
        ("success-eq", ""),
        ("src-name-in-eq", " "),
        ("account-id-eq", STRANGER),
        ("account-id-eq", "nonsense"),
        ("account-id-in", f"{STRANGER},nonsense"),
        ("duration-in", ","),
        ("auth-orig-ip-eq", "nowhere"),
    ],
)
def test_trap_2_bad_values_are_dropped(ask, everything, name, value):
    """What cannot be read, and accounts that there are not, remove the condition."""
    assert total(ask(**{f"filter[{name}]": value})) == everything


def test_trap_2_a_start_that_cannot_be_read_shows_everything(yeti, everything):
    """The filter lifts the day by its name, and then its value is dropped."""
    assert total(yeti("/cdrs", **{"filter[time-start-gteq]": "long ago"})) == everything


def test_trap_2_words_are_the_number_zero(ask):
    """A number that is none is compared as zero."""
    words = ask(**{"filter[duration-eq]": "long"})
    assert set(values(words, "duration")) == {0}


def test_trap_2_a_known_account_in_a_list_counts(yeti, ask, everything):
    """Of several accounts, those that there are not are left out."""
    account = yeti("/accounts").json()["data"][0]["id"]
    some = total(ask(**{"filter[account-id-eq]": account}))
    assert 0 < some < everything
    assert total(ask(**{"filter[account-id-in]": f"{STRANGER},{account.upper()}"})) == some


def test_trap_3_naive_times_are_the_servers(yeti):
    """A time without a zone is read in the server's zone, and so is a plus that was lost."""
    wanted = total(yeti("/cdrs", **{"filter[time-start-gteq]": "2026-06-01T00:00:00Z"}))
    for text in ("2026-06-01T00:00:00", "2026-06-01", "2026-06-01 00:00", "2026-06-01T00:00 03:00"):
        assert total(yeti("/cdrs", **{"filter[time-start-gteq]": text})) == wanted
    encoded = yeti("/cdrs", **{"filter[time-start-gteq]": "2026-06-01T03:00:00+03:00"})
    assert total(encoded) == wanted


def test_printed_times_are_cut(yeti, ask):
    """``gt`` with the time of a row gives that row again, ``eq`` finds nothing."""
    row = ask(sort="-time-start").json()["data"][3]
    start = row["attributes"]["time-start"]
    again = yeti("/cdrs", **{"filter[time_start_gt]": start, "page[size]": 1000})
    assert row["id"] in [one["id"] for one in again.json()["data"]]
    assert total(yeti("/cdrs", **{"filter[time_start_eq]": start})) == 0


def test_ids_as_a_cursor(ask, everything):
    """Ids are compared as numbers and walk the list to its end."""
    last, seen = 0, []
    while True:
        answer = ask(**{"filter[id-gt]": last, "sort": "id", "page[size]": 200})
        rows = [int(one["id"]) for one in answer.json()["data"]]
        if not rows:
            break
        seen += rows
        last = rows[-1]
    assert seen == sorted(set(seen))
    assert len(seen) == everything


@pytest.fixture
def ask_small(ask):
    """Ask for the calls of two ids, with another filter."""
    ids = [row["id"] for row in ask(sort="id").json()["data"][:2]]
    return lambda name: total(ask(**{f"filter[{name}]": ",".join(ids)}))


def test_lists_of_numbers(ask_small, everything):
    """``in`` and ``not-in`` take several values."""
    assert ask_small("id-in") == 2
    assert ask_small("id_not_in") == everything - 2


@pytest.mark.parametrize(
    ("name", "value", "holds"),
    [
        ("duration-lteq", 30, lambda one: one["duration"] is not None and one["duration"] <= 30),
        ("success-eq", "false", lambda one: one["success"] is False),
        ("success-not-eq", "t", lambda one: one["success"] is False),
        ("dst-prefix-in-start", "011", lambda one: one["dst-prefix-in"].startswith("011")),
        ("dst-prefix-in-end", "7", lambda one: one["dst-prefix-in"].endswith("7")),
        ("src-name-in-cont", "DESK", lambda one: "Desk" in (one["src-name-in"] or "")),
        (
            "lega-disconnect-reason-cont-any",
            "busy,decline",
            lambda one: one["lega-disconnect-reason"] in ("Busy Here", "Decline"),
        ),
        (
            "lega-disconnect-code-in",
            "486,603",
            lambda one: one["lega-disconnect-code"] in (486, 603),
        ),
        ("auth-orig-ip-eq", "198.51.100.4", lambda one: one["auth-orig-ip"] == "198.51.100.4"),
        ("customer-price-gt", "0.01", lambda one: float(one["customer-price"] or 0) > 0.01),
    ],
)
def test_operators(ask, name, value, holds):
    """Operators keep what holds; null is neither equal nor different."""
    found = ask(**{f"filter[{name}]": value}).json()["data"]
    every = ask().json()["data"]
    expected = {one["id"] for one in every if holds(one["attributes"])}
    assert {one["id"] for one in found} == expected
    assert 0 < len(expected) < len(every)


@pytest.mark.parametrize(
    "name",
    [
        "time-start",
        "success",
        "success-gt",
        "auth-orig-ip-cont",
        "src-name-in-gt",
        "duration-cont",
        "rec-eq",
        "invoice-id-eq",
        "account-id-gt",
    ],
)
def test_filters_that_there_are_not(ask, name):
    """A bare attribute, an operator of another type and a computed attribute are 400/102."""
    refused(ask(**{f"filter[{name}]": "1"}), 400, 102)


def test_what_is_never_shown_can_be_asked_for(ask, everything):
    """Some columns serve filters alone."""
    assert 0 < total(ask(**{"filter[destination-reverse-billing-eq]": "true"})) < everything
    assert total(ask(**{"filter[customer-acc-vat-eq]": 20})) == everything
    refused(ask(sort="customer-acc-vat"), 400, 114)


def test_null_is_neither_true_nor_false(ask, everything):
    """Calls whose reverse billing is null are found by no comparison with it."""
    name = "filter[destination-reverse-billing-eq]"
    yes, no = (total(ask(**{name: word})) for word in ("true", "false"))
    assert 0 < yes + no < everything
    reverse = ",".join(row["id"] for row in ask(**{name: "true"}).json()["data"])
    assert total(ask(**{"filter[id-not-in]": reverse})) == everything - yes


def test_one_value_at_a_time(ask):
    """Several values for an operator that takes one are 400/107, unless they are quoted."""
    refused(ask(**{"filter[duration-eq]": "1,2"}), 400, 107)
    assert total(ask(**{"filter[src-name-in-eq]": '"Desk, Accounts"'})) == 0


def test_hidden_attributes_are_still_columns(ask):
    """What the operator hides can be filtered by and asked for, and stays out of sight."""
    assert total(ask(**{"filter[lega-user-agent-start]": "Soft"})) > 0
    rows = ask(**{"fields[cdrs]": "lega-user-agent,duration"}).json()["data"]
    assert all(row["attributes"].keys() == {"duration"} for row in rows)
