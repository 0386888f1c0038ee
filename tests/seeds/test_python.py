"""The same from Python, as the documentation shows it."""

import subprocess
import sys

import duetrail

_HIDDEN = "the package duetrail.sync hides the function of this name once it is imported"


def test_read_iterates_over_typed_records_without_a_store(stuut):
    """`duetrail.read` iterates over typed records, without a store."""
    (email,) = duetrail.read("stuut", "emails", config=stuut.config)
    assert (email.id, email.status, email.extra["email_sender"]["provider"]) == (
        "<string>",
        "draft",
        "<string>",
    )
    assert not stuut.database.exists()


def test_sync_twice(stuut):
    """`duetrail.sync` can be called, and called again."""
    code = "import duetrail, sys; [duetrail.sync(config=sys.argv[1]) for _ in range(2)]"
    subprocess.run([sys.executable, "-c", code, stuut.config], check=True, capture_output=True)
    assert len(stuut.rows("runs")) == 2


def test_read_then_sync(stuut):
    """`duetrail.read` before `duetrail.sync` does no harm."""
    code = (
        "import duetrail, sys; config = sys.argv[1];"
        "list(duetrail.read('stuut', 'emails', config=config)); duetrail.sync(config=config)"
    )
    subprocess.run([sys.executable, "-c", code, stuut.config], check=True, capture_output=True)
    assert len(stuut.rows("runs")) == 1
