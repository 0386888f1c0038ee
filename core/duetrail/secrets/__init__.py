"""Secrets: references in the configuration, values only at the moment of use.

A reference (`references`) says where a secret is, such as `env:NAME` or `file:PATH`. Each value it
resolves to, and each token a login gives, is remembered (`hiding`), so that `redact` can take it
out of any text before that text reaches a person, a log or a file, and `without_tokens` out of a
vendor's data.
"""

from duetrail.secrets.hiding import (
    HIDDEN,
    error_facts,
    forms,
    hides_token,
    holds_token,
    may_be_token,
    redact,
    redacted,
    remember,
    remember_login,
    without_tokens,
)
from duetrail.secrets.references import Secret, WritableSecret

__all__ = [
    "HIDDEN",
    "Secret",
    "WritableSecret",
    "error_facts",
    "forms",
    "hides_token",
    "holds_token",
    "may_be_token",
    "redact",
    "redacted",
    "remember",
    "remember_login",
    "without_tokens",
]
