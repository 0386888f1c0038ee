"""The front desk: which face a request is for, and what every face refuses alike."""

from __future__ import annotations

from collections.abc import Callable

import attrs
from attrs import frozen

from duetrail_sandbox.credira import face as credira
from duetrail_sandbox.exante import face as exante
from duetrail_sandbox.router import Answer, Request, Router
from duetrail_sandbox.stuut import face as stuut
from duetrail_sandbox.yeti import face as yeti

__all__ = ["answer"]


@frozen
class Face:
    """One vendor's routes, and how it refuses: no token, no such path, no such method."""

    router: Router
    unauthorized: Callable[[Request], Answer | None]
    astray: Callable[[Request, int, str], Answer]


_FACES = (
    Face(stuut.STUUT, stuut.unauthorized, stuut.astray),
    Face(credira.CREDIRA, credira.unauthorized, credira.astray),
    Face(exante.EXANTE, exante.unauthorized, exante.astray),
    Face(yeti.YETI, yeti.unauthorized, yeti.astray),
)


def answer(request: Request) -> Answer:
    """Answer a request: the token first, then the method, then the path."""
    for face in _FACES:
        if request.path.startswith(f"{face.router.prefix}/"):
            return face.unauthorized(request) or _routed(face, request)
    return Answer.of(404, {"detail": "Nothing here: see base_urls for the APIs"})


def _routed(face: Face, request: Request) -> Answer:
    found = face.router.find(request.method, request.path)
    if found is not None:
        handler, params = found
        return handler(attrs.evolve(request, params=params))
    # Read only: a client that writes to a vendor must notice, whatever the path.
    if request.method != "GET":
        refused = face.astray(request, 405, "Method not allowed")
        return attrs.evolve(refused, headers={"Allow": "GET"})
    return face.astray(request, 404, "Path not found")
