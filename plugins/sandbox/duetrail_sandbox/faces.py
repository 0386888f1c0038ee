"""The front desk: which face a request is for, and what every face refuses alike."""

from __future__ import annotations

import attrs

from duetrail_sandbox import credira, stuut
from duetrail_sandbox.credira import CREDIRA
from duetrail_sandbox.router import Answer, Request, Router
from duetrail_sandbox.stuut import STUUT

__all__ = ["answer"]


def answer(request: Request) -> Answer:
    """Answer a request: the token first, then the method, then the path."""
    for router, vendor in ((STUUT, stuut), (CREDIRA, credira)):
        if not request.path.startswith(f"{router.prefix}/"):
            continue
        refused = vendor.unauthorized(request)
        return refused or _routed(router, request)
    return Answer.of(404, {"detail": "Nothing here: see base_urls for the two APIs"})


def _routed(router: Router, request: Request) -> Answer:
    # Read only: a client that writes to a vendor must notice, whatever the path.
    if request.method != "GET":
        return _refuse(router, request, 405, "Method not allowed", {"Allow": "GET"})
    found = router.find(request.method, request.path)
    if found is None:
        return _refuse(router, request, 404, "Path not found", {})
    handler, params = found
    return handler(attrs.evolve(request, params=params))


def _refuse(
    router: Router, request: Request, status: int, message: str, headers: dict[str, str]
) -> Answer:
    """Refuse in the face's own error form."""
    if router is STUUT:
        refused = stuut.refuse(status, message.lower().replace(" ", "_"), message)
    else:
        code = "METHOD_NOT_ALLOWED" if status == 405 else "NOT_FOUND"
        refused = credira.refuse(request, status, code, message)
    return attrs.evolve(refused, headers=headers)
