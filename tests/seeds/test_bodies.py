"""The seed bodies are as their vendors published them."""

from hashlib import sha256

import pytest

PUBLISHED = {
    "credira/calls.json": "121deff04dda6a083f7a9a501540a92630c68238107c6bfb735e33dc49de9c97",
    "credira/callouts.json": "23950abf61b04002eb827c92d2b45b933bb5c876351b4b118900a301a56129b3",
    "credira/error-invalid-request.json": (
        "8cb3c5a429a8b54e834cffc1d68254209303553ada4f9aadfd19d0b4bc08ac84"
    ),
    "credira/error-not-found.json": (
        "408b57b48e3eb9f8accfa5fadb5a117a12c8421751b0c63ab9000361ca839f25"
    ),
    "credira/error-rate-limited.json": (
        "6788b116512aad7d3ed532e9198027af4fec9a921d5b741fa08bfa2cce1d4463"
    ),
    "credira/error-unauthorized.json": (
        "f7c5bde556ac917b74cda2d08b2509c774d3f3938ffa5c7899d43119c20d92ea"
    ),
    "stuut/invoices.json": "2b090c2d491c003ccf870b4dd3dd2ff4fa49dbdde53061c13323c1f42e85fa5d",
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_seed_body_is_served_as_the_vendors_page_shows_it(seeds, name):
    """Nobody tidied a seed body: what is served is what the vendor's page shows."""
    assert sha256((seeds / name).read_bytes()).hexdigest() == PUBLISHED[name]


def test_all_are_known(seeds):
    """There is no other body in the folders of the two."""
    files = [file for vendor in ("credira", "stuut") for file in (seeds / vendor).iterdir()]
    assert {f"{file.parent.name}/{file.name}" for file in files} == set(PUBLISHED)
