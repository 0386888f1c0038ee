"""The Yeti face: the customer API of a telephone carrier, under ``/yeti/api/rest/customer/v1``.

Forms follow the Yeti Customer API's documents, Invoices: get specific entry. The customer who
asks is the made-up company itself, the invoices are what it is billed, and the calls are those
of its own telephones.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

from duetrail_sandbox.logins import LOGIN, PASSWORD
from duetrail_sandbox.router import Answer, Request, Router
from duetrail_sandbox.yeti.caching import validated
from duetrail_sandbox.yeti.documents import PREFIX, found, linked, page, related, single
from duetrail_sandbox.yeti.errors import JSON_API, YetiError, no_such_page
from duetrail_sandbox.yeti.files import pdf, recording
from duetrail_sandbox.yeti.kinds import KINDS

__all__ = ["YETI", "astray", "unauthorized"]

YETI = Router(PREFIX)
# Ids of these are numbers, and a number that is none is for the API itself to refuse.
_CALLS = ("cdrs", "incoming-cdrs")

Handler = Callable[[Request], Answer]


def guarded(handler: Handler) -> Handler:
    """Let a handler refuse by raising :class:`YetiError`, and mark what it answers."""

    def handle(request: Request) -> Answer:
        try:
            return validated(request, handler(request))
        except YetiError as error:
            return error.answer

    return handle


def documented(handler: Handler) -> Handler:
    """Let a handler answer in JSON:API alone."""

    def handle(request: Request) -> Answer:
        asked = request.headers.get("accept", "*/*")
        if JSON_API not in asked and "*/*" not in asked:
            raise YetiError(406, "Not acceptable", f"Only {JSON_API} is spoken here")
        return handler(request)

    return guarded(handle)


@YETI.route("POST", "/auth")
def log_in(request: Request) -> Answer:
    """Give out a token for the right login and password; this is plain JSON."""
    try:
        asked = json.loads(request.body)["auth"]
        right = (asked["login"], asked["password"]) == (LOGIN, PASSWORD)
    except (KeyError, TypeError, ValueError):
        return Answer(400, b"")
    if right:
        return Answer.of(201, {"jwt": request.logins.issue()})
    detail = "Login, password or the address that asks is not right"
    return YetiError(401, "Authentication failed", detail).answer


@YETI.route("GET", "/auth")
@guarded
def who_am_i(request: Request) -> Answer:
    """Tell a client with a good token whether it may hear recordings."""
    return Answer.of(200, {"allow-rec": request.company.telephony.installation.recordings})


def _serve(name: str) -> None:
    """Serve a kind: its list, one of it, and what that is related to."""
    one = f"/{name}/{{{'id' if name in _CALLS else 'uuid'}}}"
    YETI.route("GET", f"/{name}")(documented(partial(page, name=name)))
    YETI.route("GET", one)(documented(partial(single, name=name)))
    for other in KINDS[name].relations:
        whole = documented(partial(related, name=name, relation_name=other))
        YETI.route("GET", f"{one}/{other}")(whole)
        bare = documented(partial(linked, name=name, relation_name=other))
        YETI.route("GET", f"{one}/relationships/{other}")(bare)


for _name in KINDS:
    _serve(_name)


@YETI.route("GET", "/invoices/{uuid}/download")
@guarded
def download(request: Request) -> Answer:
    """Answer an invoice's document, or 404 without a body where it was not printed."""
    bill = found(request, "invoices")
    if not bill.attributes["has-pdf"]:
        return Answer(404, b"")
    name = bill.attributes["reference"] or bill.id
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    return Answer(200, pdf(bill), headers, "application/pdf")


@YETI.route("GET", "/cdrs/{id}/rec")
@guarded
def listen(request: Request) -> Answer:
    """Answer the recording of a call that was made, or 404."""
    return _recording(request, "cdrs")


@YETI.route("GET", "/incoming-cdrs/{id}/rec")
@guarded
def listen_to_incoming(request: Request) -> Answer:
    """Answer the recording of a call that came in, or 404."""
    return _recording(request, "incoming-cdrs")


def _recording(request: Request, name: str) -> Answer:
    if not found(request, name).attributes["rec"]:
        return Answer(404, b"")
    return Answer(200, recording(), content_type="audio/wav")


def unauthorized(request: Request) -> Answer | None:
    """Refuse a request without a good token; ``None`` lets it pass.

    Logging in needs none, and a path that does not exist never gets so far. The token is the
    last word of the header, with or without a scheme before it.
    """
    if request.method == "POST" or YETI.find(request.method, request.path) is None:
        return None
    words = request.headers.get("authorization", "").split()
    if words and request.logins.accepts(words[-1]):
        return None
    detail = "The token is missing, not valid or no longer valid"
    return YetiError(401, "Authorization failed", detail).answer


def astray(request: Request, status: int, message: str) -> Answer:
    """Refuse a path or method that the API does not have."""
    if status == 404:
        return no_such_page()
    return YetiError(status, message, "Only GET is answered here").answer
