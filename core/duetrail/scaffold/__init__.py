"""New plugins: a whole project from a template, and the same project made again later.

`new` makes one, `again` makes it anew where a later Duetrail has a better template; what its author
changed meanwhile is kept. The template is for copier, an extra: `pip install 'duetrail[new]'`.
"""

from duetrail.scaffold.project import again, new
from duetrail.scaffold.writing import Outcome

__all__ = ["Outcome", "again", "new"]
