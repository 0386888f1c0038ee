"""Yeti: weak tags on good answers, 304 to who has that one already, and 406."""

from __future__ import annotations

import pytest

from duetrail_sandbox.server import Sandbox

LOGIN = {"login": "sandbox-yeti-login", "password": "sandbox-yeti-password"}
PATHS = [
    "/auth",
    "/accounts",
    "/invoices",
    "/cdrs",
    "/incoming-cdrs",
    "/payments",
    "/services",
    "/transactions",
]


@pytest.fixture(scope="module")
def get(client):
    """Ask with headers; the token is sent along."""
    with Sandbox(invoices=30, vendors=("yeti",)) as sandbox:
        base_url = sandbox.base_urls["yeti"]
        token = client.post(f"{base_url}/auth", json={"auth": LOGIN}, timeout=30).json()["jwt"]

        def ask(path, **headers):
            headers = {"Authorization": token} | headers
            return client.get(base_url + path, headers=headers, timeout=30)

        yield ask


@pytest.mark.parametrize("path", PATHS)
def test_tags(get, path):
    """Each good answer has a weak tag that stays while nothing changes."""
    first, second = get(path), get(path)
    assert first.headers["ETag"] == second.headers["ETag"]
    assert first.headers["ETag"].startswith('W/"')
    streams = path in ("/cdrs", "/incoming-cdrs")
    expected = "no-cache" if streams else "max-age=0, private, must-revalidate"
    assert first.headers["Cache-Control"] == expected


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("form", ["{}", 'W/"other", {}', "*"])
def test_not_modified(get, path, form):
    """Who has the answer already gets 304 and nothing else."""
    tag = get(path).headers["ETag"]
    answer = get(path, **{"If-None-Match": form.format(tag)})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["ETag"] == tag


def test_another_tag(get):
    """Another tag gets the whole answer; another page has another tag."""
    one = get("/cdrs?page[size]=1")
    other = get("/cdrs?page[size]=2", **{"If-None-Match": one.headers["ETag"]})
    assert other.status_code == 200
    assert other.headers["ETag"] != one.headers["ETag"]


def test_no_tag_on_errors(get):
    """What is refused has no tag."""
    assert "ETag" not in get("/cdrs/abc").headers


def test_files_have_tags(get):
    """A document is tagged as well, and whoever takes anything but JSON:API gets it."""
    bills = get("/invoices").json()["data"]
    printed = next(one for one in bills if one["attributes"]["has-pdf"])
    path = f"/invoices/{printed['id']}/download"
    answer = get(path, Accept="application/pdf")
    assert answer.status_code == 200
    assert get(path, **{"If-None-Match": answer.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("path", PATHS[1:])
def test_trap_10_plain_json_is_refused(get, path):
    """Whoever takes only plain JSON gets 406, but for logging in."""
    assert get(path, Accept="application/json").status_code == 406
    assert get("/auth", Accept="application/json").status_code == 200
