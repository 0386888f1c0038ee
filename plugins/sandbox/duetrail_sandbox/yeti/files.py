"""Yeti's files: an invoice as a small PDF, a recording in which nobody says anything."""

from __future__ import annotations

import io
import wave

from duetrail_sandbox.yeti.resources import Resource

__all__ = ["pdf", "recording"]


def pdf(bill: Resource) -> bytes:
    """Print a bill on one page."""
    facts = bill.attributes
    lines = (
        f"Invoice {facts['reference'] or bill.id}",
        f"{facts['start-date']:%Y-%m-%d} to {facts['end-date']:%Y-%m-%d}",
        f"Amount {facts['amount-spent']:f}",
    )
    text = " T* ".join(f"({line}) Tj" for line in lines)
    return _printed(f"BT /F1 14 Tf 20 TL 72 770 Td {text} ET")


def _printed(content: str) -> bytes:
    """Lay content on an A4 page: objects, the table of their places, a trailer."""
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    body, places = "%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{one}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    xref = f"xref\n0 {size}\n0000000000 65535 f \n{table}"
    trailer = f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return f"{body}{xref}{trailer}".encode("ascii")


def recording() -> bytes:
    """A quarter of a second of silence, as WAV."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(b"\x80" * 2000)
    return file.getvalue()
