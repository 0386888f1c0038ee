"""Erasing is tried with the pretend vendor of the pipeline's tests."""

from tests.core.pipeline.conftest import (
    _installed,
    echo_path,
    ledger,
    ledgers,
    project,
    projects,
    toy,
)

__all__ = ["_installed", "echo_path", "ledger", "ledgers", "project", "projects", "toy"]
