"""The files that hang on Exante's invoices, and their form.

Fields follow the Exante API reference, List Attachments.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zlib import crc32

from attrs import frozen

from duetrail_sandbox.company.claims import Claim
from duetrail_sandbox.company.clock import stamp
from duetrail_sandbox.company.uids import uid
from duetrail_sandbox.rendering import thinned
from duetrail_sandbox.stuut.integration import secret

__all__ = ["File", "attachment", "files"]


@frozen(kw_only=True)
class File:
    """A file; ``size`` is in bytes, ``public`` files are shown to the customer."""

    uid: str
    name: str
    mime: str
    size: int
    created: datetime
    description: str | None
    public: bool


def files(claim: Claim) -> list[File]:
    """Gather an invoice's files, the oldest first: its own papers and what was sent to us."""
    bill = claim.invoice
    found = [
        _paper(claim, f"{line.remote_id} delivery note", bill.created, f"Delivery of {line.name}")
        for line in bill.lines
    ]
    if bill.purchase_order:
        found.append(_paper(claim, bill.purchase_order, bill.created, None))
    if bill.issued:
        found.append(_paper(claim, bill.number or bill.remote_id, bill.issued, None, public=True))
    found += [
        File(
            uid=uid("attachment", claim.uid, file.id),
            name=file.name,
            mime=file.mime,
            size=file.size,
            created=email.sent,
            description=f"From {email.sender}",
            public=False,
        )
        for email in bill.emails
        for file in email.attachments
        if email.direction == "inbound" and email.sent is not None
    ]
    return sorted(found, key=lambda file: (file.created, file.uid))


def _paper(
    claim: Claim, title: str, created: datetime, description: str | None, *, public: bool = False
) -> File:
    return File(
        uid=uid("attachment", claim.uid, title),
        name=f"{title}.pdf",
        mime="application/pdf",
        size=20_000 + crc32(f"{claim.uid}.{title}".encode()) % 400_000,
        created=created,
        description=description,
        public=public,
    )


def attachment(file: File, claim: Claim, serial: int) -> dict[str, Any]:
    """Show a file's facts, with a short-lived link that differs by ``serial``.

    A reader must neither keep the link nor take the file for changed because of it.
    """
    link = f"https://files.example.com/{file.uid}?signature={secret('signed')}&serial={serial}"
    fields: dict[str, Any] = {
        "uid": file.uid,
        "filename": file.name,
        "content_type": file.mime,
        "file_size": file.size,
        # A number, though users have UUIDs everywhere else.
        "uploaded_by": int(claim.invoice.customer.assignee.id[4:]),
        "created_on": stamp(file.created),
        "description": file.description,
        "is_public": file.public,
        "invoice_uid": claim.uid,
        "presigned_url": link,
    }
    return thinned(fields, file.uid)
