"""A local stand-in for the APIs of four vendors over one made-up company.

The package is a Duetrail plugin without hooks: it brings commands, not a vendor.
Importing it does nothing, so that listing plugins stays fast.

The pieces to import by name:

- ``duetrail_sandbox.server.Sandbox``: the running stand-in, a context manager;
- ``duetrail_sandbox.company.Company``: the made-up company it serves;
- ``duetrail_sandbox.counts.counts``: how many records a complete reader finds.
"""

__all__: list[str] = []
