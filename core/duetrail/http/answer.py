"""An answer, as it came over the network or out of a store."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen


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
