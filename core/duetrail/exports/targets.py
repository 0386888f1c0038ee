"""Targets: where an export goes, as a user writes it."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from duetrail.errors import UsageError, did_you_mean

FORMS = {
    "parquet": "parquet:DIR",
    "duckdb": "duckdb:FILE",
    "jsonl": "jsonl:DIR, or jsonl:- for stdout",
    "csv": "csv:DIR",
}
"""Each kind of target, as it is written."""


@frozen
class Target:
    """Where an export goes.

    Attributes:
        kind: One of `FORMS`.
        path: A folder, or a file; `-` for stdout.
    """

    kind: str
    path: Path

    @classmethod
    def parse(cls, text: str) -> Target:
        """A target from `KIND:PATH`.

        Raises:
            UsageError: It is none.
        """
        kind, _, path = text.partition(":")
        known = "; ".join(FORMS.values())
        if kind not in FORMS or not path:
            raise UsageError(
                f"{text!r} is no target of an export",
                hint=did_you_mean(kind, FORMS, f"Targets are {known}.") if path else known,
            )
        if path == "-" and kind != "jsonl":
            raise UsageError(f"{text!r}: only jsonl goes to stdout", hint=f"Use {FORMS[kind]}.")
        return cls(kind, _expanded(path))

    @property
    def is_stdout(self) -> bool:
        """Whether it is the standard output."""
        return str(self.path) == "-"


def _expanded(path: str) -> Path:
    """A path as a shell would read it: behind a colon, shells leave `~` alone."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise UsageError(f"there is no home folder for {path!r}") from None
