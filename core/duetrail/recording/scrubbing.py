"""Scrubbing: secrets are removed from a cassette, or the cassette is not written.

Three things are removed: values under keys that the source declares as never stored, the texts of
a login, and every secret the process knows of (`duetrail.secrets`), in any encoding. Then the rest
is decoded in more ways than secrets are removed in, base64 of anything included. A secret that
still shows is not removed but refused: it may also be there in an encoding nobody thought of.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any
from urllib.parse import unquote, unquote_plus

from attrs import evolve

from duetrail.errors import DuetrailError, ProtocolError
from duetrail.http.answer import Answer, decoded
from duetrail.json_tree import Steps, leaves, map_texts, path_of
from duetrail.recording.interactions import Body, Interaction, path_below
from duetrail.secrets import HIDDEN, may_be_token, redact, redacted, without_tokens
from duetrail.source import Source

Finds = Callable[[str], bool]
"""Whether a text holds what may not be written."""


class Unfit(DuetrailError):
    """What was recorded may not be written."""


def scrub(interaction: Interaction, source: Source, base_url: str) -> Interaction:
    """An interaction without secrets.

    Args:
        interaction: As it was recorded.
        source: What the vendor's plugin declares: what is never stored, and where a login is.
        base_url: The connection's.
    """
    never = frozenset().union(*(resource.never_stored for resource in source.resources))
    if never:
        interaction = _as_json(interaction, source)
    sent, body = _known(interaction.sent), _known(interaction.body)
    if source.login is not None and path_below(interaction.uri, base_url) == source.login:
        sent = _changed(sent, lambda text: HIDDEN)
        if interaction.status < 400:
            body = _changed(body, _no_token)
    return evolve(
        interaction,
        uri=redact(interaction.uri),
        links=redact(interaction.links),
        reason=redact(interaction.reason),
        sent=_without(sent, never),
        body=_without(body, never),
    )


def _as_json(one: Interaction, source: Source) -> Interaction:
    """An answer that a decoder of the source makes JSON of, as that: keys are only found there."""
    media = {name.lower(): values for name, values in one.media.items()}.get("content-type") or [""]
    if one.body.text is None or not source.decoders:
        return one
    answer = Answer(
        url=one.uri,
        status=one.status,
        headers={"content-type": media[0]},
        body=one.body.text.encode(),
    )
    try:
        read = decoded(answer, source.decoders)
    except ProtocolError:
        raise Unfit(
            "an answer that cannot be read may hold what is never stored",
            hint="Nothing was written; mend the decoder that the plugin declares.",
        ) from None
    if read is answer:
        return one
    return evolve(one, body=Body.of(read.body), media={"Content-Type": ["application/json"]})


def refuse(
    interactions: Sequence[Interaction], about: Mapping[str, Any], finds: Finds, what: str
) -> None:
    """Refuse what may not be written, however it is read.

    Args:
        interactions: What a cassette would hold.
        about: What it would say of itself.
        finds: Whether a text holds what may not be written.
        what: What that is, for the message.

    Raises:
        Unfit: It does; the message says where, never what.
    """
    shows = cache(partial(_shows, finds=finds))  # most texts stand there many times
    for number, one in enumerate(interactions, 1):
        parts = (
            ("address", Body(text=one.uri)),
            ("links", Body(text=one.links)),
            ("request", one.sent),
            ("status", Body(text=one.reason)),
            ("answer", one.body),
        )
        for part, body in parts:
            if place := _place(body, shows):
                where = f"{part} {place}" if place != "$" else part
                _refuse(f"the {where} of request {number} of {len(interactions)}", what)
    if _place(Body(data=dict(about)), shows):
        _refuse("what it says of the connection", what)


def holds_secret(text: str) -> bool:
    """Whether a text holds a secret the process knows of; a placeholder is none."""
    # After a replay the placeholder itself is a token that was once given.
    bare = text.replace(HIDDEN, "\0")
    return redact(bare) != bare


def readings(text: str) -> Iterator[str]:
    """The ways in which a text may be decoded, first as it is."""
    yield text
    once = unquote_plus(text)
    yield from (unquote(text), once, unquote_plus(once), html.unescape(text))
    if "\\" in text:
        yield re.sub(r"\\+u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
        yield re.sub(r"\\+(.)", r"\1", text)
    for found in _BASE64.finditer(text):
        yield from _decoded(found[0])


_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")


def _decoded(text: str) -> Iterator[str]:
    plain = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    padded = plain + "=" * (-len(plain) % 4)
    try:
        yield base64.b64decode(padded).decode(errors="replace")
    except binascii.Error:
        return


def _refuse(where: str, what: str) -> None:
    raise Unfit(
        f"nothing was written: {where} holds {what}, in a form that cannot be taken out",
        hint="Name its key in the plugin's `never_stored`, or record something else: with "
        "--select, or fewer items with --limit.",
    )


def _place(body: Body, shows: Finds) -> str:
    """Where a body holds it, as a JSON path; empty where it does not."""
    if body.text is not None:
        return "$" if shows(body.text) else ""
    for steps, text in _texts(body.data):
        if shows(text):
            return path_of(steps)
    # In numbers, or across what separates texts.
    return "$" if shows(body.shown) else ""


def _shows(text: str, finds: Finds) -> bool:
    return any(finds(reading) for reading in dict.fromkeys(readings(text)))


def _texts(value: Any) -> Iterator[tuple[Steps, str]]:
    """Every text with the steps to it. Keys are texts, too, with the steps to their object."""
    for steps, leaf in leaves(value):
        yield from ((steps[:depth], key) for depth, key in enumerate(steps) if isinstance(key, str))
        if isinstance(leaf, str):
            yield steps, leaf


def _known(body: Body) -> Body:
    if body.text is not None:
        return Body(text=redact(without_tokens(body.text)))
    return Body(data=redacted(without_tokens(body.data)))


def _without(body: Body, names: Collection[str]) -> Body:
    return body if body.text is not None else Body(data=_covered(body.data, names))


def _covered(value: Any, names: Collection[str]) -> Any:
    """JSON with a placeholder for each value under these keys."""
    if isinstance(value, list):
        return [_covered(part, names) for part in value]
    if isinstance(value, dict):
        return {
            key: HIDDEN if key in names and part is not None else _covered(part, names)
            for key, part in value.items()
        }
    return value


def _changed(body: Body, change: Callable[[str], str]) -> Body:
    if body.text is not None:
        return Body(text=change(body.text) if body.text else "")
    return Body(data=map_texts(body.data, change))


def _no_token(text: str) -> str:
    return HIDDEN if may_be_token(text) else text
