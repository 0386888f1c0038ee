"""Exante's forms of a conversation and of the messages in it.

Fields follow the Exante API reference, List Conversations and Get Conversation.
"""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any
from zlib import crc32

from duetrail_sandbox.company.cast import COMPANY
from duetrail_sandbox.company.claims import Note
from duetrail_sandbox.company.clock import stamp
from duetrail_sandbox.company.touches import Email
from duetrail_sandbox.company.uids import uid
from duetrail_sandbox.exante.conversations import Conversation, Received
from duetrail_sandbox.exante.desk import ORGANIZATION
from duetrail_sandbox.rendering import thinned

__all__ = ["conversation", "lone_conversation"]

_SNIPPET = 80


def conversation(talk: Conversation) -> dict[str, Any]:
    """Show a conversation as a list does: the customer, no invoice, and how it began."""
    opening, writers = talk.opening, [note.initiator for note in talk.answers]
    fields: dict[str, Any] = {
        "uid": talk.uid,
        "organization_uid": ORGANIZATION,
        "channel": "email",
        "direction": "inbound",
        "status": talk.status,
        "subject": opening.email.subject,
        "categories": _categories(talk),
        "sent_at": stamp(opening.when),
        "is_read": talk.is_read,
        "has_reply": bool(talk.answers),
        "message_count": len(talk.received) + len(talk.answers),
        "metadata": _metadata(talk),
        "agent_uid": next((who.uid for who in writers if who.type == "AGENT"), None),
        "party_uid": talk.party_uid,
        "created_by_uid": None,
        "parent_conversation_uid": None,
        "created_on": stamp(opening.when),
        "updated_on": stamp(talk.updated),
    }
    return thinned(fields, talk.uid)


def lone_conversation(talk: Conversation) -> dict[str, Any]:
    """Show a conversation with its messages, the oldest first."""
    messages = [(one.when, _inbound(one, talk)) for one in talk.received]
    messages += [
        (note.sent, _outbound(note, note.sent, talk)) for note in talk.answers if note.sent
    ]
    messages.sort(key=lambda pair: (pair[0], pair[1]["uid"]))
    return conversation(talk) | {"messages": [message for _, message in messages]}


def _categories(talk: Conversation) -> list[str]:
    return ["dispute"] if any(claim.invoice.in_dispute for claim in talk.claims) else []


def _metadata(talk: Conversation) -> dict[str, Any]:
    email = talk.opening.email
    fields = {
        "from_email": email.sender,
        "from_name": _name(email.sender, talk),
        "to_emails": list(email.to),
        "cc_emails": list(email.cc),
        "snippet": _plain(email)[:_SNIPPET],
        "labels": ["INBOX"] if talk.is_read else ["INBOX", "UNREAD"],
        "provider_message_id": _short("message", email.id),
        "thread_id": _short("thread", talk.thread_id),
        "has_attachments": bool(email.attachments),
        "attachment_count": len(email.attachments),
        "history_id": str(crc32(stamp(talk.updated).encode())),
    }
    return thinned(fields, f"{talk.uid}.metadata")


def _short(kind: str, name: str) -> str:
    """Make an id in the mail provider's form."""
    return uid(kind, name).replace("-", "")[:16]


def _name(address: str, talk: Conversation) -> str | None:
    people = talk.claims[0].invoice.customer.contacts
    names = {person.email: f"{person.given} {person.family}" for person in people}
    return names.get(address)


def _plain(email: Email) -> str:
    return email.body.replace("</p><p>", " ").replace("<p>", "").replace("</p>", "")


def _inbound(one: Received, talk: Conversation) -> dict[str, Any]:
    email = one.email
    return _message(
        talk,
        key=email.id,
        direction="inbound",
        sender=("party", talk.party_uid),
        author={"email": email.sender, "name": _name(email.sender, talk)},
        to=list(email.to),
        cc=list(email.cc),
        subject=email.subject,
        text=_plain(email),
        html=email.body,
        when=one.when,
        attachments=len(email.attachments),
    )


def _outbound(note: Note, when: datetime, talk: Conversation) -> dict[str, Any]:
    """Show an email of ours; nothing here says which of a timeline's it is."""
    return _message(
        talk,
        key=note.uid,
        direction="outbound",
        sender=(note.initiator.type.lower(), note.initiator.uid),
        author={"email": note.sender, "name": note.initiator.name or COMPANY},
        to=list(note.to or ()),
        cc=list(note.cc or ()),
        subject=note.subject,
        text=note.body,
        html=f"<p>{escape(note.body, quote=False)}</p>",
        when=when,
        attachments=0,
    )


def _message(
    talk: Conversation,
    *,
    key: str,
    direction: str,
    sender: tuple[str, str],
    author: dict[str, str | None],
    to: list[str],
    cc: list[str],
    subject: str,
    text: str,
    html: str,
    when: datetime,
    attachments: int,
) -> dict[str, Any]:
    read = direction == "outbound" or talk.is_read
    fields: dict[str, Any] = {
        "uid": uid("message", talk.uid, key),
        "conversation_uid": talk.uid,
        "sender_uid": sender[1],
        "sender_type": sender[0],
        "direction": direction,
        "message_direction": direction,
        "provider_message_id": _short("message", key),
        "from": author,
        "to": to,
        "cc": cc,
        "subject": subject,
        "snippet": text[:_SNIPPET],
        "body_text": text,
        "body_html": html,
        "sent_at": stamp(when),
        "is_read": read,
        "has_attachments": bool(attachments),
        "attachment_count": attachments,
        "party_id": talk.party_uid,
        "labels": ["SENT"] if direction == "outbound" else ["INBOX"],
        "content": text,
        "content_type": "text/plain",
        "categories": _categories(talk),
        "metadata": {"thread_id": _short("thread", talk.thread_id)},
        "created_on": stamp(when),
    }
    return thinned(fields, f"{talk.uid}.{key}")
