"""No secret, and nothing that is never stored, is anywhere."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from duetrail.json_tree import leaves
from duetrail.secrets import forms
from duetrail.testing.contract.advice import expect_none, skip
from duetrail.testing.contract.suite import Suite
from duetrail.testing.fault_rules import FaultRule
from duetrail.testing.faults import HTML, INTERNAL_ERROR
from duetrail.testing.leaves import spelled

# Shorter forms stand in ordinary text.
_SHORTEST = 8

# A web address with what clouds, and others like them, sign it with.
_SIGNED = re.compile(r"(?i)https?://[^\s?]+\?(\S*&)?(x-(amz|goog)-)?(signature|sig|token)=")


class Secrets(Suite):
    """Where the made-up secrets of the connection show."""

    def test_no_secret_is_stored(self) -> None:
        """No secret, in whatever form, is in the store's files or on a page."""
        self._canaries()
        self._refuse("secrets are stored", self.harness.good().everything())

    def test_no_secret_is_said(self) -> None:
        """No secret is printed, logged, or in a summary, be the sync good or bad."""
        harness = self.harness
        self._canaries()
        said: list[tuple[str, str]] = []
        with _logged() as log:
            for rules in (
                [],
                [FaultRule(HTML, times=None)],
                [FaultRule(INTERNAL_ERROR, times=None)],
            ):
                done = harness.sync(harness.project(attempts=1), rules=rules)
                said.append(("the output", done.said))
                said.append(("the summary", str(done.summary.as_dict())))
        said += [("the log", line) for line in log]
        self._refuse("secrets are said", said)

    def test_no_secret_is_in_a_repr_or_an_error(self) -> None:
        """Neither the repr of the connection nor what a check says of a refusal has a secret."""
        harness = self.harness
        self._canaries()
        connection = harness.connection()
        told = [("a repr", repr(connection)), ("a repr", repr(connection.options))]
        found = harness.check(refuse=401)
        told += [("what a check says", f"{one.message} {one.hint}") for one in found]
        self._refuse("secrets are shown", told)

    def test_what_is_never_stored_is_not(self) -> None:
        """Keys that a resource declares `never_stored` are on no page it reads."""
        harness = self.harness
        declared = {key for one in harness.resources for key in one.never_stored}
        if not declared:
            skip(f"{harness.source.title} declares nothing that is never stored")
        kept = [
            f"{key}: {sample.origin}"
            for sample in harness.samples
            for key in sample.resource.never_stored
            if f'"{key}":'.encode() in sample.page.body
        ]
        expect_none(kept, "what is never stored is on a page", "declaration")

    def test_no_signed_link_is_stored(self) -> None:
        """A link that lets in whoever has it is on no page that is kept."""
        found = {
            f"{one.resource.name}: {spelled(steps)}"
            for one in self.harness.samples
            for steps, value in leaves(one.page.data)
            if isinstance(value, str) and _SIGNED.match(value)
        }
        expect_none(
            sorted(found),
            "links that carry their own permission are stored",
            "declaration",
            do="name their keys in Resource(never_stored=...)",
        )

    def _canaries(self) -> None:
        self.harness.good()
        if not self.harness.canaries:
            skip(f"{self.harness.source.title} takes no secret")

    def _refuse(self, what: str, told: Iterable[tuple[str, str | bytes]]) -> None:
        """Fail where one of some texts, each with its place, shows a secret."""
        found = {
            f"{name}: in {where}"
            for where, text in told
            for name, secret in self.harness.canaries.items()
            if _shows(text.encode() if isinstance(text, str) else text, secret)
        }
        expect_none(sorted(found), what, "auth", do=_ONLY_AUTH)


_ONLY_AUTH = "let Source(auth=...) put the secret on requests, and resolve it nowhere else"


def _shows(content: bytes, secret: str) -> bool:
    return any(form.encode() in content for form in forms(secret) if len(form) >= _SHORTEST)


@contextmanager
def _logged() -> Iterator[list[str]]:
    """Everything that is logged meanwhile, however little it matters."""
    lines: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    root, handler = logging.getLogger(), Handler()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.setLevel(before)
        root.removeHandler(handler)
