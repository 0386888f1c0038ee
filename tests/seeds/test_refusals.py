"""The four error bodies Credira publishes: each gives its own clear error and exit code."""

import json

import pytest

CALLS = "/calls?invoice_id=inv_987654321"


@pytest.fixture
def refused(credira, vendor, refusal):
    """Sync the calls with one of the error bodies as the answer; result and problem."""

    def sync(name, status, **headers):
        vendor.on(CALLS, refusal(name, status, **headers))
        result = credira.run("sync", "--select", "calls", "--json")
        (resource,) = json.loads(result.stdout)["resources"]
        (problem,) = resource["problems"]
        return result.exit_code, resource, problem

    return sync


def test_invalid_request(refused, vendor):
    """INVALID_REQUEST is a fault of ours: not repeated, exit 1."""
    exit_code, resource, problem = refused("invalid-request", 400)
    assert (exit_code, resource["state"], resource["requests"]) == (1, "failed", 1)
    assert "Missing required parameter: invoice_id" in problem["message"]
    assert "bug of the plugin" in problem["hint"]


def test_unauthorized_says_where_the_key_is_and_is_not_repeated(refused):
    """UNAUTHORIZED says where to find the key: not repeated, exit 1."""
    exit_code, resource, problem = refused("unauthorized", 401)
    assert (exit_code, resource["state"], resource["requests"]) == (1, "failed", 1)
    assert "Invalid or missing API key" in problem["message"]
    assert "Check the API key" in problem["hint"]


def test_unauthorized_stops_the_connection(credira, vendor, refusal):
    """After UNAUTHORIZED nothing more is asked of the connection."""
    vendor.on(CALLS, refusal("unauthorized", 401))
    result = credira.run("sync", "--workers", "1")
    assert result.exit_code == 1
    assert [one.target for one in vendor.asked if one.path == "/emails"] == []


def test_not_found(refused):
    """NOT_FOUND of an invoice is an unknown key, neither an empty answer nor a failure: exit 3."""
    exit_code, resource, problem = refused("not-found", 404)
    assert (exit_code, resource["state"], resource["unknown_keys"]) == (3, "complete", 1)
    assert (problem["kind"], problem["shard"]) == ("unknown key", "inv_987654321")
    assert "Invoice not found" in problem["message"]
    assert "`invoices`" in problem["hint"]


def test_rate_limited(refused):
    """RATE_LIMITED is tried again, as often as configured, then fails: exit 1."""
    exit_code, resource, problem = refused("rate-limited", 429, **{"Retry-After": "0"})
    assert (exit_code, resource["state"], resource["requests"]) == (1, "failed", 2)
    assert "Rate limit exceeded" in problem["message"]
    assert "after 2 attempts" in problem["message"]
    assert "requests_per_second" in problem["hint"]


def test_rate_limited_once(credira, vendor, seeds, refusal):
    """RATE_LIMITED once, then the answer: the record is there, exit 0."""
    answer = (seeds / "credira/calls.json").read_bytes()
    vendor.on(CALLS, refusal("rate-limited", 429, **{"Retry-After": "0"}), answer)
    assert credira.run("sync", "--select", "calls").exit_code == 0
    assert len(vendor.asked) == 2
    assert [row["id"] for row in credira.rows("calls")] == ["call_123456789"]


@pytest.mark.parametrize(
    ("name", "status"), [("not-found", 200), ("unauthorized", 200), ("not-found", 500)]
)
def test_the_code_decides(refused, name, status):
    """The samples show no HTTP status: the code in the body decides, whatever the number."""
    exit_code, _, _ = refused(name, status)
    assert exit_code == {"not-found": 3, "unauthorized": 1}[name]


def test_for_people(credira, vendor, refusal):
    """On the terminal an error is one line of what and where, and one of what to do."""
    vendor.on(CALLS, refusal("not-found", 404))
    result = credira.run("sync", "--select", "calls")
    assert result.exit_code == 3
    lines = result.stderr.splitlines()
    assert lines[0].startswith("credira.calls: unknown key inv_987654321: ")
    assert lines[1].startswith("  Credira does not have it, or no longer: ")
