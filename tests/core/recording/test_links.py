"""The links of an answer, which some vendors page with, on a cassette."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from duetrail import plugins
from duetrail.privacy.personal import Kind
from duetrail.privacy.pseudonyms import Pseudonyms
from duetrail.recording.interactions import Interaction
from duetrail.recording.people import without_people
from duetrail.recording.scrubbing import Unfit, holds_secret, refuse, scrub
from duetrail.secrets import remember

NEXT = '<https://acme.example/bills?page=2>; rel="next"'
SECRET = "a-secret-in-a-link-0123456789"


def heard(*links: str) -> Interaction:
    """An interaction as vcrpy has it."""
    request = SimpleNamespace(method="GET", uri="https://acme.example/bills", headers={}, body=None)
    headers = {"link": list(links), "Content-Type": ["application/json"], "Server": ["x"]}
    status = {"code": 200, "message": "OK"}
    response = {"status": status, "headers": headers, "body": {"string": b"{}"}}
    return Interaction.of(request, response)


def test_links_are_kept() -> None:
    """Where the next page is stands on the cassette, beside the media type alone."""
    kept = heard(NEXT).as_dict()["response"]["headers"]
    assert kept == {"Content-Type": ["application/json"], "Link": [NEXT]}


def test_several_headers_are_one() -> None:
    """Links in several headers are one list (RFC 9110, section 5.3)."""
    last = NEXT.replace("next", "last")
    assert heard(NEXT, last).links == f"{NEXT}, {last}"


def test_an_answer_without_links_has_no_header_of_them() -> None:
    """Nothing is made up."""
    assert "Link" not in heard().as_dict()["response"]["headers"]


@pytest.fixture
def source():
    found = plugins.load("stuut").source
    assert found is not None
    return found


def test_a_secret_in_a_link_is_scrubbed(source) -> None:
    """A link that carries a secret is kept without it."""
    remember(SECRET)
    links = scrub(heard(f"<https://acme.example/bills?key={SECRET}>"), source, "").links
    assert SECRET not in links
    assert links.startswith("<https://acme.example/bills?key=")


def test_a_secret_that_stays_in_a_link_is_refused() -> None:
    """A link is looked through like an answer before it is written."""
    remember(SECRET)
    with pytest.raises(Unfit, match="the links of request 1 of 1"):
        refuse([heard(f"<https://acme.example/?key={SECRET}>")], {}, holds_secret, "a secret")


def test_a_person_in_a_link_is_replaced() -> None:
    """Whoever is in the address of the next page is the one who is asked for there."""
    people = Pseudonyms("acme.example")
    people._know(Kind.NAME, "Rosa Eriksen", "name")
    asked = "https://acme.example/bills?after=Rosa%20Eriksen"
    links = without_people(heard(f'<{asked}>; rel="next"'), people).links
    assert links == f'<{people.uri(asked)}>; rel="next"'
    assert "Rosa" not in links
