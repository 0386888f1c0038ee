"""What all four APIs have in common: a right token is asked for, and nothing can be written."""

from __future__ import annotations

import pytest

PATHS = {
    "stuut": ["/v1/invoices", "/v1/calls/cal_none", "/v1/emails"],
    "credira": ["/calls?invoice_id=ERP-000042", "/calls"],
    "exante": ["/api/invoices", "/api/email/send"],
    "yeti": ["/invoices"],
}
EVERY = [(vendor, path) for vendor, paths in PATHS.items() for path in paths]
# How each of them says who is not let in.
UNKNOWN = {
    "stuut": {"data": None, "error": "unauthorized", "message": "Unauthorized"},
    "credira": {"code": "UNAUTHORIZED", "message": "Unauthorized"},
    "exante": {"error": "Unauthorized", "details": ["The token is missing, wrong or expired"]},
    "yeti": {"title": "Authorization failed", "code": "401", "status": "401"},
}


@pytest.mark.parametrize(("vendor", "path"), EVERY)
@pytest.mark.parametrize("token", [None, "", "wrong", "sandbox-other-token"])
def test_token_is_asked_for(request, vendor, path, token):
    """Without the right token the answer is 401 in the vendor's own form, known path or not."""
    answer = request.getfixturevalue(vendor)(path, token=token)
    assert answer.status_code == 401
    told = answer.json()
    told = told["error"] if vendor == "credira" else told
    told = told["errors"][0] if vendor == "yeti" else told
    assert told == told | UNKNOWN[vendor]


@pytest.mark.parametrize(("vendor", "path"), EVERY)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_read_only(request, vendor, path, method):
    """Anything but GET is 405, known path or not: nobody is phoned, mailed or deleted."""
    answer = request.getfixturevalue(vendor)(path, method=method)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
