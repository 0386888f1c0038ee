"""People on a cassette, replaced by pseudonyms."""

from __future__ import annotations

import re

from attrs import evolve

from duetrail.privacy.pseudonyms import Pseudonyms
from duetrail.recording.interactions import Body, Interaction

_REFERENCE = re.compile(r"<([^>]*)>")  # in a header of links


def without_people(one: Interaction, people: Pseudonyms) -> Interaction:
    """An interaction without the people: its addresses, what was sent, and the answer."""
    return evolve(
        one,
        uri=people.uri(one.uri),
        links=_REFERENCE.sub(lambda link: f"<{people.uri(link[1])}>", one.links),
        sent=_body(one.sent, people),
        body=_body(one.body, people),
    )


def _body(body: Body, people: Pseudonyms) -> Body:
    if body.text is not None:
        return Body(text=people.text(body.text, prose=True))
    return Body(data=people.json(body.data))
