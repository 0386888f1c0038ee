"""Pagination by the `Link` header (RFC 8288): where a list goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from duetrail.errors import ProtocolError

# An address, a quoted text, one in the quotes of other languages, a word, or a mark. What is not
# closed reaches to the end, so that no place is looked at twice.
_TOKEN = re.compile(
    r"""<([^<>]*)>?|"((?:[^"\\]|\\.)*)"?|'([^'<>"]*)'|([^\s<>",;=]+)|([,;=])""", re.DOTALL
)
_QUOTE = re.compile(r'(?<!\\)"')
# A relation without the signs around it that stand for quotes, in whatever encoding.
_PLAIN = re.compile(r"[a-z0-9](?:.*[a-z0-9])?", re.DOTALL)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)


def linked(headers: Mapping[str, str], relation: str) -> str | None:
    """The address that an answer's `Link` header gives for a relation.

    Relations are compared whatever their case, and a link may have several: `rel="last NEXT"`.

    Args:
        headers: The answer's headers, with lower-case keys.
        relation: Such as `next`.

    Returns:
        The address as the vendor wrote it, perhaps a relative one; None where there is none.

    Raises:
        ProtocolError: The header names the relation and no address at all: that is no end.
    """
    header = headers.get("link", "")
    if not _QUOTE.search(header):  # all were escaped once more on their way
        header = header.replace(r"\"", '"')
    links = list(_links(header))
    if not links and relation.lower() in header.lower():
        raise ProtocolError(
            f"a Link header names {relation!r} without an address in angle brackets",
            hint='Tell the vendor\'s support: RFC 8288 wants <ADDRESS>; rel="next".',
        )
    for address, parameters in links:
        if _plain(relation) in map(_plain, parameters.get("rel", "").split()):
            return address
    return None


def _plain(relation: str) -> str:
    found = _PLAIN.search(relation.lower())
    return found[0] if found else relation


def _links(header: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each address with its parameters, by lower-case name; of equal names the first counts."""
    address: str | None = None
    parameters: dict[str, str] = {}
    name, is_value = "", False
    for token in _TOKEN.finditer(header):
        target, quoted, single, word, mark = token.groups()
        if target is not None:
            if address is not None:
                yield address, parameters
            address, parameters, name = target.strip(), {}, ""
        elif mark is not None:
            is_value = mark == "="
            name = name if is_value else ""
        elif is_value:
            plain = word if single is None else single
            value = plain if quoted is None else _QUOTED_PAIR.sub(r"\1", quoted)
            parameters.setdefault(name, value)
        else:
            name = (word or "").lower()
    if address is not None:
        yield address, parameters
