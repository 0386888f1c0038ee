"""What `duetrail check` says, when all is well and when it is not."""

from __future__ import annotations

import socket
from collections.abc import Collection

from duetrail.http import NoAuth
from duetrail.pipeline.checking import Finding, check
from duetrail.testing.contract.advice import fail, skip
from duetrail.testing.contract.hosts import WATCH
from duetrail.testing.contract.suite import Suite


class Checking(Suite):
    """What a check finds out."""

    def test_a_check_reaches_every_resource(self) -> None:
        """With the recording behind it, `duetrail check` finds every resource allowed."""
        project = self.harness.good()
        self.harness.begin()
        with WATCH.only(*self.harness.ports), project.store() as store:
            source = project.config.connection(self.harness.name)
            found = list(check(source, store, self.harness.now))
        _expect(found, {"allowed", "untried"}, "a check of a vendor in good health")

    def test_a_wrong_key_is_refused(self) -> None:
        """Where the vendor answers 401, the credentials are refused, and a sync exits with 1."""
        self._expect_refusal(401, "refused")

    def test_a_key_without_scope_is_forbidden(self) -> None:
        """Where the vendor answers 403, the resource is forbidden, and a sync exits with 1."""
        self._expect_refusal(403, "forbidden")

    def test_a_vendor_that_is_away_is_unreachable(self) -> None:
        """Where nobody listens, every resource is unreachable."""
        harness = self.harness
        harness.recorded()
        with socket.socket() as one:  # bound and not listening: nobody answers there
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            settings = {"base_url": f"http://127.0.0.1:{port}", "attempts": 1}
            with WATCH.only(port):
                found = list(check(harness.bound(**settings), None, harness.now))
        _expect(found, {"unreachable", "untried"}, "a vendor that is not there")

    def _expect_refusal(self, status: int, state: str) -> None:
        harness = self.harness
        harness.recorded()
        auth = harness.source.auth(harness.connection().options)
        if auth is None or isinstance(auth, NoAuth):
            skip(f"{harness.source.title} wants no credentials")
        found = harness.check(refuse=status)
        _expect(found, {state, "untried"}, f"a vendor that answers {status}")
        code = harness.sync(harness.project(), refuse=status).summary.exit_code
        if code != 1:
            fail(f"a sync that is answered with {status} exits with {code}", "errors", do=_LET_PASS)


_LET_PASS = (
    "let the errors of session.get pass, and let `classify_error` call 401 and 403 what they are"
)


def _expect(found: list[Finding], states: Collection[str], when: str) -> None:
    others = [f"{one.resource}: {one.state}: {one.message}" for one in found]
    if {one.state for one in found} - set(states):
        fail(f"{when} is not found {' or '.join(sorted(states))}", "errors", where=others)
