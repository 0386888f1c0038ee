"""Whose data a connection reads, as the list of API keys tells."""

import pytest

from duetrail.errors import ConfigError

KEYS = "/api/api-keys"
TOKEN = "made-up-token-0001"
NEW = "made-up-token-0002"
ONE, TWO = (f"00000000-0000-4000-9000-00000000000{number}" for number in (1, 2))


def keys(*organizations, ending=TOKEN[-4:]):
    """A list of keys that end so, one of each of these organizations; and one of another."""
    shown = f"ex_live_...{ending}"
    rows = [{"organization_uid": uid, "key_snippet": shown} for uid in organizations]
    other = {"organization_uid": "another", "key_snippet": "ex_live_...9f3c"}
    return {"status": "success", "data": {"items": [*rows, other]}}


@pytest.fixture
def listed(connect, vendor, page, invoice, timeline, timeline_of, project):
    """Syncs a list of one invoice with a token."""
    vendor.on("/api/invoices", page(invoice(1))).on(timeline_of(1), timeline())

    def sync(answer, token=TOKEN, **settings):
        vendor.on(KEYS, answer)
        project.config.unlink(missing_ok=True)
        return connect(token=token, **settings).sync(full=True)

    return sync


def test_a_key_of_another_organization(listed, vendor):
    """It is an error before anything else is asked."""
    assert listed(keys(ONE)).exit_code == 0
    vendor.asked.clear()
    with pytest.raises(ConfigError, match="leads to another account"):
        listed(keys(TWO, ending=NEW[-4:]), NEW)
    assert [one.path for one in vendor.asked] == [KEYS]


def test_a_new_key_of_the_same_organization(listed, vendor, page):
    """It goes on, whatever the list shows by now."""
    listed(keys(ONE))
    vendor.on("/api/invoices", page())
    assert listed(keys(ONE, ending=NEW[-4:]), NEW).exit_code == 0


def test_another_organization_in_the_settings(listed):
    """Its timelines and conversations would get among those of the first."""
    listed(keys(ONE))
    assert listed(keys(ONE), organization_uid=ONE).exit_code == 0  # it was the default
    with pytest.raises(ConfigError, match="leads to another account"):
        listed(keys(ONE), organization_uid=TWO)


@pytest.mark.parametrize(
    "answer",
    [keys(), keys(ONE, TWO), keys(None), keys([]), {"data": {"items": [7]}}, {"data": []}, {}, []],
)
def test_where_it_is_not_clear(listed, vendor, page, answer):
    """No key, several, or another form: nothing is concluded, and the new key is tried."""
    assert listed(answer).exit_code == 0
    assert listed(answer, NEW).exit_code == 0
    vendor.on("/api/invoices", page())
    assert listed(answer, TOKEN).exit_code == 1


def test_a_key_that_may_not_list_keys(listed, reply):
    """A scope for invoices alone is enough to sync."""
    assert listed(reply({"error": "No"}, 403)).exit_code == 0
