"""What takes its time on purpose, and proves nothing in a test: the disk, and hashes of secrets."""

from functools import cache

from duetrail.pipeline import account
from duetrail.stores import opening


def make_haste() -> None:
    """No store that this process opens from now on waits for the disk; each secret is hashed once.

    No test takes the power from a machine. The hashes are the real ones, so that other processes
    find theirs; they are made once since all stores get one salt.
    """
    opening._SYNCHRONOUS = "OFF"
    for name in ("token_bytes", "pbkdf2_hmac"):
        setattr(account, name, cache(getattr(account, name)))
