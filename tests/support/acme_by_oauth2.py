"""Acme, let in by OAuth2: the text of the plugin with a token host in place of a key."""

from __future__ import annotations

SETTINGS = {"client_id": "made-up-client"}

EDITS = (
    (
        '    token: Secret = option("The API key.")\n',
        '    client_id: str = option("The client.")\n'
        '    client_secret: Secret = option("Its secret.")\n'
        '    tokens: WritableSecret = option("Where the tokens are kept.")\n',
    ),
    (
        "        auth=lambda options: BearerAuth(options.token),\n",
        "        auth=lambda options: OAuth2Auth(\n"
        "            options.client_id, options.client_secret, tokens=options.tokens\n"
        "        ),\n"
        "        oauth2=OAuth2(\n"
        '            token_url="https://id.acme.example/token",\n'
        '            authorize_url="authorize",\n'
        '            scopes=("bills", "offline_access"),\n'
        "        ),\n",
    ),
    (
        "from duetrail.http import BearerAuth, ",
        "from duetrail.http import BearerAuth, HeaderAuth, OAuth2Auth, ",
    ),
    (
        "from duetrail.secrets import Secret\n",
        "from duetrail.secrets import Secret, WritableSecret\n",
    ),
    ("    Keys,\n", "    Keys,\n    OAuth2,\n"),
)


def by_oauth2(text: str) -> str:
    """The plugin with OAuth2.

    Args:
        text: Acme, as it is.
    """
    for old, new in EDITS:
        if text.count(old) != 1:
            raise ValueError(f"{old!r} stands in {text.count(old)} places")
        text = text.replace(old, new)
    return text
