"""Echo: a pretend vendor that answers from a file. An example to read, and to try the core with."""

from duetrail_echo.declaration import source
from duetrail_echo.fetching import fetch
from duetrail_echo.mapping import map_item

__all__ = ["fetch", "map_item", "source"]
