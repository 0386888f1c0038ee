"""What Stuut's sample holds of other people's systems is neither kept nor shown."""

import json
import re

import pytest

NEVER = (b"linked_integration", b"presigned_url", b"account_key")


@pytest.fixture
def marked(stuut, vendor, seeds):
    """The sample with a mark in every text below a key that is never stored."""

    def mark(value):
        if isinstance(value, dict):
            return {key: mark(part) for key, part in value.items()}
        if isinstance(value, list):
            return [mark(part) for part in value]
        return "canary-value" if isinstance(value, str) else value

    def walk(value):
        if isinstance(value, dict):
            return {k: mark(v) if k.encode() in NEVER else walk(v) for k, v in value.items()}
        return [walk(part) for part in value] if isinstance(value, list) else value

    body = walk(json.loads((seeds / "stuut/invoices.json").read_bytes()))
    assert json.dumps(body).count("canary-value") > 50
    vendor.on("/v1/invoices", body)
    return stuut


@pytest.mark.parametrize("word", NEVER)
def test_not_kept(stuut, word):
    """Nowhere in the database, kept pages included, is a key that is never stored."""
    stuut.run("sync")
    for kept in stuut.everything():
        # What stays is the id of an integration, or when a link ends: neither opens anything.
        text = kept.replace(b"linked_integration_id", b"").replace(b"presigned_url_expires", b"")
        assert word not in text


def test_the_page_is_kept(stuut):
    """The search above looks into the kept page: the rest of the sample is there."""
    stuut.run("sync")
    whole = re.compile(rb'"private_note":\s*"<string>"')
    assert any(whole.search(kept) for kept in stuut.everything())


@pytest.mark.parametrize("args", [("sync",), ("sync", "--json"), ("status", "--json")])
def test_not_shown(marked, args):
    """No command prints a value of such a key."""
    marked.run("sync")
    result = marked.run(*args)
    assert result.exit_code == 0
    assert "canary-value" not in result.output


def test_values_are_not_kept(marked):
    """No value of such a key is in the database."""
    marked.run("sync")
    assert not any(b"canary-value" in kept for kept in marked.everything())


def test_not_read(marked):
    """`read` gives them back nowhere, not even in `extra`."""
    records = marked.read("stuut", "invoices")
    invoice = records[0]
    assert "pdf_id" in invoice.extra
    assert all(name.decode() not in invoice.extra for name in NEVER)
    assert "canary-value" not in repr([(record, record.extra) for record in records])


def test_not_in_a_reject(marked, vendor, seeds):
    """An item that is set aside whole is set aside without them."""
    body = json.loads((seeds / "stuut/invoices.json").read_bytes())
    body["data"][0]["number"] = 5
    body["data"][0]["linked_integration"]["name"] = "canary-value"
    vendor.on("/v1/invoices", body)
    assert marked.run("sync").exit_code == 3
    assert len(marked.rows("rejects")) == 1
    assert not any(b"canary-value" in kept for kept in marked.everything())
