"""What is written and said: the texts of emails and calls, written for this package.

Placeholders: ``{name}`` of the contact, ``{number}`` of the invoice or invoices,
``{amount}`` open, ``{due}`` date, ``{company}`` that asks for the money.
"""

from __future__ import annotations

__all__ = ["CALLS", "LETTERS", "NOTES", "TEMPLATES", "Script"]

import re

from attrs import frozen


def _texts(block: str) -> dict[str, tuple[str, str]]:
    """Read subjects and bodies by name; a paragraph of a plain body begins with two bars."""
    found = {}
    for name, subject, body in re.findall(r"^(\w+): ([^\n]+)\n((?: {4}[^\n]++\n)++)", block, re.M):
        found[name] = (subject, " ".join(body.split()).replace(" || ", "\n\n"))
    return found


# By reason: the subject and the body of an email. A reader must treat what strangers write as
# text and never as markup to run.
LETTERS = _texts("""
invoice_issued: Invoice {number} from {company}
    <p>Hello {name},</p><p>Attached is invoice {number} for {amount}. It is due on {due}.</p>
payment_upcoming: Invoice {number} is due on {due}
    <p>Hello {name},</p><p>A short note that {amount} falls due on {due}.</p>
payment_overdue: Invoice {number} is overdue
    <p>Hello {name},</p><p>We have not yet received {amount} for invoice {number}, due on {due}.
    Could you tell us when to expect it?</p>
second_notice: Second notice: invoice {number}
    <p>Dear {name},</p><p>{amount} has been open since {due}. Please pay or write to us if
    something is wrong with the invoice.</p>
final_notice: Final notice: invoice {number}
    <p>Dear {name},</p><p>Unless {amount} reaches us within seven days we shall hand invoice
    {number} to our collection partner.</p>
promise_confirmed: Thank you: your payment plan for {number}
    <p>Hello {name},</p><p>We noted the date you named for {amount}.</p>
payment_received: Payment received for {number}
    <p>Hello {name},</p><p>Thank you, your payment has arrived.</p>
dispute_received: Your question about {number}
    <p>Hello {name},</p><p>We are checking the delivery and will come back to you.</p>
account_statement: Statement of account: {number}
    <p>Hello {name},</p><p>These invoices are open: {number}, together {amount}.</p>
reply_remittance: Re: Invoice {number} is overdue
    <p>Hi, this went into today's payment run. Regards, {name}</p>
reply_dispute: Re: Invoice {number} is overdue
    <p>Part of this delivery was damaged, photographs attached. We shall not pay {amount} before
    it is settled.</p><p>{name}</p>
reply_markup: Re: Invoice {number} <b>not ours</b>
    <p>Not our order & not our problem.</p><script>alert('{number}')</script>
reply_copy: Re: Invoice {number} is overdue
    <p>Could you send the invoice again? It never reached me. {name}</p>
reply_statement: Re: Statement of account: {number}
    <p>Thank you, we are checking these against our ledger. {name}</p>
""")
# Exante's emails, in plain text.
NOTES = _texts("""
available: {number}: where to find it
    Hello {name}, || invoice {number} is in your portal. It falls due on {due}. || {company}
questions: Anything missing for {number}?
    Hello {name}, || do you have all you need to release {amount} by {due}? A purchase order, a
    delivery note?
nudge: {number} was due on {due}
    Hello {name}, || we cannot see a payment for {number} yet. Is {amount} on its way?
resend: Resent: {number} was due on {due}
    Hello {name}, || our last email did not get through, so I write to you directly. {amount} is
    open on {number}.
second_nudge: Still open: {number}
    Hello {name}, || {amount} on {number} is still open. Please send us the date of your payment
    run.
personal: A word about {number}
    Hello {name}, || is there anything that keeps {number} from being paid? Call me if that is
    easier.
checking: We are looking into {number}
    Hello {name}, || I have your message about {number}. Please hold the payment back until you
    hear from me.
balance: What remains of {number}
    Hello {name}, || thank you for the part you have paid. {amount} remains open.
thanks: Thank you: {number} is settled
    Hello {name}, || your payment for {number} has reached us. Nothing is open any more.
""")


@frozen(kw_only=True)
class Script:
    """How a call goes; a turn is who speaks (``agent`` or ``user``) and what they say."""

    status: str
    disconnection: str
    seconds: tuple[int, int]
    voicemail: bool = False
    sentiment: str | None = None
    summary: str | None = None
    turns: tuple[tuple[str, str], ...] = ()
    classification: tuple[str, str] | None = None
    task: tuple[str, str] | None = None


_HELLO = ("agent", "Good day, this is the automated agent of {company} about {number}.")

CALLS: dict[str, Script] = {
    "voicemail": Script(
        status="completed",
        disconnection="voicemail_reached",
        seconds=(22, 45),
        voicemail=True,
        sentiment="neutral",
        summary="Left a message asking {name} to call back.",
        turns=(_HELLO, ("agent", "Please call us back when you can. Thank you.")),
    ),
    "no_answer": Script(status="no_answer", disconnection="dial_no_answer", seconds=(0, 0)),
    "promise": Script(
        status="completed",
        disconnection="user_hangup",
        seconds=(95, 260),
        sentiment="positive",
        summary="{name} promised to pay {amount}.",
        turns=(
            _HELLO,
            ("user", "Yes, {name} speaking."),
            ("agent", "An amount of {amount} is open. When may we expect it?"),
            ("user", "It will be in our next payment run, I promise."),
        ),
        classification=("promise_to_pay", "The customer named a date."),
        task=("promise_to_pay", "Watch for the promised payment"),
    ),
    "dispute": Script(
        status="completed",
        disconnection="agent_hangup",
        seconds=(120, 420),
        sentiment="negative",
        summary="{name} says part of the delivery was damaged.",
        turns=(
            _HELLO,
            ("user", "We wrote to you already. Half of it was damaged."),
            ("agent", "I will pass this to a colleague."),
        ),
        classification=("dispute", "The customer contests the delivery."),
        task=("dispute", "Check the delivery and answer the customer"),
    ),
    "inquiry": Script(
        status="completed",
        disconnection="user_hangup",
        seconds=(60, 200),
        sentiment="neutral",
        summary="{name} asked which invoices are open.",
        turns=(
            ("user", "Hello, {name} here. What exactly is still open?"),
            ("agent", "That is {number}, together {amount}."),
            ("user", "Thank you, please send me a copy."),
        ),
        classification=("payment_inquiry", "The customer asked for the open balance."),
    ),
}

# Credira's email templates: id, name and subject, by email type.
TEMPLATES: dict[str, tuple[str, str, str]] = {
    "payment_reminder": ("tmpl_0001", "Payment reminder", "Payment reminder: {number}"),
    "follow_up": ("tmpl_0002", "Follow-up", "We have not heard from you: {number}"),
    "notification": ("tmpl_0003", "Notice of next step", "Next step for {number}"),
}
