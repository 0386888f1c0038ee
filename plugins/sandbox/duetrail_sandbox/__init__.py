"""A local stand-in for the APIs of four vendors over one made-up company.

The package is a Duetrail plugin without hooks: it brings commands, not a vendor.
Importing it does nothing, so that listing plugins stays fast. ``duetrail_sandbox.server.Sandbox``
is the running stand-in, ``duetrail_sandbox.company.Company`` the made-up company it serves.
"""

__all__: list[str] = []
