"""An answer, as it came over the network or out of a store."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import evolve, field, frozen

from duetrail.errors import ProtocolError
from duetrail.http.masking import masked_message
from duetrail.secrets import redact


@frozen(kw_only=True)
class Answer:
    """What came back.

    Attributes:
        url: What was asked, without secrets.
        status: The HTTP status, never a redirect.
        headers: With lower-case keys, without cookies and credentials.
        body: All of it, decompressed.
    """

    url: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def decoded(answer: Answer, decoders: Mapping[str, Callable[[bytes], bytes]]) -> Answer:
    """An answer as JSON, where its source declares how its media type is read.

    Args:
        answer: What came.
        decoders: From bytes to JSON, by media type.

    Raises:
        ProtocolError: A good status came with what cannot be read so. The message tells nothing of
            the body.
    """
    media = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    decoder = decoders.get(media)
    if decoder is None or not answer.body.strip():
        return answer
    try:
        return evolve(answer, body=decoder(answer.body))
    except (ValueError, LookupError, RecursionError) as error:
        if answer.status >= 400:
            return answer
        where = "" if isinstance(error, UnicodeDecodeError) else f": {masked_message(str(error))}"
        raise ProtocolError(
            f"{redact(answer.url)} answered {media} that cannot be read{where}",
            hint="Compare the decoder that the plugin declares with the vendor's documentation.",
            status=answer.status,
        ) from None
