"""A token that a login gave."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from requests import PreparedRequest


@frozen(eq=False)
class Token:
    """What a login gave; on a request it is `Authorization: Bearer TOKEN`.

    Attributes:
        value: The token.
        expires_at: When the vendor will refuse it; None where that is not known.
    """

    value: str = field(repr=False)
    expires_at: datetime | None = None

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put the header on a request that is about to be sent."""
        request.headers["Authorization"] = f"Bearer {self.value}"
        return request
