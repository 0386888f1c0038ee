"""Reads messages on stdin by the published models of Airbyte's protocol, strictly.

Run in the environment of the models. A message that they do not accept, that they change, or that
has a key they do not know, is told on stdout.
"""

import json
import sys

from airbyte_protocol.models import AirbyteMessage, ConfiguredAirbyteCatalog
from pydantic import BaseModel


def unknown_keys(model: BaseModel, at: str = "$"):
    """The keys that a model accepted although it does not know them."""
    for name in model.__fields_set__:
        value, here = getattr(model, name), f"{at}.{name}"
        # A state of ours is for nobody else: its model knows no key at all.
        if model.__fields__ and name not in model.__fields__:
            yield here
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, BaseModel):
                yield from unknown_keys(one, here)


def told_of(line: str, kind: type[BaseModel]):
    """What is wrong with a message."""
    model = kind.parse_raw(line)
    if json.loads(model.json(exclude_unset=True)) != json.loads(line):
        yield "it is read as something else"
    yield from unknown_keys(model)


KIND = ConfiguredAirbyteCatalog if sys.argv[1:] == ["catalog"] else AirbyteMessage
for number, line in enumerate(sys.stdin, start=1):
    try:
        wrong = list(told_of(line, KIND))
    except ValueError as error:
        wrong = [str(error)]
    for text in wrong:
        sys.stdout.write(f"{number}: {text}\n")
