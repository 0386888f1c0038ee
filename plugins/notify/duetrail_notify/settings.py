"""The settings of the plugin `notify`, and which runs a webhook wants to hear of."""

from __future__ import annotations

from attrs import define, field, frozen, validators

from duetrail.secrets import Secret
from duetrail.source import between, option

DONE = frozenset({0, 3})
"""The exit codes of runs that did all they could; 3 says that there is something to look at."""


@frozen
class Webhook:
    """One table `[[plugins.notify.webhook]]`."""

    url: Secret = option("Where to post to, as a reference: whoever knows it may post there.")
    when: str = option(
        "`failure`: where the exit code is neither 0 nor 3; `change`: where it is another one than "
        "that of the run before; `always`.",
        default="failure",
        validator=validators.in_(("failure", "change", "always")),
    )
    format: str = option(
        "`json`: the summary; `slack`: a short text, which Slack, Mattermost and others show.",
        default="json",
        validator=validators.in_(("json", "slack")),
    )
    secret: Secret | None = option(
        "What messages are signed with: `whsec_` and 24 to 64 bytes in base64.", default=None
    )
    timeout: int = option(
        "Seconds that all attempts may take together, from 1 to 300.",
        default=10,
        validator=between(1, 300),
    )

    def wants(self, exit_code: int, before: int | None) -> bool:
        """Whether a run is posted.

        Args:
            exit_code: Its exit code.
            before: That of the run before; None where there is none, or it was killed.
        """
        if self.when == "change":
            return exit_code != before
        return self.when == "always" or exit_code not in DONE


@define
class Settings:
    """The settings of `[plugins.notify]`."""

    webhook: tuple[Webhook, ...] = option("The webhooks.", default=())
    before: int | None = field(init=False, default=None)
