"""Tokens of OAuth2, from a token host in place of the vendor's."""

from __future__ import annotations

from urllib.parse import urlsplit

from duetrail.http.token_store import TokenStore
from duetrail.secrets import WritableSecret, forms
from duetrail.testing.answers import Answer
from duetrail.testing.contract.advice import expect_none, fail, skip
from duetrail.testing.contract.stand_in_tokens import StandInTokens, login_of
from duetrail.testing.contract.suite import Suite

# More refusals than any sync asks for.
_MANY = 50


class Tokens(Suite):
    """How a source with OAuth2 comes by its tokens."""

    def test_its_token_host_is_https(self) -> None:
        """The addresses it declares for tokens, and for somebody to agree, are https."""
        self._tokens()
        oauth2 = self.harness.source.oauth2
        assert oauth2 is not None
        base = oauth2.token_url or "https://said.by.the.configuration/"
        urls = [base, *(oauth2.address(of, base) for of in ("authorize_url", "device_url"))]
        plain = [url for url in urls if url and urlsplit(url).scheme != "https"]
        expect_none(plain, "addresses that get credentials are not https", "oauth2")

    def test_somebody_can_agree(self) -> None:
        """Where tokens are kept, `duetrail auth` can get the first ones; and only there."""
        self._tokens()
        auth, oauth2 = login_of(self.harness.connection()), self.harness.source.oauth2
        assert oauth2 is not None
        if auth is None:
            fail("it declares a token host, and is let in by something else", "oauth2")
        if oauth2.has_user != (auth.store is not None):
            fail(
                "tokens are kept, and nobody can agree"
                if auth.store
                else "somebody has to agree, and the tokens are kept nowhere",
                "oauth2",
                do="declare authorize_url or device_url, and give OAuth2Auth its `tokens`; or "
                "neither",
            )

    def test_a_token_that_ends_is_renewed(self) -> None:
        """A token that the vendor refuses is renewed once, and the sync goes on as if nothing."""
        tokens, harness = self._tokens(), self.recorded_harness
        asked = len(tokens.server.asked)
        project = harness.project()

        def let_go(one: object) -> None:
            if getattr(one, "number", 0) == 2:
                tokens.server.let_go()

        done = harness.sync(project, heard=let_go)
        if done.summary.exit_code != harness.first.done.summary.exit_code:
            fail(
                "a sync in which a token ends does not end as others do",
                "oauth2",
                where=done.problems,
                do="let the errors of session.get pass, and let `classify_error` make "
                "Unauthorized of 401",
            )
        most = 1 if tokens.files else 2
        if len(tokens.server.asked) - asked > most:
            fail("a token that ends is renewed more than once", "oauth2")

    def test_a_refused_renewal_is_told(self) -> None:
        """Where the token host refuses, the sync says so and exits with 1, and asks no more."""
        tokens, harness = self._tokens(), self.recorded_harness
        tokens.server.let_go()
        refusal = Answer.of({"error": "invalid_grant"}, 400)
        tokens.server.troubles = [refusal] * _MANY
        try:
            asked = len(tokens.server.asked)
            done = harness.sync(harness.project())
        finally:
            tokens.server.troubles = []
        told = " ".join([*done.problems, done.said])
        if done.summary.exit_code != 1 or "refuses to give tokens" not in told:
            fail(
                f"a sync without tokens exits with {done.summary.exit_code}, and does not say why",
                "errors",
                where=done.problems,
                do="let the errors of session.get pass",
            )
        if len(tokens.server.asked) - asked > len(harness.resources):
            fail("a token host that refuses is asked again and again", "errors")

    def test_renewed_tokens_are_kept(self) -> None:
        """What was given last is what the next run begins with."""
        tokens, harness = self._tokens(), self.recorded_harness
        if not tokens.files:
            skip(f"the tokens of {harness.source.title} are the client's own")
        tokens.server.let_go()
        harness.sync(harness.project())
        kept = {
            TokenStore(WritableSecret(f"file:{file}")).read().refresh_token
            for file in tokens.files.values()
        }
        if tokens.server.refresh_token not in kept:
            fail("the refresh token that was given last is not kept", "oauth2")

    def test_no_token_is_kept_elsewhere(self) -> None:
        """No token is in the store's files or on a page."""
        tokens, harness = self._tokens(), self.recorded_harness
        given = {*tokens.server.given, tokens.server.refresh_token}
        found = [
            place
            for place, text in harness.good().everything()
            for token in given
            if any(form.encode() in _bytes(text) for form in forms(token))
        ]
        expect_none(sorted(set(found)), "tokens are stored", "auth")

    def _tokens(self) -> StandInTokens:
        if self.harness.tokens is None:
            skip(f"{self.harness.source.title} has no OAuth2")
        return self.harness.tokens


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
